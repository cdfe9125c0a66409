// A release under way. Decides between going on, pausing, starting again with a newer template, cancelling and promoting; a
// rollback and a newer template are looked for in every state, paused or not.

import { CONDITION, PHASE, PROGRESSING_REASON, TEXT } from '../../../api/names.ts';
import { isPaused } from '../../../api/rollout-view.ts';
import { unsupportedRoutes } from '../../../traffic/index.ts';
import { providersFor } from '../../../traffic/index.ts';
import type { ObservedWorkload } from '../observed.ts';
import type { Draft } from '../draft.ts';
import { applyJump, applyPlanEdit } from '../edits.ts';
import { finalise } from '../finalise.ts';
import { copyCounts, deleteBatchRelease, ownBatchRelease } from '../release-pods.ts';
import { removeCanary, routeToStable, routingOf } from '../release-traffic.ts';
import { followWorkload, freshStatus } from '../revisions.ts';
import { runSteps } from '../steps.ts';

export function progressing(d: Draft, workload: ObservedWorkload): void {
  const { view } = workload;
  copyCounts(d);
  if (d.reason === PROGRESSING_REASON.cancelling) return cancel(d);
  if (d.reason === PROGRESSING_REASON.completed) return toHealthy(d);
  if (d.reason === PROGRESSING_REASON.finalising && !reopens(d, workload)) return promote(d);
  if (view.updateRevision !== d.sub.canaryRevision) {
    if (view.templateIsStable) return beginCancel(d, workload);
    return startAgain(d, workload);
  }
  followWorkload(d, view);
  if (isPaused(d.o.rollout)) {
    d.progressing(PROGRESSING_REASON.paused, 'Rollout is paused by spec.strategy.paused; resume it to go on');
    return;
  }
  if (!routesExist(d)) return;
  applyJump(d);
  applyPlanEdit(d);
  if (d.reason !== PROGRESSING_REASON.inRolling) d.progressing(PROGRESSING_REASON.inRolling, 'Rollout is in rolling');
  if (runSteps(d)) beginPromotion(d);
  else mirrorMessage(d);
}

/** The condition shows what the status shows. */
function mirrorMessage(d: Draft): void {
  d.progressing(PROGRESSING_REASON.inRolling, d.status.message ?? 'Rollout is in rolling');
}

/** Promotion has not touched the workload yet, and its template has changed: the release is open again. */
function reopens(d: Draft, { view }: ObservedWorkload): boolean {
  const changed = view.updateRevision !== d.sub.canaryRevision;
  return changed && ownBatchRelease(d.o)?.spec.releasePlan.batchPartition != null;
}

/** Every object that the Rollout names exists; nothing is half-applied before. */
function routesExist(d: Draft): boolean {
  const ref = routingOf(d.o);
  if (ref === undefined) return true;
  const missing = [
    ...unsupportedRoutes(ref),
    ...(d.o.stableService === undefined ? [`Service ${ref.service} does not exist`] : []),
    ...providersFor(ref).flatMap((provider) =>
      provider
        .refs(ref)
        .filter((route) => route.required && d.o.routes[route.as] === undefined)
        .map((route) => `${route.resource.kind} ${route.name} does not exist`),
    ),
  ];
  if (missing.length === 0) return true;
  const where = d.sub.currentStepState === undefined ? '' : ' (the update stays held)';
  d.wait(`waiting for the objects that trafficRoutings[0] names: ${missing.join('; ')}${where}`);
  d.progressing(
    d.reason === PROGRESSING_REASON.inRolling ? PROGRESSING_REASON.inRolling : PROGRESSING_REASON.initializing,
    d.status.message ?? '',
  );
  return false;
}

function beginCancel(d: Draft, { view }: ObservedWorkload): void {
  d.sub.canaryRevision = view.updateRevision;
  d.progressing(PROGRESSING_REASON.cancelling, TEXT.rolledBack);
  followWorkload(d, view);
  d.note('the workload has been rolled back; the release is cancelled');
}

function cancel(d: Draft): void {
  const done = finalise(d, 'rollback');
  if (!done) {
    d.progressing(PROGRESSING_REASON.cancelling, TEXT.rolledBack);
    return;
  }
  complete(d, 'False', TEXT.progressingCanceled);
}

function beginPromotion(d: Draft): void {
  d.progressing(PROGRESSING_REASON.finalising, 'Rollout has released every step, and hands over to the workload');
  d.note('every step is released; the workload resumes its own roll-out');
}

function promote(d: Draft): void {
  if (!finalise(d, 'success')) {
    d.progressing(PROGRESSING_REASON.finalising, d.status.message ?? '');
    return;
  }
  const back = d.o.workload?.view.updateRevision !== d.sub.canaryRevision;
  if (back && d.o.workload !== undefined) d.sub.canaryRevision = d.o.workload.view.updateRevision;
  complete(d, back ? 'False' : 'True', back ? TEXT.progressingCanceled : TEXT.progressingCompleted);
}

function complete(d: Draft, succeeded: 'True' | 'False', message: string): void {
  d.progressing(PROGRESSING_REASON.completed, message, 'False');
  d.condition(CONDITION.succeeded, succeeded, '', '');
  toHealthy(d);
  d.note(message);
}

function toHealthy(d: Draft): void {
  d.status.phase = PHASE.healthy;
}

/** A newer template: traffic goes back first, then the pods of the old release go, then step 1 begins. */
function startAgain(d: Draft, { view }: ObservedWorkload): void {
  const text = `a newer revision ${view.updateRevision} replaces ${d.sub.canaryRevision ?? ''}; the release starts again`;
  d.progressing(PROGRESSING_REASON.inRolling, text);
  if (!routeToStable(d) || !deleteBatchRelease(d) || !removeCanary(d)) return;
  const stable = d.sub.stableRevision ?? view.stableRevision;
  freshStatus(d, view);
  d.sub.stableRevision = stable;
  d.progressing(PROGRESSING_REASON.initializing, text);
  d.note(text);
}
