// The plan of one BatchRelease: brings the new pods to the size of the current batch and says when they are ready; at the
// end gives the workload back. Works the same for a Rollout's BatchRelease and for one made by hand.

import { BATCH_PHASE, BATCH_STATE, FINALIZER, OUR_REASON, WAIT } from '../../api/names.ts';
import { BATCH_RELEASES } from '../../api/resources.ts';
import { patch } from '../../objects/actions.ts';
import { type Plan } from '../tasks/plan.ts';
import { isEscaped } from '../../objects/marks.ts';
import { failed, waits } from '../tasks/outcome.ts';
import { BatchDraft } from './batch-draft.ts';
import { finaliseBatch, leaveWorkload } from './finalise-batch.ts';
import type { BatchObserved, BatchWorkload } from './batch-observed.ts';
import { planHash } from './plan-hash.ts';
import { progressBatch } from './progress-batch.ts';
import { isHalted } from './release-context.ts';
import { markUntouched, untouchedPods } from './untouched.ts';

export function planBatchRelease(o: BatchObserved): Plan {
  const d = new BatchDraft(o);
  const { batchRelease } = o;
  if (batchRelease.metadata.deletionTimestamp !== undefined) leaveWorkload(d, ownWorkload(o));
  else if (!(batchRelease.metadata.finalizers ?? []).includes(FINALIZER.batchRelease)) mark(d);
  else if (d.status.phase !== BATCH_PHASE.completed) decide(d);
  return d.finish();
}

/** A workload that a person has taken out of our hands is none of ours. */
const ownWorkload = ({ workload }: BatchObserved): BatchWorkload | undefined =>
  workload === undefined || isEscaped(workload.object) ? undefined : workload;

function decide(d: BatchDraft): void {
  const { batchRelease, kind, unsupported } = d.o;
  if (kind === undefined) return void d.fold(failed(OUR_REASON.unsupported, unsupported));
  observePlan(d);
  const workload = ownWorkload(d.o);
  if (batchRelease.spec.releasePlan.batchPartition == null || workload === undefined) return finaliseBatch(d, workload);
  if (isHalted(batchRelease)) return d.say('the update is taken back, so this release of pods goes no further');
  if (workload.view.updateRevision === '') return awaitRevision(d);
  if (d.status.updateRevision === undefined) prepare(d, workload);
  if (!isUntouchedKnown(d, workload)) return;
  d.status.phase = BATCH_PHASE.progressing;
  progressBatch(d, kind, workload);
}

function mark(d: BatchDraft): void {
  const { batchRelease } = d.o;
  const finalizers = [...(batchRelease.metadata.finalizers ?? []), FINALIZER.batchRelease];
  d.do([patch(BATCH_RELEASES, batchRelease, { metadata: { finalizers } }, 'mark the BatchRelease as ours to finish')]);
}

/** A changed plan sends the release to the batch that the plan now allows; a changed release id stamps from the first. */
function observePlan(d: BatchDraft): void {
  const { releasePlan } = d.o.batchRelease.spec;
  const hash = planHash(releasePlan);
  d.status.observedGeneration = d.o.batchRelease.metadata.generation ?? 0;
  if (d.status.observedReleasePlanHash === hash) return;
  const last = Math.max(0, (releasePlan.batches?.length ?? 1) - 1);
  const isRelabelled = (d.status.observedRolloutID ?? '') !== (releasePlan.rolloutID ?? '');
  const currentBatch = isRelabelled ? 0 : Math.min(releasePlan.batchPartition ?? last, last);
  d.set({ currentBatch, batchState: BATCH_STATE.upgrading });
  d.status.observedReleasePlanHash = hash;
  if (releasePlan.rolloutID === undefined) delete d.status.observedRolloutID;
  else d.status.observedRolloutID = releasePlan.rolloutID;
}

/** What needs no update is counted and marked before the first pod is taken back. */
function isUntouchedKnown(d: BatchDraft, workload: BatchWorkload): boolean {
  const pods = untouchedPods(d, workload);
  if (pods === undefined) return true;
  d.set({ noNeedUpdateReplicas: pods.length });
  return d.fold(markUntouched(d, pods));
}

function awaitRevision(d: BatchDraft): void {
  if (d.status.updateRevision === undefined) d.status.phase = BATCH_PHASE.preparing;
  d.fold(waits(WAIT.revision, 'waits until the controller of the workload has seen its new template'));
}

/** From here on the release is about this revision and no other. */
function prepare(d: BatchDraft, { view }: BatchWorkload): void {
  d.status.phase = BATCH_PHASE.preparing;
  d.status.updateRevision = view.updateRevision;
  d.status.stableRevision = view.stableRevision;
}
