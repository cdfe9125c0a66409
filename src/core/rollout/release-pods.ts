// The pods half of a release as a Rollout sees it: one BatchRelease of its own, created, kept equal to the plan, finished
// and deleted. Each task answers `true` when done, else it has put writes or a wait into the draft.

import {
  ANNOTATION,
  API_VERSION,
  BATCH_PHASE,
  BATCH_STATE,
  FINALIZER,
  FINALIZING_POLICY,
  OUR_REASON,
  ROLLING_STYLE,
  type FinalizingPolicy,
} from '../../api/names.ts';
import type { JsonObject, KubeObject } from '../../api/kube.ts';
import type { BatchRelease, ReleasePlan } from '../../api/batch-release.ts';
import { BATCH_RELEASES } from '../../api/resources.ts';
import {
  failureThresholdOf,
  patchedPodMetadata,
  stepsOf,
  styleOf,
  trafficRoutingsOf,
  workloadRefOf,
} from '../../api/rollout-view.ts';
import { belongsTo } from '../../objects/ownership.ts';
import { create, patch, remove, type Action } from '../../objects/actions.ts';
import { isHalted, releaseContext } from '../batch/release-context.ts';
import { planHash } from '../batch/plan-hash.ts';
import { sameJson } from '../../lib/json.ts';
import { mergePatch } from '../../objects/status.ts';
import type { Draft } from './draft.ts';
import type { RolloutObserved } from './observed.ts';
import { ownerOf } from './release-traffic.ts';

const STYLES = { canary: ROLLING_STYLE.canary, partition: ROLLING_STYLE.partition, bluegreen: ROLLING_STYLE.blueGreen };

/** A BatchRelease of the same name may be somebody else's. */
export const ownBatchRelease = ({ batchRelease, rollout }: RolloutObserved): BatchRelease | undefined =>
  batchRelease !== undefined && belongsTo(batchRelease, rollout.metadata.uid) ? batchRelease : undefined;

function planFor(d: Draft, present: BatchRelease | undefined): ReleasePlan {
  const { rollout } = d.o;
  const style = styleOf(rollout);
  const threshold = failureThresholdOf(rollout);
  // A release keeps the pod metadata it began with: it is part of the pods that already run.
  const metadata =
    present === undefined ? patchedPodMetadata(rollout) : present.spec.releasePlan.patchPodTemplateMetadata;
  return {
    batches: stepsOf(rollout).map((step) => ({ canaryReplicas: step.replicas ?? step.traffic ?? '100%' })),
    batchPartition: (d.sub.currentStepIndex ?? 1) - 1,
    rolloutID: d.sub.observedRolloutID ?? '',
    rollingStyle: STYLES[style],
    enableExtraWorkloadForCanary: style === 'canary',
    ...(threshold === undefined ? {} : { failureThreshold: threshold }),
    ...(metadata === undefined ? {} : { patchPodTemplateMetadata: metadata }),
  };
}

function newBatchRelease(d: Draft): KubeObject {
  const { rollout } = d.o;
  const { name, namespace } = rollout.metadata;
  return {
    apiVersion: API_VERSION.v1beta1,
    kind: 'BatchRelease',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      annotations: { [ANNOTATION.rollingStyle]: styleOf(rollout), ...rollbackMark(d) },
      ownerReferences: [ownerOf(d.o)],
      finalizers: [FINALIZER.batchRelease],
    },
    spec: { workloadRef: workloadRefOf(rollout), releasePlan: planFor(d, undefined) },
  };
}

/** What is released is the stable revision: a rollback in batches. */
function rollbackMark(d: Draft): Record<string, string> {
  const { canaryRevision, stableRevision } = d.sub;
  const isBack = goesBackInBatches(d) && canaryRevision !== '' && canaryRevision === stableRevision;
  return isBack ? { [ANNOTATION.rollbackInBatch]: 'true' } : {};
}

/** A person asked for the way back to go through the steps as well; traffic has no part in it. */
export const goesBackInBatches = ({ o: { rollout, kind } }: Draft): boolean =>
  kind?.rollsBackInBatches === true &&
  rollout.metadata.annotations?.[ANNOTATION.rollbackInBatch] === 'true' &&
  trafficRoutingsOf(rollout).length === 0;

/** The BatchRelease wants the current step, and its pods are ready. */
export function releaseStep(d: Draft): boolean {
  const present = d.o.batchRelease;
  const why = `release the pods of step ${d.sub.currentStepIndex ?? 1}`;
  if (present === undefined) return begin(d, create(BATCH_RELEASES, newBatchRelease(d), why));
  if (!isUsable(d, present)) return false;
  if (isHalted(present)) return begin(d, patch(BATCH_RELEASES, present, halted(null), 'the update is back: go on'));
  const change = mergePatch(present.spec.releasePlan, planFor(d, present));
  if (change !== undefined) return begin(d, patch(BATCH_RELEASES, present, { spec: { releasePlan: change } }, why));
  if (isReady(d, present)) return true;
  waitForPods(d, present);
  return false;
}

