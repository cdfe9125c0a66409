// The end of a BatchRelease: the workload is given back in one write, its own roll-out is awaited where asked, and what
// carried the new pods goes. A template that is neither the released nor the stable one stays held where a Rollout governs the
// workload, which decides about it.

import { BATCH_PHASE, FINALIZER, FINALIZING_POLICY, WAIT } from '../../api/names.ts';
import { BATCH_RELEASES } from '../../api/resources.ts';
import { patch } from '../../objects/actions.ts';
import { UNCLAIMED } from '../../objects/marks.ts';
import { isClaimedByUs } from './claim.ts';
import { nativeRollOutText } from '../native-roll-out.ts';
import { acts, DONE, waits, type Outcome } from '../tasks/outcome.ts';
import type { Batch, BatchDraft } from './batch-draft.ts';
import type { BatchWorkload } from './batch-observed.ts';
import { isOwned, releaseContext } from './release-context.ts';

export function finaliseBatch(d: BatchDraft, workload: BatchWorkload | undefined): void {
  d.status.phase = BATCH_PHASE.finalizing;
  if (workload !== undefined && mayGo(d, workload)) {
    if (!d.fold(giveBack(d, workload))) return;
    const waits = d.o.batchRelease.spec.releasePlan.finalizingPolicy === FINALIZING_POLICY.waitResume;
    if (waits && !workload.view.settled) return settle(d, workload);
  }
  d.status.phase = BATCH_PHASE.completed;
  d.say('the release of pods is completed');
}

/** A rollback of what is being promoted may leave pods behind that would never become ready. */
function settle(d: BatchDraft, workload: BatchWorkload): void {
  const { kind, allPods = [] } = d.o;
  d.do(kind?.unblock?.(workload.object, allPods, d.status.stableRevision ?? '') ?? []);
  const passing = isOwned(d.o.batchRelease) ? ({ isPassing: true } as const) : {};
  d.fold(waits(WAIT.nativeRollOut, nativeRollOutText(workload.view), passing));
}

/** The template is one that this release may let go: its own, or the stable one again; any where nobody else would ever do it. */
function mayGo(d: Batch, { object, view }: BatchWorkload): boolean {
  const { kind, related, batchRelease } = d.o;
  const { updateRevision, stableRevision = '' } = d.status;
  if (view.inProgress === undefined && !isOwned(batchRelease)) return true;
  if (updateRevision === undefined || view.updateRevision === updateRevision || view.templateIsStable) return true;
  return kind?.isRevision(object, related, stableRevision) === true;
}

/** Once: what is held later, without our marks, a person holds. */
function giveBack(b: Batch, workload: BatchWorkload): Outcome {
  const { object, view } = workload;
  const isMarked = view.held && view.inProgress !== undefined;
  if (!isMarked && !isClaimedByUs(b, workload)) return DONE;
  return acts(b.o.kind?.letGo(object, isClaimedByUs(b, workload) ? UNCLAIMED : {}) ?? [], 'the workload is given back');
}

/**
 * Deletion. With a batchPartition the release was cut short: only our marks go, the workload stays as it is held, for
 * whoever deleted this goes on with it. Without one it is finished first.
 */
export function leaveWorkload(d: BatchDraft, workload: BatchWorkload | undefined): void {
  const { batchRelease, kind, related } = d.o;
  const finalizers = batchRelease.metadata.finalizers ?? [];
  if (!finalizers.includes(FINALIZER.batchRelease)) return;
  if (kind !== undefined) {
    if (workload !== undefined && !isLetGo(d, workload)) return;
    const context = releaseContext(batchRelease);
    d.do(kind.cleanUp(workload?.object, related, context));
    if (!kind.isGone(related, context)) return;
  }
  const kept = finalizers.filter((name) => name !== FINALIZER.batchRelease);
  d.do([patch(BATCH_RELEASES, batchRelease, { metadata: { finalizers: kept } }, 'nothing of the release is left')]);
}

/** Its writes need no text: the BatchRelease is on its way out. */
function isLetGo(d: BatchDraft, workload: BatchWorkload): boolean {
  const { batchRelease, kind } = d.o;
  const isCutShort = batchRelease.spec.releasePlan.batchPartition != null;
  const given = !isCutShort && mayGo(d, workload) ? giveBack(d, workload) : DONE;
  if (given.is === 'acts') {
    d.do(given.actions);
    return false;
  }
  if (kind === undefined || !isClaimedByUs(d, workload)) return true;
  d.do([patch(kind.resource, workload.object, { metadata: UNCLAIMED }, 'the BatchRelease lets go of the workload')]);
  return false;
}
