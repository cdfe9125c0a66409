// What the user can type next, each command with what it does. Follows from the state of the release.

import { LABEL, PHASE, STEP } from '../../api/names.ts';
import type { Rollout, RolloutStep } from '../../api/rollout.ts';
import { isDisabled, isPaused, stepsOf, subStatus } from '../../api/rollout-view.ts';
import { enrolledStyle, inProgressOf, isEscaped } from '../../objects/marks.ts';
import { shareOf } from './traffic.ts';
import { isReleasing, pauseOf, waitsForApproval } from './waiting.ts';
import { containersOf } from './workload.ts';
import type { Look } from './look.ts';

export interface Next {
  command: string;
  does: string;
}

const QUIET = new Set<string>([PHASE.terminating, PHASE.disabling]);

export function nextSteps(look: Look, program: string): Next[] {
  const { rollout } = look;
  const phase = rollout.status?.phase;
  if (phase === undefined) return [{ command: 'sluice serve', does: 'runs the controller, where it does not run yet' }];
  if (QUIET.has(phase) || rollout.metadata.deletionTimestamp !== undefined) return [];
  if (isDisabled(rollout)) return [enable(rollout)];
  if (!isReleasing(rollout)) return idle(look, program);
  return [...goOn(rollout, program), ...goBack(look, program)];
}

const namespaceOf = ({ metadata }: Rollout): string => `-n ${metadata.namespace ?? 'default'}`;

/** A verb on the Rollout. */
const verb = (program: string, words: string, rollout: Rollout, rest = ''): string =>
  `${program} ${words} rollout/${rollout.metadata.name}${rest === '' ? '' : ` ${rest}`} ${namespaceOf(rollout)}`;

const enable = (rollout: Rollout): Next => ({
  command: `kubectl patch rollout ${rollout.metadata.name} ${namespaceOf(rollout)} --type=merge -p '{"spec":{"disabled":false}}'`,
  does: 'enables the Rollout again',
});

function goOn(rollout: Rollout, program: string): Next[] {
  if (isPaused(rollout)) {
    return [{ command: verb(program, 'resume', rollout), does: 'goes on where the release was paused' }];
  }
  const pause = pauseOf(rollout);
  if (!waitsForApproval(rollout) && (pause === undefined || subStatus(rollout)?.currentStepState !== STEP.stepPaused))
    return [];
  const command = verb(program, 'approve', rollout);
  const index = subStatus(rollout)?.currentStepIndex ?? 1;
  const earlier = pause === undefined ? '' : ' without waiting';
  const following = stepsOf(rollout)[index];
  if (following === undefined)
    return [{ command, does: `completes the release: all pods get the new version${earlier}` }];
  return [
    { command, does: `goes on with step ${index + 1} of ${stepsOf(rollout).length}: ${sizeOf(following)}${earlier}` },
  ];
}

const sizeOf = (step: RolloutStep): string => {
  const size = step.replicas ?? step.traffic ?? '100%';
  return `${size} of pods${step.traffic === undefined && step.matches === undefined ? '' : `, ${shareOf(step)}`}`;
};

/** The template that serves becomes the wanted one again. */
function goBack({ rollout, workload }: Look, program: string): Next[] {
  if (workload === undefined || workload.view.templateIsStable) return [];
  const does = 'goes back to the stable version: the release is cancelled';
  return [{ command: verb(program, 'undo', rollout), does }];
}

function idle({ rollout, workload }: Look, program: string): Next[] {
  if (workload === undefined) return [];
  const { kind, object } = workload;
  if (isEscaped(object)) {
    const target = `${kind.resource.plural}.${kind.group}/${object.metadata.name}`;
    const command = `kubectl label ${target} ${LABEL.enrolled}- ${namespaceOf(rollout)}`;
    return [{ command, does: 'gives the workload to its Rollout again' }];
  }
  if (enrolledStyle(object) === undefined || inProgressOf(object) !== undefined) return [];
  const container = containersOf(object)[0]?.name ?? 'CONTAINER';
  const command = verb(program, 'set image', rollout, `${container}=IMAGE`);
  const count = stepsOf(rollout).length;
  return [{ command, does: `releases an update: it is held and goes out in ${count} step${count === 1 ? '' : 's'}` }];
}
