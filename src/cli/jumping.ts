// Asks a release to go on in another step: status.<style>.nextStepIndex on the status subresource, as kubectl-kruise writes
// it, with the version it was decided from, so that a step which ended in between is not taken for the current one.

import { naturalNext } from '../core/rollout/step-machine.ts';
import { conditionOf } from '../objects/status.ts';
import { CONDITION, GROUP, PROGRESSING_REASON, STEP } from '../api/names.ts';
import type { Rollout } from '../api/rollout.ts';
import { progressOf } from '../api/progress.ts';
import { isPaused, stepsOf, subStatusName } from '../api/rollout-view.ts';
import type { Target } from '../objects/actions.ts';
import type { Client } from '../kube/client.ts';
import { isReleasing } from '../view/stage.ts';
import { CliError } from './errors.ts';
import { retryOnChange } from './retry.ts';
import { getRollout } from './rollouts.ts';

export interface Jump {
  rollout: Rollout;
  step: number;
  steps: number;
  paused: boolean;
}

/** `choose` names a step of the Rollout as it is, or throws why there is none. */
export const jump = (
  client: Client,
  target: Target,
  program: string,
  choose: (rollout: Rollout) => number | Promise<number>,
): Promise<Jump> =>
  retryOnChange(async () => {
    const rollout = await getRollout(client, target, program);
    assertSteps(rollout);
    const step = await choose(rollout);
    const { resourceVersion } = rollout.metadata;
    const written = await client.mergePatch(target, patchFor(rollout, step), {
      subresource: 'status',
      resourceVersion,
    });
    return { rollout: written as Rollout, step, steps: stepsOf(rollout).length, paused: isPaused(rollout) };
  });

const ENDING: readonly string[] = [
  PROGRESSING_REASON.cancelling,
  PROGRESSING_REASON.finalising,
  PROGRESSING_REASON.completed,
];

/** There is a release, and it is in one of its steps. */
function assertSteps(rollout: Rollout): void {
  const { name } = rollout.metadata;
  const { phase = 'not seen by Sluice yet', message = '' } = rollout.status ?? {};
  const reason = conditionOf(rollout.status?.conditions, CONDITION.progressing)?.reason ?? '';
  const isEnding = ENDING.includes(reason);
  if (isReleasing(rollout) && !isEnding && progressOf(rollout)?.step !== undefined) return;
  const now = `it is ${phase}${isEnding && isReleasing(rollout) ? `, ${reason}` : ''}${message === '' ? '' : `: ${message}`}`;
  throw new CliError(
    `error: rollouts.${GROUP} "${name}" is in no step of a release (${now}); an update of its workload begins one`,
  );
}

/**
 * The step that follows anyway is reached by approving the current one: what that one still lacks is done first. Any other
 * index makes the release jump.
 */
function patchFor(rollout: Rollout, step: number) {
  const { step: current = 1 } = progressOf(rollout) ?? {};
  const approves = step === naturalNext(current, stepsOf(rollout).length);
  const asked = { nextStepIndex: step, ...(approves ? { currentStepState: STEP.stepReady } : {}) };
  return { status: { [subStatusName(rollout)]: asked } };
}

export const pausedNote = (name: string): string =>
  `note: ${name} goes on only when spec.strategy.paused is false again\n`;
