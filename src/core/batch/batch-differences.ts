// Which changes of a BatchRelease's status can be told later. Before a write that is found again by looking, only what no look
// would find again: which revisions it is about, names that were taken, pods that it leaves alone. On the way to a size, what
// moves with every pod.

import type { BatchReleaseStatus, BatchStatus } from '../../api/batch-release.ts';
import { BATCH_PHASE, BATCH_STATE } from '../../api/names.ts';
import { sameJson, without, type Fields } from '../../lib/json.ts';

const memoryOf = ({ updateRevision, stableRevision, collisionCount, phase, canaryStatus }: BatchReleaseStatus) => ({
  updateRevision,
  stableRevision,
  collisionCount,
  untouched: canaryStatus?.noNeedUpdateReplicas,
  // Pods that are to be left alone are counted in this phase alone.
  isPreparing: phase === undefined || phase === BATCH_PHASE.preparing,
});

const isReady = ({ batchState }: BatchStatus): boolean => batchState === BATCH_STATE.ready;

/** It says of this plan that a batch is ready, and it is not any more. */
const isLost = (before: BatchReleaseStatus, after: BatchReleaseStatus): boolean =>
  before.observedReleasePlanHash === after.observedReleasePlanHash &&
  isReady(before.canaryStatus ?? {}) &&
  !isReady(after.canaryStatus ?? {}) &&
  after.phase === BATCH_PHASE.progressing;

/** Whoever looks after the writes of the plan knows all that `after` says, and nothing told is wrong until then. */
export const isFoundAgain = (before: BatchReleaseStatus, after: BatchReleaseStatus): boolean =>
  sameJson(memoryOf(before), memoryOf(after)) && !isLost(before, after);

function withoutCounts({ message: _message, canaryStatus, ...rest }: BatchReleaseStatus): object {
  return { ...rest, batch: without((canaryStatus ?? {}) as Fields, 'updatedReplicas', 'updatedReadyReplicas') };
}

export const differInBatchCountsAlone = (before: BatchReleaseStatus, after: BatchReleaseStatus): boolean =>
  sameJson(withoutCounts(before), withoutCounts(after));

/** Nothing is reached yet, and nothing that was told to be reached is lost: its Rollout waits for more than this. */
export function isOnTheWay(before: BatchReleaseStatus, after: BatchReleaseStatus): boolean {
  if (!isFoundAgain(before, after) || !sameJson(before.conditions, after.conditions)) return false;
  if (after.phase === BATCH_PHASE.finalizing) return true;
  return after.phase === BATCH_PHASE.progressing && !isReady(after.canaryStatus ?? {});
}
