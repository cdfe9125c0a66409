// Which revisions the pods behind the stable Service are of: whether it may select the stable one alone.

import { belongsTo } from '../../objects/ownership.ts';
import type { ObservedWorkload } from './rollout-observed.ts';
import type { Release } from './release.ts';

/** Pods of the stable revision serve: in place they go with the steps, and in other ways. */
export function servesStable({ progress }: Release, { view }: ObservedWorkload): boolean {
  // Once every pod runs the update, it is what the workload shows as serving.
  const isStable = view.stableRevision === progress.stableRevision;
  return isStable ? view.stableServing > 0 : view.stableRevision !== view.podRevision;
}

/** This release has begun, pinned, and replaces pods in place: what is not stable is its own work. */
function hasBegun({ o, progress }: Release, { view }: ObservedWorkload): boolean {
  const { rollout, batchRelease, kind } = o;
  if (kind?.replacesInPlace !== true) return false;
  if (batchRelease !== undefined && belongsTo(batchRelease, rollout.metadata.uid)) return true;
  return view.observed && view.updateRevision === progress.updateRevision && view.status.updated > 0;
}

/** Beside the stable revision others have pods than the one that this release lets go of. */
export const isMixed = (release: Release, workload: ObservedWorkload): boolean =>
  workload.view.activeRevisions > (hasBegun(release, workload) ? 2 : 1);
