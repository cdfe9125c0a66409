// Whether a revision went out that no layer held: applied while nothing of ours ran and before the workload was enrolled, or
// under the escape. Told from what the objects still show, for condition Bypassed.

import type { Rollout } from '../../api/rollout.ts';
import { progressOf } from '../../api/progress.ts';
import type { WorkloadView } from '../../workloads/workload.ts';

export interface Bypass {
  revision: string;
  message: string;
}

/** Revision that the last release, or the first look at an idle workload, has written down. */
const recordedRevision = (rollout: Rollout): string => progressOf(rollout)?.updateRevision ?? '';

/**
 * Asked while no release is under way. Creation times have whole seconds, so the same second counts as younger: better one
 * report too many than a silent bypass.
 */
export function bypassOf(rollout: Rollout, view: WorkloadView): Bypass | undefined {
  const since = Date.parse(view.newestRevisionSince);
  const rolloutSince = Date.parse(rollout.metadata.creationTimestamp ?? '');
  const isYounger = since >= rolloutSince;
  if (view.cannotHold !== '') return undefined;
  if (view.held || view.inProgress !== undefined || view.olderRevisions === 0 || !isYounger) return undefined;
  if (view.updateRevision === '' || recordedRevision(rollout) === view.updateRevision) return undefined;
  const message = `revision ${view.updateRevision} of ${view.newestRevisionSince} was rolled out without steps: nothing held it. Check it, or roll the workload back.`;
  return { revision: view.updateRevision, message };
}
