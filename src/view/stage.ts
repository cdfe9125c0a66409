// Where a release stands among its steps, from the Rollout alone.

import { PHASE, STEP } from '../api/names.ts';
import type { Rollout } from '../api/rollout.ts';
import { progressOf } from '../api/progress.ts';
import { stepsOf } from '../api/rollout-view.ts';
import { notBefore } from '../objects/status.ts';

export const stepText = (rollout: Rollout): string =>
  `step ${progressOf(rollout)?.step ?? 1} of ${stepsOf(rollout).length}`;

export const isReleasing = ({ status }: Rollout): boolean => status?.phase === PHASE.progressing;

/** A step that only a person ends. */
export function waitsForApproval(rollout: Rollout): boolean {
  const state = progressOf(rollout)?.state;
  return isReleasing(rollout) && state === STEP.stepPaused && pauseOf(rollout) === undefined;
}

/** Seconds of the current step's pause, when it has a length. */
export const pauseOf = (rollout: Rollout): number | undefined =>
  stepsOf(rollout)[(progressOf(rollout)?.step ?? 1) - 1]?.pause?.duration ?? undefined;

export function pauseEndsAt(rollout: Rollout): number | undefined {
  const seconds = pauseOf(rollout);
  const since = notBefore(progressOf(rollout)?.changedAt);
  return seconds === undefined || since === undefined ? undefined : since + seconds * 1000;
}
