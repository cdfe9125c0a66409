// `jump`: a release goes on in the named step, forwards or backwards, from whatever it is doing now.

import { InvalidArgumentError, type Command } from 'commander';
import type { Rollout } from '../../api/rollout.ts';
import { stepsOf } from '../../api/rollout-view.ts';
import { forEachRef } from '../each.ts';
import { CliError } from '../errors.ts';
import { jump, pausedNote } from '../jumping.ts';
import { outputOption, type OutputOptions } from '../options.ts';
import { CHANGE_FORMATS, report } from '../report.ts';
import { rolloutTarget } from '../rollouts.ts';
import { refsOf, ROLLOUT_TYPE } from '../targets.ts';
import type { Call } from '../verb.ts';

interface Options extends OutputOptions {
  step: number;
}

function stepNumber(text: string): number {
  const step = Number(text);
  if (!Number.isInteger(step)) throw new InvalidArgumentError('It is the number of a step, from 1.');
  return step;
}

export function define(command: Command, program: string): void {
  command
    .argument('<rollout...>', 'rollout/NAME or NAME')
    .requiredOption('--step <number>', 'step to go on in, from 1', stepNumber);
  outputOption(command, CHANGE_FORMATS);
  command.addHelpText(
    'after',
    `\nA jump forwards skips the steps in between. A jump backwards moves the traffic back and keeps the new pods. A jump to the\n` +
      `step that follows anyway approves the current one.\n\n` +
      `Examples:\n  ${program} jump rollout/echoserver --step 3 -n demo\n  ${program} jump echoserver --step 1\n\n` +
      'Exit code: 0 when the release was asked to go on there, 1 when there is no such step or no release under way.',
  );
}

export const completes = 'rollouts';

export function run(call: Call<Options>): Promise<number> {
  const { step: wanted } = call.options;
  return forEachRef(call, refsOf(call.args, [ROLLOUT_TYPE]), async ({ name }, { client, namespace }) => {
    const target = rolloutTarget(namespace, name);
    const inRange = (rollout: Rollout): number => {
      const count = stepsOf(rollout).length;
      if (wanted >= 1 && wanted <= count) return wanted;
      throw new CliError(
        `error: --step is ${wanted}; Rollout "${name}" has ${count === 1 ? 'one step: 1' : `steps 1 to ${count}`}`,
      );
    };
    const { rollout, steps, paused } = await jump(client, target, call.program, inRange);
    await report(call, target, rollout, `jumped to step ${wanted} of ${steps}`);
    if (paused) call.io.err(pausedNote(name));
  });
}
