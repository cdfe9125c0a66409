// What the status remembers of the workload: revisions, release id, strategy.

import { NO_NEXT_STEP, STEP } from '../../api/names.ts';
import { stepsOf, strategyHash } from '../../api/rollout-view.ts';
import type { WorkloadView } from '../../workloads/workload.ts';
import type { Draft } from './draft.ts';
import { naturalNext } from './steps.ts';

/** Sub-status of an idle Rollout: platforms read Completed as "the release of this id is finished". */
export function idleStatus(d: Draft, view: WorkloadView): void {
  const steps = stepsOf(d.o.rollout).length;
  d.status.canaryStatus = {
    ...identity(d, view),
    podTemplateHash: view.podRevision,
    currentStepIndex: steps,
    nextStepIndex: NO_NEXT_STEP,
    currentStepState: STEP.completed,
    canaryReplicas: 0,
    canaryReadyReplicas: 0,
  };
  d.touch();
}

/** Sub-status at the start of a release. */
export function freshStatus(d: Draft, view: WorkloadView): void {
  d.status.canaryStatus = {
    ...identity(d, view),
    podTemplateHash: '',
    currentStepIndex: 1,
    nextStepIndex: naturalNext(1, stepsOf(d.o.rollout).length),
    currentStepState: STEP.beforeStepUpgrade,
    canaryReplicas: 0,
    canaryReadyReplicas: 0,
  };
  d.touch();
}

function identity(d: Draft, view: WorkloadView) {
  return {
    observedWorkloadGeneration: d.o.workload?.object.metadata.generation ?? 0,
    observedRolloutID: view.releaseId === '' ? view.updateRevision : view.releaseId,
    rolloutHash: strategyHash(d.o.rollout),
    stableRevision: view.stableRevision,
    canaryRevision: view.updateRevision,
  };
}

/** While the status is about the template in spec, id and generation follow the workload. */
export function followWorkload(d: Draft, view: WorkloadView): void {
  if (d.sub.canaryRevision !== view.updateRevision) return;
  d.sub.observedWorkloadGeneration = d.o.workload?.object.metadata.generation ?? 0;
  const rolledBack = view.templateIsStable && d.sub.canaryRevision === view.updateRevision && d.reason === 'Cancelling';
  const fallback = rolledBack ? `rollback-${view.updateRevision}` : view.updateRevision;
  d.sub.observedRolloutID = view.releaseId === '' ? fallback : view.releaseId;
}
