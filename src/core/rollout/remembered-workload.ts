// What the status remembers of the workload: revisions, release id, strategy; and what a changed template means.

import { LABEL, NO_NEXT_STEP, PROGRESSING_REASON, STEP } from '../../api/names.ts';
import type { Progress } from '../../api/progress.ts';
import type { WorkloadView } from '../../workloads/workload.ts';
import type { RolloutDraft } from './rollout-draft.ts';
import type { ObservedWorkload } from './rollout-observed.ts';
import type { Release } from './release.ts';
import { naturalNext } from './step-machine.ts';

/** Sub-status of an idle Rollout: platforms read Completed as "the release of this id is finished". */
export function idleStatus(d: RolloutDraft, workload: ObservedWorkload): void {
  const { view } = workload;
  start(d, workload, {
    stableRevision: view.stableRevision,
    podRevision: view.podRevision,
    step: d.intent.steps.length,
    nextStep: NO_NEXT_STEP,
    state: STEP.completed,
  });
}

/** Sub-status at the start of a release from what serves now. */
export function freshStatus(d: RolloutDraft, workload: ObservedWorkload, stableRevision: string): void {
  start(d, workload, {
    stableRevision,
    podRevision: '',
    step: 1,
    nextStep: naturalNext(1, d.intent.steps.length),
    state: STEP.beforeStepUpgrade,
  });
}

function start(d: RolloutDraft, { object, view }: ObservedWorkload, where: Progress): void {
  const removal = d.unnoticed;
  d.replaceProgress({
    ...removal,
    workloadGeneration: object.metadata.generation ?? 0,
    releaseId: view.releaseId || view.updateRevision,
    planHash: d.intent.hash,
    updateRevision: view.updateRevision,
    updated: 0,
    ready: 0,
    ...where,
  });
  if (removal === undefined) d.touch();
}

/**
 * The step state when nothing goes on: Completed after success, because platforms read it; else the last one, which claims
 * neither approval nor success.
 */
export function rest(d: RolloutDraft, succeeded: boolean): void {
  const { state } = d.progress;
  const claims = state === STEP.stepReady || state === STEP.completed;
  if (succeeded) d.set({ state: STEP.completed });
  else if (claims) d.set({ state: STEP.stepPaused });
}

/** The revision that serves; the hold's label knows it even while no pod of it runs. */
export const servingRevision = ({ stableRevision, labels }: WorkloadView): string =>
  stableRevision || labels[LABEL.stableRevision] || '';

const MAX_LABEL = 63;

/** Release id of a rollback that nobody named; it becomes the value of labels. */
export const rollbackId = (revision: string): string => `rollback-${revision}`.slice(0, MAX_LABEL);

/** While the status is about the template in spec, id and generation follow the workload. */
export function followWorkload(d: RolloutDraft, { object, view }: ObservedWorkload): void {
  if (d.progress.updateRevision !== view.updateRevision) return;
  const rollback = rollbackId(view.updateRevision);
  const isRollback = d.reason === PROGRESSING_REASON.cancelling || d.progress.releaseId === rollback;
  const unnamed = isRollback ? rollback : view.updateRevision;
  d.set({
    workloadGeneration: object.metadata.generation ?? 0,
    releaseId: view.releaseId || unnamed,
  });
}

export const isNewTemplate = (d: Release, { view }: ObservedWorkload): boolean =>
  view.updateRevision !== d.progress.updateRevision;

/** spec.template is the one that served when the release began. */
export function isStableTemplate(d: Release, { object, related, view }: ObservedWorkload): boolean {
  const stable = d.progress.stableRevision ?? '';
  return stable === '' ? view.templateIsStable : d.o.kind?.isRevision(object, related, stable) === true;
}

/** Held for this Rollout; a bare mark, which a client set, is for whoever governs the workload. */
export function isHeldForUs({ o }: Release, workload: ObservedWorkload): boolean {
  const { name } = o.rollout.metadata;
  const { inProgress } = workload.view;
  const governs = o.governor === '' || o.governor === name;
  return isHeldByRelease(workload) && (inProgress === name || (inProgress === '' && governs));
}

/** The release still has the workload: its roll-out is held and carries the mark. */
export const isHeldByRelease = ({ view }: ObservedWorkload): boolean => view.held && view.inProgress !== undefined;
