// A release under way. Decides between going on, pausing, starting again with a newer template, cancelling and promoting; a
// rollback and a newer template are looked for in every state, paused or not.

import { ANNOTATION, CONDITION, OUR_REASON, PHASE, PROGRESSING_REASON, TEXT, WAIT } from '../../../api/names.ts';
import { isPlanOpen } from '../../../api/rollout-view.ts';
import { patch } from '../../../objects/actions.ts';
import { inProgressValue } from '../../../objects/marks.ts';
import type { ObservedWorkload } from '../rollout-observed.ts';
import type { RolloutDraft } from '../rollout-draft.ts';
import { applyJump, applyPlanEdit, boundStep, closePlan } from '../jumps.ts';
import { finaliseRollout } from '../finalise-rollout.ts';
import { copyCounts, deleteBatchRelease, goesBackInBatches, haltBatchRelease } from '../release-pods.ts';
import { releaseObstacles, removeCanary, routeToStable } from '../release-traffic.ts';
import {
  followWorkload,
  freshStatus,
  isHeldByRelease,
  isNewTemplate,
  isStableTemplate,
  rest,
  rollbackId,
  servingRevision,
} from '../remembered-workload.ts';
import { DONE, failed, inOrder, waits, type Outcome } from '../../tasks/outcome.ts';
import { mayNarrowService } from '../pods-behind.ts';
import { currentStep, movesRequests } from '../release.ts';
import { joinShared, sharedObstacles } from '../shared-routing.ts';
import { keepStep, runSteps } from '../step-machine.ts';

export function progressing(d: RolloutDraft, workload: ObservedWorkload): void {
  if (!d.hasProgress) freshStatus(d, workload, servingRevision(workload.view));
  copyCounts(d);
  correctClientWrites(d, workload);
  if (d.reason === PROGRESSING_REASON.completed) return toHealthy(d);
  if (d.reason === PROGRESSING_REASON.cancelling) return cancel(d, workload);
  if (d.reason === PROGRESSING_REASON.finalising && !isOpenAgain(d, workload)) return promote(d, workload);
  if (!hasWorkload(d, workload) || !knowsRevision(d, workload)) return;
  if (isNewTemplate(d, workload)) {
    if (isStableTemplate(d, workload) && !goesBackInBatches(d)) return beginCancel(d, workload);
    if (d.progress.updateRevision !== '') return startAgain(d, workload);
    adopt(d, workload);
  }
  followWorkload(d, workload);
  if (isBlocked(d)) return;
  if (d.intent.isPaused) return pause(d);
  goOn(d, workload);
}

/**
 * The status is client-writable: what would send traffic or steps astray is brought back to what the objects show. During a
 * promotion other revisions than the stable one serve as well.
 */
function correctClientWrites(d: RolloutDraft, workload: ObservedWorkload): void {
  const { activeRevisions, stableRevision, stableServing } = workload.view;
  const isHeldBack = isHeldByRelease(workload) && d.reason !== PROGRESSING_REASON.finalising;
  // Once every pod runs the update, it is what the workload shows as serving.
  const isTold = isHeldBack && activeRevisions === 1 && stableRevision !== d.progress.updateRevision;
  if (isTold && stableServing > 0 && d.progress.stableRevision !== stableRevision) d.set({ stableRevision });
  boundStep(d);
}

/** The kind's controller names revisions; until it has, nothing can be released. */
function knowsRevision(d: RolloutDraft, { view, object }: ObservedWorkload): boolean {
  if (view.updateRevision !== '') return true;
  const { kind } = d.o.rollout.spec.workloadRef;
  const text = `the update is held; waits until the controller of ${kind} ${object.metadata.name} has seen it`;
  d.fold(waits(WAIT.revision, text));
  stayAsItIs(d);
  return false;
}

/** Neither forward nor back: a release that has not begun stays at its beginning. */
function stayAsItIs(d: RolloutDraft): void {
  const isNew = d.reason === PROGRESSING_REASON.initializing;
  d.progressing(isNew ? PROGRESSING_REASON.initializing : PROGRESSING_REASON.inRolling);
}

/** The release began before its revision had a name. */
function adopt(d: RolloutDraft, { view }: ObservedWorkload): void {
  d.set({ updateRevision: view.updateRevision, releaseId: view.releaseId || view.updateRevision });
}

function goOn(d: RolloutDraft, workload: ObservedWorkload): void {
  applyJump(d);
  applyPlanEdit(d);
  if (runSteps(d)) beginPromotion(d, workload);
  else d.progressing(PROGRESSING_REASON.inRolling);
}

function pause(d: RolloutDraft): void {
  if (!isPlanOpen(d.o.rollout)) keepStep(d);
  d.fold(waits(WAIT.resumption, TEXT.paused, { standsAlone: true }));
  d.progressing(PROGRESSING_REASON.paused);
}

/** Promotion has not reached the workload, and its template has changed: the release is open again. */
function isOpenAgain(d: RolloutDraft, workload: ObservedWorkload): boolean {
  const { activeRevisions, stableRevision } = workload.view;
  const isUntouched =
    d.o.kind?.awaitsHandOver?.(workload.object) === true ||
    (activeRevisions === 1 && stableRevision === d.progress.stableRevision);
  return isHeldByRelease(workload) && isUntouched && isNewTemplate(d, workload);
}

/** The workload is still held for this release. A mark that got lost is put back; a hold that got lost ends the release. */
function hasWorkload(d: RolloutDraft, workload: ObservedWorkload): boolean {
  const { view, object } = workload;
  const { kind, rollout } = d.o;
  if (isHeldByRelease(workload)) return true;
  if (view.held && kind !== undefined && !isNewTemplate(d, workload)) {
    const annotations = { [ANNOTATION.inProgressing]: inProgressValue(rollout.metadata.name) };
    d.do([patch(kind.resource, object, { metadata: { annotations } }, 'the mark of the release is put back')]);
    return true;
  }
  lose(d, `${rollout.spec.workloadRef.kind} ${object.metadata.name} is not held any more`);
  return false;
}

