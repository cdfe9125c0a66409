// What a person can do next, each with what it brings about. Follows from the state of the release.

import { PHASE, STEP } from '../api/names.ts';
import type { Rollout, RolloutStep } from '../api/rollout.ts';
import { progressOf } from '../api/progress.ts';
import { isDisabled, isPaused, stepsOf } from '../api/rollout-view.ts';
import { enrolledStyle, inProgressOf, isEscaped } from '../objects/marks.ts';
import type { WorkloadView } from '../workloads/workload.ts';
import type { Look, WorkloadLook } from './look.ts';
import { stepShareText } from './share.ts';
import { isReleasing, pauseOf, waitsForApproval } from './stage.ts';
import { containersOf } from './workload.ts';

/** `do`: to the Rollout, where nothing else is named. */
export type Next = { does: string } & (
  | { do: 'serve' | 'enable' | 'resume' | 'approve' | 'undo' }
  /** Give the workload to its Rollout again; `workload` as kubectl names it. */
  | { do: 'enrol'; workload: string }
  | { do: 'set-image'; container: string }
);

const QUIET = new Set<string>([PHASE.terminating, PHASE.disabling]);

export function nextOf({ rollout, workload }: Look, view: WorkloadView | undefined): Next[] {
  const phase = rollout.status?.phase;
  if (phase === undefined) return [{ do: 'serve', does: 'runs the controller, where it does not run yet' }];
  if (QUIET.has(phase) || rollout.metadata.deletionTimestamp !== undefined) return [];
  if (isDisabled(rollout)) return [{ do: 'enable', does: 'enables the Rollout again' }];
  if (!isReleasing(rollout)) return workload === undefined ? [] : whileIdle(rollout, workload);
  return [...goOn(rollout), ...goBack(view)];
}

function goOn(rollout: Rollout): Next[] {
  if (isPaused(rollout)) return [{ do: 'resume', does: 'goes on where the release was paused' }];
  const pause = pauseOf(rollout);
  if (!waitsForApproval(rollout) && (pause === undefined || progressOf(rollout)?.state !== STEP.stepPaused)) return [];
  const index = progressOf(rollout)?.step ?? 1;
  const earlier = pause === undefined ? '' : ' without waiting';
  const following = stepsOf(rollout)[index];
  const does =
    following === undefined
      ? `completes the release: all pods get the new version${earlier}`
      : `goes on with step ${index + 1} of ${stepsOf(rollout).length}: ${sizeOf(following)}${earlier}`;
  return [{ do: 'approve', does }];
}

const sizeOf = (step: RolloutStep): string => {
  const size = step.replicas ?? step.traffic ?? '100%';
  return `${size} of pods${step.traffic === undefined && step.matches === undefined ? '' : `, ${stepShareText(step)}`}`;
};

/** The template that serves becomes the wanted one again. */
const goBack = (view: WorkloadView | undefined): Next[] =>
  view === undefined || view.templateIsStable
    ? []
    : [{ do: 'undo', does: 'goes back to the stable version: the release is cancelled' }];

function whileIdle(rollout: Rollout, { kind, object }: WorkloadLook): Next[] {
  if (isEscaped(object)) {
    const workload = `${kind.resource.plural}.${kind.group}/${object.metadata.name}`;
    return [{ do: 'enrol', workload, does: 'gives the workload to its Rollout again' }];
  }
  if (enrolledStyle(object) === undefined || inProgressOf(object) !== undefined) return [];
  const container = containersOf(object)[0]?.name ?? 'CONTAINER';
  const count = stepsOf(rollout).length;
  const does = `releases an update: it is held and goes out in ${count} step${count === 1 ? '' : 's'}`;
  return [{ do: 'set-image', container, does }];
}
