// The plan of one BatchRelease: brings the new pods to the size of the current batch and says when they are ready; at the
// end gives the workload back. Works the same for a Rollout's BatchRelease and for one made by hand.

import { BATCH_PHASE, FINALIZER } from '../../api/names.ts';
import { REPLICAS_UNKNOWN } from '../../api/batch-release.ts';
import { BATCH_RELEASES } from '../../api/resources.ts';
import { patch, type Plan } from '../actions.ts';
import { BatchDraft } from './draft.ts';
import { finaliseBatch, leave } from './finalise.ts';
import type { BatchObserved } from './observed.ts';
import { planHash } from './plan-hash.ts';
import { progressBatch } from './progress.ts';

export function planBatchRelease(o: BatchObserved): Plan {
  const d = new BatchDraft(o);
  decide(d);
  return d.finish();
}

function decide(d: BatchDraft): void {
  const { batchRelease, kind } = d.o;
  if (batchRelease.metadata.deletionTimestamp !== undefined) return leave(d);
  if (!(batchRelease.metadata.finalizers ?? []).includes(FINALIZER.batchRelease)) return mark(d);
  if (d.status.phase === BATCH_PHASE.completed) return;
  if (kind === undefined) {
    d.blocked(d.o.unsupported);
    d.events.push({ type: 'Warning', reason: 'UnsupportedWorkload', message: d.o.unsupported });
    return;
  }
  observePlan(d);
  const { workload } = d.o;
  if (batchRelease.spec.releasePlan.batchPartition == null || workload === undefined) return finaliseBatch(d);
  if (d.status.phase === undefined || d.status.phase === BATCH_PHASE.preparing) prepare(d, workload);
  progressBatch(d, workload);
}

function mark(d: BatchDraft): void {
  const { batchRelease } = d.o;
  const finalizers = [...(batchRelease.metadata.finalizers ?? []), FINALIZER.batchRelease];
  d.do([patch(BATCH_RELEASES, batchRelease, { metadata: { finalizers } }, 'mark the BatchRelease as ours to finish')]);
}

/** A changed plan sends the release back to the batch that the plan now allows. */
function observePlan(d: BatchDraft): void {
  const { batchRelease } = d.o;
  const { releasePlan } = batchRelease.spec;
  const hash = planHash(releasePlan);
  d.status.observedGeneration = batchRelease.metadata.generation ?? 0;
  if (d.status.observedReleasePlanHash === hash) return;
  const last = Math.max(0, (releasePlan.batches?.length ?? 1) - 1);
  const relabelled = d.status.observedRolloutID !== undefined && d.status.observedRolloutID !== releasePlan.rolloutID;
  d.batch.currentBatch = relabelled ? 0 : Math.min(releasePlan.batchPartition ?? last, last);
  d.batch.batchState = 'Upgrading';
  d.status.observedReleasePlanHash = hash;
  if (releasePlan.rolloutID !== undefined) d.status.observedRolloutID = releasePlan.rolloutID;
}

function prepare(d: BatchDraft, { view }: NonNullable<BatchObserved['workload']>): void {
  d.status.phase = BATCH_PHASE.progressing;
  d.status.updateRevision = view.updateRevision;
  d.status.stableRevision = view.stableRevision;
  d.status.observedWorkloadReplicas = d.o.workload === undefined ? REPLICAS_UNKNOWN : view.replicas;
  d.batch.currentBatch ??= 0;
}
