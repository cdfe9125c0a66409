// The pods half of a release as a Rollout sees it: one BatchRelease of its own, created, kept equal to the plan, finished
// and deleted. Each task answers `true` when done, else it has put writes or a wait into the draft.

import {
  ANNOTATION,
  API_VERSION,
  BATCH_PHASE,
  BATCH_STATE,
  FINALIZING_POLICY,
  ROLLING_STYLE,
  type FinalizingPolicy,
} from '../../api/names.ts';
import type { JsonObject, KubeObject } from '../../api/kube.ts';
import type { BatchRelease, ReleasePlan } from '../../api/batch-release.ts';
import { BATCH_RELEASES } from '../../api/resources.ts';
import { failureThresholdOf, patchedPodMetadata, stepsOf, styleOf, workloadRefOf } from '../../api/rollout-view.ts';
import { create, patch, remove } from '../actions.ts';
import { releaseContext } from '../batch/release-context.ts';
import { planHash } from '../batch/plan-hash.ts';
import { canonicalJson } from '../revision.ts';
import { mergePatch } from '../status.ts';
import type { Draft } from './draft.ts';
import type { RolloutObserved } from './observed.ts';
import { ownerOf } from './release-traffic.ts';

const STYLES = { canary: ROLLING_STYLE.canary, partition: ROLLING_STYLE.partition, bluegreen: ROLLING_STYLE.blueGreen };

export const isOwnBatchRelease = (o: RolloutObserved, release: KubeObject): boolean =>
  (release.metadata.ownerReferences ?? []).some((owner) => owner.uid === o.rollout.metadata.uid);

/** Ours, and about the workload that the Rollout names now. */
export const ownBatchRelease = (o: RolloutObserved): BatchRelease | undefined =>
  o.batchRelease !== undefined && isOwnBatchRelease(o, o.batchRelease) ? o.batchRelease : undefined;

/** Release id stamped on pods: what the user gave, else the revision. */
export function releaseIdFor(d: Draft): string {
  return d.o.workload?.view.releaseId || d.sub.observedRolloutID || d.sub.canaryRevision || '';
}

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
    rolloutID: releaseIdFor(d),
    rollingStyle: STYLES[style],
    enableExtraWorkloadForCanary: style === 'canary',
    ...(threshold === undefined ? {} : { failureThreshold: threshold }),
    ...(metadata === undefined ? {} : { patchPodTemplateMetadata: metadata }),
  };
}

function newBatchRelease(d: Draft, releasePlan: ReleasePlan): KubeObject {
  const { rollout } = d.o;
  return {
    apiVersion: API_VERSION.v1beta1,
    kind: 'BatchRelease',
    metadata: {
      name: rollout.metadata.name,
      ...(rollout.metadata.namespace === undefined ? {} : { namespace: rollout.metadata.namespace }),
      annotations: { [ANNOTATION.rollingStyle]: styleOf(rollout) },
      ownerReferences: [ownerOf(d.o)],
    },
    spec: { workloadRef: workloadRefOf(rollout), releasePlan },
  };
}

/** The BatchRelease wants the current step, and its pods are ready. */
export function releaseStep(d: Draft): boolean {
  const present = d.o.batchRelease;
  const step = `step(${d.sub.currentStepIndex ?? 1}/${stepsOf(d.o.rollout).length})`;
  if (present === undefined) {
    d.do([create(BATCH_RELEASES, newBatchRelease(d, planFor(d, undefined)), `release the pods of ${step}`)]);
    d.wait(`Rollout is in ${step}, and upgrades its pods`);
    return false;
  }
  if (!isUsable(d, present)) return false;
  const wanted = planFor(d, present);
  const change = mergePatch(present.spec.releasePlan, wanted);
  if (change !== undefined) {
    d.do([patch(BATCH_RELEASES, present, { spec: { releasePlan: change } }, `release the pods of ${step}`)]);
    d.wait(`Rollout is in ${step}, and upgrades its pods`);
    return false;
  }
  if (isReady(present, d.sub.currentStepIndex ?? 1)) return true;
  d.wait(
    `Rollout is in ${step}, and upgrades its pods: ${present.status?.message ?? 'the BatchRelease is not observed yet'}`,
  );
  return false;
}

/** Another's, or one that is going: it must not be used for this release. */
function isUsable(d: Draft, present: BatchRelease): boolean {
  if (!isOwnBatchRelease(d.o, present)) {
    d.wait(`BatchRelease ${present.metadata.name} exists and does not belong to this Rollout; delete or rename it`);
    return false;
  }
  if (present.metadata.deletionTimestamp !== undefined) {
    d.wait(`waiting for the BatchRelease of the last release to be gone`);
    return false;
  }
  const foreign = canonicalJson(present.spec.workloadRef) !== canonicalJson(workloadRefOf(d.o.rollout));
  const finished = present.status?.phase === BATCH_PHASE.completed || present.spec.releasePlan.batchPartition == null;
  if (!foreign && !finished) return true;
  d.do([remove(BATCH_RELEASES, present, 'a BatchRelease of an earlier release is in the way')]);
  d.wait('waiting for the BatchRelease of an earlier release to be gone');
  return false;
}

function isReady(release: BatchRelease, step: number): boolean {
  const { status } = release;
  return (
    status?.observedReleasePlanHash === planHash(release.spec.releasePlan) &&
    status.canaryStatus?.batchState === BATCH_STATE.ready &&
    (status.canaryStatus.currentBatch ?? 0) + 1 >= step
  );
}

/** Tells the BatchRelease to finalise and waits until it has. */
export function finishBatchRelease(d: Draft, policy: FinalizingPolicy): boolean {
  const present = ownBatchRelease(d.o);
  if (present === undefined || present.metadata.deletionTimestamp !== undefined) return true;
  const { releasePlan } = present.spec;
  const stale =
    releasePlan.batchPartition != null ||
    (releasePlan.finalizingPolicy !== policy && present.status?.phase !== BATCH_PHASE.completed);
  if (stale) {
    const body: JsonObject = { spec: { releasePlan: { batchPartition: null, finalizingPolicy: policy } } };
    d.do([patch(BATCH_RELEASES, present, body, `finalise the pods, ${policy}`)]);
    d.wait('the workload resumes its own roll-out');
    return false;
  }
  if (present.status?.phase === BATCH_PHASE.completed) return true;
  const detail =
    policy === FINALIZING_POLICY.waitResume
      ? 'waiting for the workload to finish its own roll-out'
      : 'waiting for the workload to be given back';
  d.wait(present.status?.message === undefined ? detail : `${detail}: ${present.status.message}`);
  return false;
}

export function deleteBatchRelease(d: Draft): boolean {
  const present = ownBatchRelease(d.o);
  if (present === undefined) return true;
  if (present.metadata.deletionTimestamp === undefined) {
    d.do([remove(BATCH_RELEASES, present, 'the release does not need it any more')]);
  }
  d.wait(`waiting for BatchRelease ${present.metadata.name} and its pods to be gone`);
  return false;
}

/** Counts and revision of the new pods, copied into the status. */
export function copyCounts(d: Draft): void {
  const release = ownBatchRelease(d.o);
  const counts = release?.status?.canaryStatus;
  d.sub.canaryReplicas = counts?.updatedReplicas ?? 0;
  d.sub.canaryReadyReplicas = counts?.updatedReadyReplicas ?? 0;
  const { kind, workload } = d.o;
  if (release === undefined || kind === undefined || workload === undefined) return;
  const { podRevision } = kind.release(workload.object, workload.related, releaseContext(release));
  if (podRevision !== '') d.sub.podTemplateHash = podRevision;
}
