// A batch under way: Upgrading writes towards its size, Verifying waits for the pods, Ready lets the next one begin. A release
// is about one revision; a template that changes in between is for whoever made the release to decide about.

import { labelValue } from '../../lib/label-value.ts';
import { BATCH_STATE, OUR_REASON, WAIT, type BatchState } from '../../api/names.ts';
import type { ReleaseView, Workload } from '../../workloads/workload.ts';
import { timeText } from '../../objects/status.ts';
import { podsOfStep } from '../pods-of-step.ts';
import { acts, DONE, failed, waits, type Outcome } from '../tasks/outcome.ts';
import { awaitRival, claim } from './claim.ts';
import type { Batch, BatchDraft } from './batch-draft.ts';
import type { BatchWorkload } from './batch-observed.ts';
import { stampPods } from './pod-labels.ts';
import { readyOf, whatIsMissing } from './readiness.ts';
import { isOwned, releaseContext } from './release-context.ts';
import { touchedPods, untouchedOf } from './untouched.ts';
import { inexactPath, inexactText } from '../workload/exact-copy.ts';

export function progressBatch(d: BatchDraft, kind: Workload, workload: BatchWorkload): void {
  const { view } = workload;
  const { batches = [], batchPartition } = d.o.batchRelease.spec.releasePlan;
  if (d.status.updateRevision !== view.updateRevision) return void d.fold(otherRevision(d, workload));
  if (d.o.nameTaken) d.status.collisionCount = (d.status.collisionCount ?? 0) + 1;
  d.status.observedWorkloadReplicas = view.replicas;
  if (!d.fold(awaitRival(d, workload)) || !d.fold(copiesExactly(kind, workload))) return;
  const { marks, isTakenOver } = claim(d, kind, workload);
  d.do(marks);
  if (isTakenOver) return d.say('the roll-out under way is held, so that it goes on batch by batch');
  const last = Math.max(0, Math.min(batchPartition ?? 0, batches.length - 1));
  const current = Math.min(Math.max(d.batch.currentBatch ?? 0, 0), last);
  d.set({ currentBatch: current });
  const isReady = runBatch(d, kind, workload, current);
  if (isReady && current < last) d.set({ currentBatch: current + 1, batchState: BATCH_STATE.upgrading });
}

function otherRevision({ status }: Batch, { view }: BatchWorkload): Outcome {
  const how = view.templateIsStable ? 'was rolled back' : `changed to revision ${view.updateRevision}`;
  const text = `the workload ${how}; this release of revision ${status.updateRevision ?? ''} goes no further: delete it to release another revision`;
  return waits(WAIT.otherRevision, text, { facts: [how] });
}

const batchStep = ({ o }: BatchDraft, batch: number) =>
  o.batchRelease.spec.releasePlan.batches?.[batch]?.canaryReplicas;

const batchSize = (d: BatchDraft, batch: number, replicas: number): number =>
  podsOfStep(d.o.kind, batchStep(d, batch), replicas);

/** Without the pods that the batches are not about, which only looking at each pod can tell apart. */
const ofTheRest = (release: ReleaseView, untouched: number): ReleaseView =>
  untouched === 0 ? release : { ...release, updated: Math.max(0, release.updated - untouched), ready: undefined };

/** Done unless new pods would come of a template that is not what its author wrote. */
function copiesExactly(kind: Workload, { object }: BatchWorkload): Outcome {
  const path = kind.copiesTemplate ? inexactPath(object) : undefined;
  if (path === undefined) return DONE;
  return failed(OUR_REASON.inexact, inexactText(path), [path]);
}

/** True when the batch is ready. */
function runBatch(d: BatchDraft, kind: Workload, { object, view }: BatchWorkload, batch: number): boolean {
  const { related, batchRelease, allPods = [] } = d.o;
  const collisionCount = d.status.collisionCount ?? 0;
  const context = { ...releaseContext(batchRelease), collisionCount, step: batchStep(d, batch) };
  const untouched = untouchedOf(d);
  const pods = touchedPods(d);
  const desired = batchSize(d, batch, Math.max(0, view.replicas - untouched));
  const stuck = kind.unblock?.(object, allPods, d.status.stableRevision ?? '') ?? [];
  const growth = [...kind.advance(object, related, context, desired), ...stuck];
  const release = ofTheRest(kind.release(object, related, context), untouched);
  // Until its controller has seen our last write it says nothing of this moment: what it said before stands.
  if (release.observed) d.set({ updatedReplicas: release.updated, updatedReadyReplicas: readyOf(release, pods) });
  if (growth.length > 0) {
    enter(d, BATCH_STATE.upgrading);
    return d.fold(acts(growth, `batch ${batch + 1} brings the new pods to ${desired}`));
  }
  const releaseId = labelValue(d.status.observedRolloutID ?? '');
  const sizes = Array.from({ length: batch + 1 }, (_, index) => batchSize(d, index, view.replicas));
  if (release.podSelector !== undefined) d.do(stampPods(pods, sizes, releaseId));
  const { failureThreshold } = batchRelease.spec.releasePlan;
  const missing = whatIsMissing({ desired, release, failureThreshold, pods, releaseId });
  const of = String(batch + 1);
  if (missing !== undefined) {
    enter(d, BATCH_STATE.verifying);
    const passing = missing.isStuck || !isOwned(batchRelease) ? {} : ({ isPassing: true } as const);
    return d.fold(waits(WAIT.newPods, `batch ${of}: ${missing.text}`, { facts: [of, ...missing.facts], ...passing }));
  }
  const why =
    view.replicas === 0 ? 'needs no pods, because the workload is scaled to zero' : `is ready with ${desired} new pods`;
  enter(d, BATCH_STATE.ready);
  // Whoever made the release lets the next batch begin.
  d.fold(waits(WAIT.approval, `batch ${of} ${why}`, { facts: [of] }));
  return true;
}

/** `batchReadyTime` is when the batch became ready last. */
function enter(d: BatchDraft, state: BatchState): void {
  const isNew = d.batch.batchState !== state || d.batch.batchReadyTime === undefined;
  const becomesReady = state === BATCH_STATE.ready && isNew;
  d.set({ batchState: state, ...(becomesReady ? { batchReadyTime: timeText(d.o.now) } : {}) });
}
