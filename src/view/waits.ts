// What a Rollout waits for, since when and until when.

import { CONDITION, PHASE, STEP } from '../api/names.ts';
import type { Rollout } from '../api/rollout.ts';
import { isPaused, subStatus } from '../api/rollout-view.ts';
import { conditionOf } from '../objects/status.ts';
import type { WorkloadView } from '../workloads/workload.ts';
import { isReleasing, pauseEndsAt, stepText, waitsForApproval } from './stage.ts';
import { duration, moment, momentOf } from './times.ts';

export type WaitKind =
  | 'first-look'
  | 'unpause'
  | 'approval'
  | 'pause'
  /** Of a step: pods, traffic, an analysis. */
  | 'step'
  /** The release is taken apart: the Rollout is being disabled or deleted. */
  | 'end'
  | 'start'
  | 'workload';

export interface Wait {
  kind: WaitKind;
  /** In words, without its times. */
  what: string;
  /** Epoch ms. */
  since?: number | undefined;
  until?: number | undefined;
}

/** `without`: why there is no workload; '' when there is one. Undefined when nothing is waited for. */
export function waitOf(rollout: Rollout, view: WorkloadView | undefined, without: string): Wait | undefined {
  const { phase, message = '' } = rollout.status ?? {};
  if (phase === undefined) return { kind: 'first-look', what: 'Sluice to see this Rollout for the first time' };
  if (isReleasing(rollout)) return waitOfRelease(rollout);
  if (phase === PHASE.terminating || phase === PHASE.disabling) return message === '' ? undefined : end(message);
  if (view?.inProgress !== undefined) return { kind: 'start', what: 'Sluice to take up the held update' };
  return phase === PHASE.disabled || without === '' ? undefined : { kind: 'workload', what: without };
}

const end = (what: string): Wait => ({ kind: 'end', what });

function waitOfRelease(rollout: Rollout): Wait {
  const sub = subStatus(rollout);
  const since = momentOf(sub?.lastUpdateTime);
  if (isPaused(rollout)) {
    const paused = conditionOf(rollout.status?.conditions, CONDITION.progressing);
    const pausedSince = momentOf(paused?.lastTransitionTime);
    return { kind: 'unpause', what: 'spec.strategy.paused to be false again', since: pausedSince };
  }
  if (waitsForApproval(rollout)) return { kind: 'approval', what: `an approval of ${stepText(rollout)}`, since };
  const until = pauseEndsAt(rollout);
  if (sub?.currentStepState === STEP.stepPaused && until !== undefined)
    return { kind: 'pause', what: `the pause of ${stepText(rollout)} to end`, since, until };
  return { kind: 'step', what: rollout.status?.message ?? stepText(rollout), since };
}

/** With its times, as they look from now. */
export function waitText({ what, since, until }: Wait, now: number): string {
  const end = until === undefined ? '' : ` at ${moment(until)} (in ${duration(until - now)})`;
  return `${what}${end}${since === undefined ? '' : `, since ${moment(since)} (${duration(now - since)} ago)`}`;
}
