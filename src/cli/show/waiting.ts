// What a Rollout waits for, since when and until when, from its status alone: sentences for people.

import { CONDITION, DEFAULT_NAMESPACE, ESCAPE, LABEL, LEASE_NAME, PHASE, STEP } from '../../api/names.ts';
import type { KubeObject } from '../../api/kube.ts';
import type { Rollout } from '../../api/rollout.ts';
import { isPaused, stepsOf, subStatus } from '../../api/rollout-view.ts';
import { readAt } from '../../lib/json.ts';
import { enrolledStyle, isEscaped } from '../../objects/marks.ts';
import { conditionOf, notBefore } from '../../objects/status.ts';
import { duration, moment } from '../text/age.ts';
import type { Look } from './look.ts';

export const stepText = (rollout: Rollout): string =>
  `step ${subStatus(rollout)?.currentStepIndex ?? 1} of ${stepsOf(rollout).length}`;

export const isReleasing = ({ status }: Rollout): boolean => status?.phase === PHASE.progressing;

/** A step that only a person ends. */
export function waitsForApproval(rollout: Rollout): boolean {
  const sub = subStatus(rollout);
  return isReleasing(rollout) && sub?.currentStepState === STEP.stepPaused && pauseOf(rollout) === undefined;
}

/** Seconds of the current step's pause, when it has a length. */
export const pauseOf = (rollout: Rollout): number | undefined =>
  stepsOf(rollout)[(subStatus(rollout)?.currentStepIndex ?? 1) - 1]?.pause?.duration ?? undefined;

export function pauseEndsAt(rollout: Rollout): number | undefined {
  const seconds = pauseOf(rollout);
  const since = notBefore(subStatus(rollout)?.lastUpdateTime);
  return seconds === undefined || since === undefined ? undefined : since + seconds * 1000;
}

function sinceText(time: string | undefined, now: number): string {
  const at = Date.parse(time ?? '');
  return Number.isNaN(at) ? '' : `, since ${moment(at)} (${duration(now - at)} ago)`;
}

function whileReleasing({ rollout, now }: Look): string {
  const sub = subStatus(rollout);
  const since = sinceText(sub?.lastUpdateTime, now);
  if (isPaused(rollout)) {
    const paused = conditionOf(rollout.status?.conditions, CONDITION.progressing);
    return `spec.strategy.paused to be false again${sinceText(paused?.lastTransitionTime, now)}`;
  }
  if (waitsForApproval(rollout)) return `an approval of ${stepText(rollout)}${since}`;
  const until = pauseEndsAt(rollout);
  if (sub?.currentStepState === STEP.stepPaused && until !== undefined) {
    return `the pause of ${stepText(rollout)} to end at ${moment(until)} (in ${duration(until - now)})${since}`;
  }
  return `${rollout.status?.message ?? stepText(rollout)}${since}`;
}

/** Empty when nothing is waited for. */
export function waiting(look: Look): string {
  const { rollout, workload, withoutWorkload } = look;
  const { phase, message = '' } = rollout.status ?? {};
  if (phase === undefined) return 'Sluice to see this Rollout for the first time';
  if (isReleasing(rollout)) return whileReleasing(look);
  if (phase === PHASE.terminating || phase === PHASE.disabling) return message;
  if (workload?.view.inProgress !== undefined) return 'Sluice to take up the held update';
  return phase === PHASE.disabled ? '' : withoutWorkload;
}

/** Conditions that say why something does not go on: false means refused, true means hindered. */
export function troubles(rollout: Rollout): string[] {
  const wrong = { [CONDITION.accepted]: 'False', [CONDITION.blocked]: 'True', [CONDITION.bypassed]: 'True' };
  return Object.entries(wrong).flatMap(([type, status]) => {
    const condition = conditionOf(rollout.status?.conditions, type);
    return condition?.status === status ? [`${type}=${status} (${condition.reason}): ${condition.message}`] : [];
  });
}

/** Updates would not be held. */
export function unenrolled({ rollout, workload }: Look): string {
  const idle = rollout.status?.phase === PHASE.healthy && rollout.metadata.deletionTimestamp === undefined;
  if (workload === undefined || !idle || enrolledStyle(workload.object) !== undefined) return '';
  const { kind, metadata } = workload.object;
  const escaped = `label ${LABEL.enrolled}=${ESCAPE} takes it out of Sluice`;
  const reason = isEscaped(workload.object) ? escaped : 'it is not enrolled';
  return `updates of ${kind ?? ''}/${metadata.name} are not held: ${reason}`;
}

/** Nobody acts: the controller's Lease is missing, has run out, or was given back. Empty when we cannot tell. */
export function absence(lease: KubeObject | 'hidden' | undefined, now: number): string {
  if (lease === 'hidden') return '';
  if (lease === undefined)
    return `no controller runs, or in another namespace: there is no Lease ${DEFAULT_NAMESPACE}/${LEASE_NAME}`;
  const renewed = notBefore(readAt(lease, ['spec', 'renewTime']) as string | undefined);
  const seconds = readAt(lease, ['spec', 'leaseDurationSeconds']);
  if (renewed === undefined || typeof seconds !== 'number') return '';
  if (readAt(lease, ['spec', 'holderIdentity']) === '') return `no controller runs since ${moment(renewed)}`;
  if (now - renewed <= seconds * 1000) return '';
  return `no controller was heard of since ${moment(renewed)} (${duration(now - renewed)} ago)`;
}
