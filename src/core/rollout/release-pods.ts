// The pods half of a release as a Rollout sees it: one BatchRelease of its own, created, kept equal to the plan, finished and
// deleted, as tasks.

import { batchStatusOf, type BatchRelease, type ReleasePlan } from '../../api/batch-release.ts';
import type { JsonObject, KubeObject } from '../../api/kube.ts';
import {
  ANNOTATION,
  API_VERSION,
  BATCH_PHASE,
  BATCH_STATE,
  FINALIZER,
  FINALIZING_POLICY,
  OUR_REASON,
  WAIT,
  type FinalizingPolicy,
} from '../../api/names.ts';
import { BATCH_RELEASES } from '../../api/resources.ts';
import { create, patch, remove, type Action } from '../../objects/actions.ts';
import { belongsTo } from '../../objects/ownership.ts';
import { mergePatch } from '../../objects/status.ts';
import { sameJson } from '../../lib/json.ts';
import type { Workload } from '../../workloads/workload.ts';
import { isHalted, releaseContext } from '../batch/release-context.ts';
import { planHash } from '../batch/plan-hash.ts';
import { nativeRollOutText } from '../native-roll-out.ts';
import { acts, DONE, failed, waits, type Acts, type Outcome, type Waits } from '../tasks/outcome.ts';
import type { RolloutDraft } from './rollout-draft.ts';
import { askedSize, goesOn, rolloutOwner, currentStep, type Release } from './release.ts';

/** A BatchRelease of the same name may be somebody else's. */
export const ownBatchRelease = ({ o: { batchRelease, rollout } }: Pick<Release, 'o'>): BatchRelease | undefined =>
  batchRelease !== undefined && belongsTo(batchRelease, rollout.metadata.uid) ? batchRelease : undefined;

function planFor(release: Release, kind: Workload, present: BatchRelease | undefined): ReleasePlan {
  const { intent, progress } = release;
  const { failureThreshold } = intent;
  // A release keeps the pod metadata it began with: it is part of the pods that already run.
  const metadata = present === undefined ? intent.podMetadata : present.spec.releasePlan.patchPodTemplateMetadata;
  return {
    batches: intent.steps.map((step) => ({ canaryReplicas: askedSize(step) })),
    batchPartition: currentStep(progress) - 1,
    rolloutID: progress.releaseId ?? '',
    rollingStyle: kind.rollingStyle,
    enableExtraWorkloadForCanary: kind.makesExtraWorkload,
    ...(failureThreshold === undefined ? {} : { failureThreshold }),
    ...(metadata === undefined ? {} : { patchPodTemplateMetadata: metadata }),
  };
}

function newBatchRelease(release: Release, kind: Workload): KubeObject {
  const { rollout } = release.o;
  const { name, namespace } = rollout.metadata;
  return {
    apiVersion: API_VERSION.v1beta1,
    kind: 'BatchRelease',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      annotations: { [ANNOTATION.rollingStyle]: kind.style, ...rollbackMark(release) },
      ownerReferences: [rolloutOwner(rollout)],
      finalizers: [FINALIZER.batchRelease],
    },
    spec: { workloadRef: release.intent.workload, releasePlan: planFor(release, kind, undefined) },
  };
}

/** What is released is the stable revision: a rollback in batches. */
function rollbackMark(release: Release): Record<string, string> {
  const { updateRevision, stableRevision } = release.progress;
  const isBack = goesBackInBatches(release) && updateRevision !== '' && updateRevision === stableRevision;
  return isBack ? { [ANNOTATION.rollbackInBatch]: 'true' } : {};
}

/** A person asked for the way back to go through the steps as well, and the kind can. */
export const goesBackInBatches = ({ o: { kind }, intent }: Release): boolean =>
  kind?.rollsBackInBatches === true && intent.rollsBackInBatches;

/** The BatchRelease wants the current step, and its pods are ready. */
export function releaseStep(release: Release): Outcome {
  const { kind, batchRelease: present } = release.o;
  if (kind === undefined) return DONE;
  const why = `release the pods of step ${currentStep(release.progress)}`;
  if (present === undefined) return begins(create(BATCH_RELEASES, newBatchRelease(release, kind), why));
  const usable = isUsable(release, present);
  if (usable.is !== 'done') return usable;
  if (isHalted(present)) return begins(patch(BATCH_RELEASES, present, halted(null), 'the update is back: go on'));
  const change = mergePatch(present.spec.releasePlan, planFor(release, kind, present));
  if (change !== undefined) return begins(patch(BATCH_RELEASES, present, { spec: { releasePlan: change } }, why));
  return isReady(release, present) ? DONE : waitForPods(release, present);
}

/** While the BatchRelease still writes towards the size of its batch, nobody knows yet what will be waited for. */
function waitForPods(release: Release, present: BatchRelease): Outcome {
  const { spec, status } = present;
  const isAboutStep = status?.observedReleasePlanHash === planHash(spec.releasePlan);
  const message = (isAboutStep ? status?.message : undefined) ?? 'they are about to be created';
  const { batchState = BATCH_STATE.upgrading } = batchStatusOf(present);
  const isPassing = !isAboutStep || batchState === BATCH_STATE.upgrading;
  return waits(WAIT.newPods, `upgrades its pods; ${message}`, tellsFor(release, message, isPassing));
}

