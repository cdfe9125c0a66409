// A batch under way: Upgrading writes towards its size, Verifying waits for the pods, Ready lets the next one begin.

import { ANNOTATION, BATCH_STATE, FINALIZER } from '../../api/names.ts';
import { patch } from '../actions.ts';
import { ceilScaled } from '../quantity.ts';
import { timeText } from '../status.ts';
import type { BatchDraft } from './draft.ts';
import type { BatchObserved } from './observed.ts';
import { stampPods } from './pod-labels.ts';
import { whatIsMissing } from './readiness.ts';
import { releaseContext } from './release-context.ts';

type Present = NonNullable<BatchObserved['workload']>;

export function progressBatch(d: BatchDraft, workload: Present): void {
  const { batchRelease, nameTaken } = d.o;
  const { view } = workload;
  if (d.status.updateRevision !== view.updateRevision) {
    const how = view.templateIsStable ? 'was rolled back' : `changed to revision ${view.updateRevision}`;
    d.say(`the workload ${how}; this release of revision ${d.status.updateRevision ?? ''} goes no further`);
    return;
  }
  if (nameTaken) d.status.collisionCount = (d.status.collisionCount ?? 0) + 1;
  if (d.status.observedWorkloadReplicas !== view.replicas) d.status.observedWorkloadReplicas = view.replicas;
  const batches = batchRelease.spec.releasePlan.batches ?? [];
  const last = Math.min(batchRelease.spec.releasePlan.batchPartition ?? 0, batches.length - 1);
  let current = Math.min(Math.max(d.batch.currentBatch ?? 0, 0), Math.max(last, 0));
  while (runBatch(d, workload, current) && current < last) {
    current += 1;
    delete d.batch.batchReadyTime;
  }
  d.batch.currentBatch = current;
}

const sizeOf = (d: BatchDraft, batch: number, replicas: number): number => {
  const size = d.o.batchRelease.spec.releasePlan.batches?.[batch]?.canaryReplicas;
  return size === undefined ? 0 : ceilScaled(size, replicas);
};

/** True when the batch is ready. */
function runBatch(d: BatchDraft, workload: Present, batch: number): boolean {
  const { kind, related, batchRelease, pods } = d.o;
  if (kind === undefined) return false;
  const context = { ...releaseContext(batchRelease), collisionCount: d.status.collisionCount ?? 0 };
  const desired = sizeOf(d, batch, workload.view.replicas);
  claim(d, workload);
  const growth = kind.advance(workload.object, related, context, desired);
  d.do(growth);
  const release = kind.release(workload.object, related, context);
  d.batch.updatedReplicas = release.updated;
  d.batch.updatedReadyReplicas = release.ready;
  if (growth.length > 0) return upgrading(d, batch, desired);
  const id = d.status.observedRolloutID ?? '';
  const sizes = Array.from({ length: batch + 1 }, (_, index) => sizeOf(d, index, workload.view.replicas));
  if (release.podSelector !== undefined) d.do(stampPods(pods, sizes, id));
  const { failureThreshold } = batchRelease.spec.releasePlan;
  const missing = whatIsMissing({ desired, release, failureThreshold, pods, releaseId: id });
  return missing === undefined ? ready(d, batch, desired) : verifying(d, batch, missing);
}

/** Marks the workload as controlled by this BatchRelease. */
function claim(d: BatchDraft, { object }: Present): void {
  const { kind, batchRelease } = d.o;
  const value = JSON.stringify(releaseContext(batchRelease).owner);
  if (kind === undefined || object.metadata.annotations?.[ANNOTATION.controlInfo] === value) return;
  if (d.actions.some((action) => action.target.name === object.metadata.name && action.do === 'patch')) return;
  const body = { metadata: { annotations: { [ANNOTATION.controlInfo]: value } } };
  d.do([patch(kind.resource, object, body, `mark the workload as controlled by ${FINALIZER.batchRelease}`)]);
}

function upgrading(d: BatchDraft, batch: number, desired: number): false {
  d.batch.batchState = BATCH_STATE.upgrading;
  d.say(`batch ${batch + 1} brings the new pods to ${desired}`);
  return false;
}

function verifying(d: BatchDraft, batch: number, missing: string): false {
  d.batch.batchState = BATCH_STATE.verifying;
  d.say(`batch ${batch + 1}: ${missing}`);
  return false;
}

function ready(d: BatchDraft, batch: number, desired: number): true {
  d.batch.batchState = BATCH_STATE.ready;
  d.batch.batchReadyTime ??= timeText(d.o.now);
  d.say(`batch ${batch + 1} is ready with ${desired} new pods`);
  return true;
}