/** While the BatchRelease still writes towards the size of its batch, nobody knows yet what will be waited for. */
function waitForPods(d: Draft, { status }: BatchRelease): void {
  const message = `upgrades its pods; ${status?.message ?? 'they are about to be created'}`;
  const { batchState = BATCH_STATE.upgrading } = status?.canaryStatus ?? {};
  if (batchState === BATCH_STATE.upgrading) d.pass(message);
  else d.wait(message);
}

const halted = (value: 'true' | null): JsonObject => ({ metadata: { annotations: { [ANNOTATION.halted]: value } } });

/** True when no pod more is released, whatever template comes. Before the end of the release is decided for good. */
export function haltBatchRelease(d: Draft): boolean {
  const present = ownBatchRelease(d.o);
  if (present === undefined || present.metadata.deletionTimestamp !== undefined || isHalted(present)) return true;
  d.do([patch(BATCH_RELEASES, present, halted('true'), 'the update is taken back: no pod more')]);
  d.pass('the update is taken back');
  return false;
}

function begin(d: Draft, action: Action): false {
  d.do([action]);
  d.pass('upgrades its pods');
  return false;
}

/** Not another's, not going away, and about this workload and this revision. */
function isUsable(d: Draft, present: BatchRelease): boolean {
  const { name } = present.metadata;
  if (ownBatchRelease(d.o) === undefined) {
    d.block(OUR_REASON.conflict, `BatchRelease ${name} exists and was not made for this Rollout; delete or rename it`);
    return false;
  }
  if (present.metadata.deletionTimestamp === undefined && isForThisRelease(d, present)) return true;
  return deleteBatchRelease(d);
}

function isForThisRelease(d: Draft, { spec, status }: BatchRelease): boolean {
  const isEnding = status?.phase === BATCH_PHASE.completed || spec.releasePlan.batchPartition == null;
  const revision = status?.updateRevision ?? d.sub.canaryRevision;
  const sameWorkload = sameJson(spec.workloadRef, workloadRefOf(d.o.rollout));
  return !isEnding && sameWorkload && revision === d.sub.canaryRevision;
}

/** Its status is about the plan and the size of the workload as they are now. */
function isReady(d: Draft, { spec, status }: BatchRelease): boolean {
  const { batchState, currentBatch = 0 } = status?.canaryStatus ?? {};
  return (
    status?.observedReleasePlanHash === planHash(spec.releasePlan) &&
    status.observedWorkloadReplicas === d.o.workload?.view.replicas &&
    status.updateRevision === d.sub.canaryRevision &&
    batchState === BATCH_STATE.ready &&
    currentBatch + 1 >= (d.sub.currentStepIndex ?? 1)
  );
}

/** Tells the BatchRelease to finalise and waits until it has. */
export function finishBatchRelease(d: Draft, policy: FinalizingPolicy): boolean {
  const present = ownBatchRelease(d.o);
  if (present === undefined || present.metadata.deletionTimestamp !== undefined) return true;
  if (present.status?.phase === BATCH_PHASE.completed) return true;
  const { batchPartition, finalizingPolicy } = present.spec.releasePlan;
  const what =
    policy === FINALIZING_POLICY.waitResume ? 'the workload resumes its own roll-out' : 'the workload is given back';
  if (batchPartition != null || finalizingPolicy !== policy) {
    const releasePlan = { batchPartition: null, finalizingPolicy: policy };
    d.do([patch(BATCH_RELEASES, present, { spec: { releasePlan } }, `finalise the pods, ${policy}`)]);
    d.pass(what);
  } else {
    d.wait(present.status?.message ?? what);
  }
  return false;
}

/** True when it and the pods that it made are gone. */
export function deleteBatchRelease(d: Draft): boolean {
  const present = ownBatchRelease(d.o);
  if (present === undefined) return true;
  if (present.metadata.deletionTimestamp === undefined) {
    const why = 'the release does not need its BatchRelease any more';
    d.do([remove(BATCH_RELEASES, present, why)]);
    d.pass(why);
    return false;
  }
  d.wait(`BatchRelease ${present.metadata.name} and the pods that it made are being removed`);
  return false;
}

/** Counts and revision of the new pods, copied into the status. */
export function copyCounts(d: Draft): void {
  const { kind, workload } = d.o;
  const release = ownBatchRelease(d.o);
  const { updatedReplicas = 0, updatedReadyReplicas = 0 } = release?.status?.canaryStatus ?? {};
  d.set({ canaryReplicas: updatedReplicas, canaryReadyReplicas: updatedReadyReplicas });
  if (release === undefined || kind === undefined || workload === undefined) return;
  const { podRevision } = kind.release(workload.object, workload.related, releaseContext(release));
  if (podRevision !== '') d.set({ podTemplateHash: podRevision });
}
