// What a Rollout waits for, since when and until when.

import { CONDITION, PHASE, STEP, WAIT, type WaitKind } from '../api/names.ts';
import type { Rollout } from '../api/rollout.ts';
import { progressOf } from '../api/progress.ts';
import { isPaused } from '../api/rollout-view.ts';
import { conditionOf } from '../objects/status.ts';
import type { WorkloadView } from '../workloads/workload.ts';
import { isReleasing, pauseEndsAt, stepText, waitsForApproval } from './stage.ts';
import { duration, moment, momentOf } from './times.ts';

/** What only who looks from outside tells apart, beside the codes that plans have. */
export const SEEN_WAIT = {
  /** Sluice has not seen the Rollout yet. */
  firstLook: 'FirstLook',
  /** An update is held, and its release has not begun. */
  start: 'Start',
  /** Of a step, as the status tells it: pods, traffic, an analysis. */
  step: 'Step',
  /** The release is taken apart: the Rollout is being disabled or deleted. */
  end: 'End',
} as const;

export interface CurrentWait {
  kind: WaitKind | (typeof SEEN_WAIT)[keyof typeof SEEN_WAIT];
  /** In words, without its times. */
  what: string;
  /** Epoch ms. */
  since?: number | undefined;
  until?: number | undefined;
}

/** `lack`: why there is no workload. Undefined when nothing is waited for. */
export function currentWait(
  rollout: Rollout,
  view: WorkloadView | undefined,
  lack: CurrentWait | undefined,
): CurrentWait | undefined {
  const { phase, message = '' } = rollout.status ?? {};
  if (phase === undefined) return { kind: SEEN_WAIT.firstLook, what: 'Sluice to see this Rollout for the first time' };
  if (isReleasing(rollout)) return waitOfRelease(rollout);
  if (phase === PHASE.terminating || phase === PHASE.disabling) return message === '' ? undefined : end(message);
  if (view?.inProgress !== undefined) return { kind: SEEN_WAIT.start, what: 'Sluice to take up the held update' };
  return phase === PHASE.disabled ? undefined : lack;
}

const end = (what: string): CurrentWait => ({ kind: SEEN_WAIT.end, what });

function waitOfRelease(rollout: Rollout): CurrentWait {
  const progress = progressOf(rollout);
  const since = momentOf(progress?.changedAt);
  if (isPaused(rollout)) {
    const paused = conditionOf(rollout.status?.conditions, CONDITION.progressing);
    const pausedSince = momentOf(paused?.lastTransitionTime);
    return { kind: WAIT.resumption, what: 'spec.strategy.paused to be false again', since: pausedSince };
  }
  if (waitsForApproval(rollout)) return { kind: WAIT.approval, what: `an approval of ${stepText(rollout)}`, since };
  const until = pauseEndsAt(rollout);
  if (progress?.state === STEP.stepPaused && until !== undefined)
    return { kind: WAIT.pause, what: `the pause of ${stepText(rollout)} to end`, since, until };
  return { kind: SEEN_WAIT.step, what: rollout.status?.message ?? stepText(rollout), since };
}

/** With its times, as they look from now. */
export function waitText({ what, since, until }: CurrentWait, now: number): string {
  const end = until === undefined ? '' : ` at ${moment(until)} (in ${duration(until - now)})`;
  return `${what}${end}${since === undefined ? '' : `, since ${moment(since)} (${duration(now - since)} ago)`}`;
}