/** What the BatchRelease waits for, told in its place. */
function tellsFor(release: Release, message: string, isPassing: boolean): Partial<Waits> {
  const identity = release.o.podsAnnounced?.identity;
  return { facts: [identity ?? message], ...(isPassing || identity === '' ? goesOn(release) : {}) };
}

const halted = (value: 'true' | null): JsonObject => ({ metadata: { annotations: { [ANNOTATION.halted]: value } } });

/** Done when no pod more is released, whatever template comes. Before the end of the release is decided for good. */
export function haltBatchRelease(release: Release): Outcome {
  const present = ownBatchRelease(release);
  if (present === undefined || present.metadata.deletionTimestamp !== undefined || isHalted(present)) return DONE;
  const action = patch(BATCH_RELEASES, present, halted('true'), 'the update is taken back: no pod more');
  return acts([action], 'the update is taken back');
}

const begins = (action: Action): Acts => ({ is: 'acts', actions: [action], why: 'upgrades its pods' });

/** Not another's, not going away, and about this workload and this revision. */
function isUsable(release: Release, present: BatchRelease): Outcome {
  const { name, deletionTimestamp } = present.metadata;
  if (ownBatchRelease(release) === undefined) {
    const text = `BatchRelease ${name} exists and was not made for this Rollout; delete or rename it`;
    return failed(OUR_REASON.conflict, text);
  }
  return deletionTimestamp === undefined && isForThisRelease(release, present) ? DONE : deleteBatchRelease(release);
}

function isForThisRelease({ intent, progress }: Release, { spec, status }: BatchRelease): boolean {
  const isEnding = status?.phase === BATCH_PHASE.completed || spec.releasePlan.batchPartition == null;
  const revision = status?.updateRevision ?? progress.updateRevision;
  return !isEnding && sameJson(spec.workloadRef, intent.workload) && revision === progress.updateRevision;
}

/** Its status is about the plan and the size of the workload as they are now. */
function isReady({ o, progress }: Release, batchRelease: BatchRelease): boolean {
  const { spec, status } = batchRelease;
  const { batchState, currentBatch = 0 } = batchStatusOf(batchRelease);
  return (
    status?.observedReleasePlanHash === planHash(spec.releasePlan) &&
    status.observedWorkloadReplicas === o.workload?.view.replicas &&
    status.updateRevision === progress.updateRevision &&
    batchState === BATCH_STATE.ready &&
    currentBatch + 1 >= currentStep(progress)
  );
}

/** Tells the BatchRelease to finalise and waits until it has. */
export function finishBatchRelease(release: Release, policy: FinalizingPolicy): Outcome {
  const present = ownBatchRelease(release);
  if (present === undefined || present.metadata.deletionTimestamp !== undefined) return DONE;
  if (present.status?.phase === BATCH_PHASE.completed) return DONE;
  const { batchPartition, finalizingPolicy } = present.spec.releasePlan;
  const what =
    policy === FINALIZING_POLICY.waitResume ? 'the workload resumes its own roll-out' : 'the workload is given back';
  if (batchPartition == null && finalizingPolicy === policy) return waitForEnd(release, present, what);
  const releasePlan = { batchPartition: null, finalizingPolicy: policy };
  return acts([patch(BATCH_RELEASES, present, { spec: { releasePlan } }, `finalise the pods, ${policy}`)], what);
}

/** The workload says best how far it is, unless something is in the way. */
function waitForEnd(release: Release, { status }: BatchRelease, what: string): Outcome {
  const { podsAnnounced, workload } = release.o;
  const isEnding = status?.phase === BATCH_PHASE.finalizing;
  const isTold = isEnding && podsAnnounced?.identity !== '';
  const message = isTold ? status.message : undefined;
  const isHeld = workload?.view.held === true && workload.view.inProgress !== undefined;
  const rollsOut = workload === undefined || isHeld ? what : nativeRollOutText(workload.view);
  return waits(WAIT.nativeRollOut, message ?? rollsOut, tellsFor(release, message ?? rollsOut, !isTold));
}

/** Done when it and the pods that it made are gone. */
export function deleteBatchRelease(release: Release): Outcome {
  const present = ownBatchRelease(release);
  if (present === undefined) return DONE;
  const { name, deletionTimestamp } = present.metadata;
  if (deletionTimestamp === undefined) {
    return acts([remove(BATCH_RELEASES, present, 'the release does not need its BatchRelease any more')]);
  }
  const text = `BatchRelease ${name} and the pods that it made are being removed`;
  return waits(WAIT.removal, text, { facts: [name], ...goesOn(release) });
}

/** Counts and revision of the new pods, copied into the status. */
export function copyCounts(d: RolloutDraft): void {
  const { kind, workload } = d.o;
  const batchRelease = ownBatchRelease(d);
  const { updatedReplicas = 0, updatedReadyReplicas = 0 } = batchStatusOf(batchRelease);
  d.set({ updated: updatedReplicas, ready: updatedReadyReplicas });
  if (batchRelease === undefined || kind === undefined || workload === undefined) return;
  const { podRevision } = kind.release(workload.object, workload.related, releaseContext(batchRelease));
  if (podRevision !== '') d.set({ podRevision });
}
