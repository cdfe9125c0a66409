// What the status remembers of the workload: revisions, release id, strategy; and what a changed template means.

import { LABEL, NO_NEXT_STEP, PROGRESSING_REASON, STEP } from '../../api/names.ts';
import type { CanaryStatus } from '../../api/rollout.ts';
import { stepsOf } from '../../api/rollout-view.ts';
import type { WorkloadView } from '../../workloads/workload.ts';
import type { Draft } from './draft.ts';
import type { ObservedWorkload } from './observed.ts';
import { naturalNext } from './steps.ts';

/** Sub-status of an idle Rollout: platforms read Completed as "the release of this id is finished". */
export function idleStatus(d: Draft, workload: ObservedWorkload): void {
  const { view } = workload;
  start(d, workload, {
    stableRevision: view.stableRevision,
    podTemplateHash: view.podRevision,
    currentStepIndex: stepsOf(d.o.rollout).length,
    nextStepIndex: NO_NEXT_STEP,
    currentStepState: STEP.completed,
  });
}

/** Sub-status at the start of a release from what serves now. */
export function freshStatus(d: Draft, workload: ObservedWorkload, stableRevision: string): void {
  start(d, workload, {
    stableRevision,
    podTemplateHash: '',
    currentStepIndex: 1,
    nextStepIndex: naturalNext(1, stepsOf(d.o.rollout).length),
    currentStepState: STEP.beforeStepUpgrade,
  });
}

function start(d: Draft, { object, view }: ObservedWorkload, where: CanaryStatus): void {
  const taken = d.unnoticed;
  d.status.canaryStatus = {
    ...taken,
    observedWorkloadGeneration: object.metadata.generation ?? 0,
    observedRolloutID: view.releaseId || view.updateRevision,
    rolloutHash: d.strategyHash,
    canaryRevision: view.updateRevision,
    canaryReplicas: 0,
    canaryReadyReplicas: 0,
    ...where,
  };
  if (taken === undefined) d.touch();
}

/**
 * The step state when nothing goes on: Completed after success, because platforms read it; else the last one, which claims
 * neither approval nor success.
 */
export function rest(d: Draft, succeeded: boolean): void {
  const { currentStepState: state } = d.sub;
  const claims = state === STEP.stepReady || state === STEP.completed;
  if (succeeded) d.set({ currentStepState: STEP.completed });
  else if (claims) d.set({ currentStepState: STEP.stepPaused });
}

/** The revision that serves; the hold's label knows it even while no pod of it runs. */
export const servingRevision = ({ stableRevision, labels }: WorkloadView): string =>
  stableRevision || labels[LABEL.stableRevision] || '';

const MAX_LABEL = 63;

/** Release id of a rollback that nobody named; it becomes the value of labels. */
export const rollbackId = (revision: string): string => `rollback-${revision}`.slice(0, MAX_LABEL);

/** While the status is about the template in spec, id and generation follow the workload. */
export function followWorkload(d: Draft, { object, view }: ObservedWorkload): void {
  if (d.sub.canaryRevision !== view.updateRevision) return;
  const rollback = rollbackId(view.updateRevision);
  const isRollback = d.reason === PROGRESSING_REASON.cancelling || d.sub.observedRolloutID === rollback;
  const unnamed = isRollback ? rollback : view.updateRevision;
  d.set({
    observedWorkloadGeneration: object.metadata.generation ?? 0,
    observedRolloutID: view.releaseId || unnamed,
  });
}

export const isNewTemplate = (d: Draft, { view }: ObservedWorkload): boolean =>
  view.updateRevision !== d.sub.canaryRevision;

/** spec.template is the one that served when the release began. */
export function isStableTemplate(d: Draft, { object, related, view }: ObservedWorkload): boolean {
  const stable = d.sub.stableRevision ?? '';
  return stable === '' ? view.templateIsStable : d.o.kind?.isRevision(object, related, stable) === true;
}

/** Held for this Rollout; a bare mark, which a client set, is for whoever governs the workload. */
export function isHeldForUs({ o }: Draft, workload: ObservedWorkload): boolean {
  const { name } = o.rollout.metadata;
  const { inProgress } = workload.view;
  const governs = o.governor === '' || o.governor === name;
  return isHeld(workload) && (inProgress === name || (inProgress === '' && governs));
}

/** The release still has the workload: its roll-out is held and carries the mark. */
export const isHeld = ({ view }: ObservedWorkload): boolean => view.held && view.inProgress !== undefined;
