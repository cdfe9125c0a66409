// What admission tells people: which rule, which value, what to do about it.

import { ESCAPE, LABEL } from '../../api/names.ts';
import type { Rollout } from '../../api/rollout.ts';
import { progressOf } from '../../api/progress.ts';
import { stepsOf } from '../../api/rollout-view.ts';
import type { WorkloadView } from '../../workloads/workload.ts';
import type { Candidate } from '../workload/governing.ts';

/** Closed set: value of a metric's label, never shown alone. */
export const REASON = {
  nothingToDecide: 'nothing-to-decide',
  ownWrite: 'own-write',
  goingAway: 'going-away',
  escaped: 'escaped',
  scaledToZero: 'scaled-to-zero',
  noRollout: 'no-rollout',
  notEligible: 'rollout-not-eligible',
  noStableRevision: 'no-stable-revision',
  rollOutOutside: 'roll-out-outside',
  lookFailed: 'live-look-failed',
  held: 'held',
  keptHeld: 'kept-held',
  marksRestored: 'marks-restored',
  promotionRolledBack: 'promotion-rolled-back',
  promotionRunning: 'promotion-running',
  negativeFromCache: 'negative-from-cache',
  marked: 'workload-marked',
  revisionsFromCache: 'revisions-from-cache',
} as const;

/** A judge asked what could be answered once, and asks again. */
export const unansweredText = 'Sluice could not read the Rollouts of this namespace, so this update is not held';

const ESCAPE_HINT = `label ${LABEL.enrolled}=${ESCAPE}`;

export const escapedText = `${LABEL.enrolled}=${ESCAPE}: Sluice leaves this workload alone; remove the label to have updates held again`;

export const heldText = (rollout: Rollout): string =>
  `held by Rollout ${rollout.metadata.name}: released in ${stepsOf(rollout).length} steps; without steps: ${ESCAPE_HINT}`;

export function stillHeldText(rollout: Rollout, fields: string): string {
  const { name, namespace } = rollout.metadata;
  const step = progressOf(rollout)?.step ?? 1;
  const approve = `kubectl sluice approve rollout/${name} -n ${namespace ?? 'default'}`;
  return `${fields} stays: Rollout ${name} is at step ${step} of ${stepsOf(rollout).length}; go on: ${approve}; leave: ${ESCAPE_HINT}`;
}

export const orphanText = (holder: string | undefined): string =>
  `held, but ${holder === undefined ? 'no Rollout' : `no active Rollout ${holder}`} manages this workload; Sluice releases it soon, or: ${ESCAPE_HINT}`;

/** Why the Rollouts that name this workload do not hold it. */
export const notEligibleText = (candidates: readonly Candidate[]): string =>
  candidates
    .map(({ rollout, problems }) => `not held, Rollout ${rollout.metadata.name}: ${problems.join('; ')}`)
    .join(' | ');

export const rollOutOutsideText = (rollout: Rollout, active: number): string =>
  `not held: ${active} revisions run already; Rollout ${rollout.metadata.name} holds updates once one revision serves`;

export const lookFailedText = (error: string): string =>
  `not held: Sluice could not look for a Rollout (${error}); if one exists, this update is not released in steps`;

export const heldBlindText = (error: string): string =>
  `held as enrolled; Sluice could not read its Rollout (${error}) and decides when it can`;

export function promotionRunningText(rollout: Rollout, view: WorkloadView): string {
  const stable = progressOf(rollout)?.stableRevision ?? '';
  const { updated } = view.status;
  return [
    `Rollout ${rollout.metadata.name} is completing its release: ${updated} of ${view.replicas} pods are updated.`,
    `Until it is done, only a rollback to revision ${stable === '' ? 'before it' : stable} is accepted.`,
    `Retry when status.phase is Healthy, or update without Sluice: ${ESCAPE_HINT}.`,
  ].join(' ');
}

export const promotionRolledBackText = (rollout: Rollout): string =>
  `rolled back at once: the release of Rollout ${rollout.metadata.name} was completing`;