/** Nothing can be released: Services and routes go back to the user, and the new pods go. */
export function lose(d: RolloutDraft, why: string): boolean {
  d.topic = `${why}; the release ends`;
  if (!finaliseRollout(d, 'lost')) {
    d.progressing(PROGRESSING_REASON.inRolling);
    return false;
  }
  d.topic = '';
  complete(d, 'False', `${why}; the release has ended and its traffic is restored`);
  return true;
}

/** Until every object that the Rollout names exists and can be split or shared; nothing is half-applied before. */
function isBlocked(d: RolloutDraft): boolean {
  const step = d.intent.steps[currentStep(d.progress) - 1];
  const obstacles = [...sharedObstacles(d), ...releaseObstacles(d, step)];
  const outcome =
    obstacles.length === 0
      ? inOrder([leadsWhereItShall, firstOfPlan], d)
      : failed(OUR_REASON.routeMissing, `waits, and the update stays held: ${obstacles.join('; ')}`);
  if (d.fold(outcome)) return false;
  stayAsItIs(d);
  return true;
}

/** Looked at before anything is touched, also where a later step is the first to move requests; what is under way is not stopped by it. */
const leadsWhereItShall = (d: RolloutDraft): Outcome =>
  isPlanOpen(d.o.rollout) && d.intent.steps.some((step) => movesRequests(d.intent, step)) ? mayNarrowService(d) : DONE;

/** What is paused before step 1 begins has nothing done of its plan, which can still be edited. */
function firstOfPlan(d: RolloutDraft): Outcome {
  if (d.intent.isPaused && isPlanOpen(d.o.rollout)) return DONE;
  closePlan(d);
  return joinShared(d);
}

/** From here on the status is about the stable revision. */
function beginCancel(d: RolloutDraft, workload: ObservedWorkload): void {
  if (!d.fold(haltBatchRelease(d))) return;
  d.set({ updateRevision: workload.view.updateRevision });
  rest(d, false);
  d.progressing(PROGRESSING_REASON.cancelling, TEXT.rolledBack);
  followWorkload(d, workload);
  d.note('the workload has been rolled back; the release is cancelled');
}

/** Clients compare the text of the status; what exactly is waited for is in that of the style. */
function cancel(d: RolloutDraft, workload: ObservedWorkload): void {
  if (finaliseRollout(d, 'rollback')) {
    followWorkload(d, workload);
    return complete(d, 'False', TEXT.progressingCanceled);
  }
  d.status.message = TEXT.rolledBack;
  d.progressing(PROGRESSING_REASON.cancelling);
}

function beginPromotion(d: RolloutDraft, workload: ObservedWorkload): void {
  d.progressing(PROGRESSING_REASON.finalising, 'every step is released; the workload takes over');
  d.note('every step is released; the workload resumes its own roll-out');
  promote(d, workload);
}

function promote(d: RolloutDraft, workload: ObservedWorkload): void {
  d.topic = 'Rollout completes its release';
  if (!finaliseRollout(d, 'success')) return d.progressing(PROGRESSING_REASON.finalising);
  const isBack = isNewTemplate(d, workload) && isStableTemplate(d, workload);
  if (isBack) d.set({ updateRevision: workload.view.updateRevision });
  followWorkload(d, workload);
  complete(d, isBack ? 'False' : 'True', isBack ? TEXT.progressingCanceled : TEXT.progressingCompleted);
}

function complete(d: RolloutDraft, succeeded: 'True' | 'False', message: string): void {
  d.progressing(PROGRESSING_REASON.completed, message, 'False');
  d.condition(CONDITION.succeeded, succeeded, '', '');
  rest(d, succeeded === 'True');
  toHealthy(d);
  d.note(message);
}

function toHealthy(d: RolloutDraft): void {
  d.status.phase = PHASE.healthy;
}

/** A rollback through the steps is a release of its own, not the one that made the stable revision. */
function nameRollback(d: RolloutDraft, { view }: ObservedWorkload): void {
  const { updateRevision, stableRevision } = d.progress;
  const isBack = goesBackInBatches(d) && updateRevision === stableRevision;
  if (isBack && view.releaseId === '') d.set({ releaseId: rollbackId(view.updateRevision) });
}

/** The stable revision of the release so far, unless the last step has replaced every pod of it. */
function servingNow(d: RolloutDraft, { view }: ObservedWorkload): string | undefined {
  const isAlone = view.activeRevisions === 1 && view.stableRevision !== '' && view.stableServing > 0;
  return d.o.kind?.replacesInPlace === true && isAlone ? view.stableRevision : d.progress.stableRevision;
}

/** A newer template: traffic goes back first, then the pods of the old release go, then step 1 begins. */
function startAgain(d: RolloutDraft, workload: ObservedWorkload): void {
  const { updateRevision, stableRevision } = workload.view;
  const text = `revision ${updateRevision} replaces ${d.progress.updateRevision ?? ''}, and the release starts again`;
  d.topic = text;
  if (!d.fold(inOrder([routeToStable, deleteBatchRelease, removeCanary], d))) {
    return d.progressing(PROGRESSING_REASON.inRolling);
  }
  freshStatus(d, workload, servingNow(d, workload) ?? stableRevision);
  nameRollback(d, workload);
  d.progressing(PROGRESSING_REASON.initializing, text);
  d.note(text);
}
