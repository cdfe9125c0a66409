// Which BatchRelease has a workload: the one that its control-info names. Another one that is alive waits, so that two never
// take it from each other in turn.

import { ANNOTATION, BATCH_PHASE, WAIT } from '../../api/names.ts';
import type { BatchRelease } from '../../api/batch-release.ts';
import type { KubeObject } from '../../api/kube.ts';
import type { Workload } from '../../workloads/workload.ts';
import { patch, type Action } from '../../objects/actions.ts';
import { isObject } from '../../lib/json.ts';
import { annotationOf } from '../../objects/marks.ts';
import { DONE, waits, type Outcome } from '../tasks/outcome.ts';
import type { Batch } from './batch-draft.ts';
import type { BatchWorkload } from './batch-observed.ts';
import { releaseContext } from './release-context.ts';

const claimOf = (batchRelease: BatchRelease): string => JSON.stringify(releaseContext(batchRelease).owner);

/** uid of the BatchRelease that has the workload; what nobody can read names nobody. */
function claimantOf(workload: KubeObject): unknown {
  try {
    const owner: unknown = JSON.parse(annotationOf(workload, ANNOTATION.controlInfo) ?? '');
    return isObject(owner) ? owner['uid'] : undefined;
  } catch {
    return undefined;
  }
}

export const isClaimedByUs = ({ o: { batchRelease } }: Batch, { view }: BatchWorkload): boolean =>
  view.annotations[ANNOTATION.controlInfo] === claimOf(batchRelease);

/** It lets go of the workload by itself once it is completed or deleted. */
const isAlive = ({ metadata, status }: BatchRelease): boolean =>
  metadata.deletionTimestamp === undefined && status?.phase !== BATCH_PHASE.completed;

/** Another BatchRelease that is alive and has the workload. */
function rivalOf({ o: { batchRelease, siblings } }: Batch, workload: KubeObject): BatchRelease | undefined {
  const claimant = claimantOf(workload);
  if (claimant === batchRelease.metadata.uid) return undefined;
  return siblings.find((sibling) => sibling.metadata.uid === claimant && isAlive(sibling));
}

/** Done when no other BatchRelease that is alive has the workload. */
export function awaitRival(b: Batch, workload: BatchWorkload): Outcome {
  const rival = isClaimedByUs(b, workload) ? undefined : rivalOf(b, workload.object);
  if (rival === undefined) return DONE;
  const { name } = rival.metadata;
  const text = `waits until BatchRelease ${name}, which has this workload, is completed or deleted`;
  return waits(WAIT.rival, text, { facts: [name] });
}

/** Marks the workload as controlled by this BatchRelease, and holds it in the same write where it rolls out by itself. */
export function claim(b: Batch, kind: Workload, workload: BatchWorkload): { marks: Action[]; isTakenOver: boolean } {
  if (isClaimedByUs(b, workload)) return { marks: [], isTakenOver: false };
  const { object } = workload;
  const annotations = { [ANNOTATION.controlInfo]: claimOf(b.o.batchRelease) };
  const holding = kind.takeOver?.(object, annotations);
  const body = holding ?? { metadata: { annotations } };
  const why = 'mark the workload as controlled by the BatchRelease';
  return { marks: [patch(kind.resource, object, body, why)], isTakenOver: holding !== undefined };
}
