// `pause`: a Rollout goes no further than the step it is in; a workload's own roll-out stops.

import type { Command } from 'commander';
import type { OutputOptions } from '../options.ts';
import { definePausing, setPaused } from '../pausing.ts';
import type { Call } from '../verb.ts';

export const define = (command: Command, program: string): void =>
  definePausing(
    command,
    program,
    'pause',
    'A paused Rollout (spec.strategy.paused) keeps the pods and the traffic it has reached, and enters no further step. Going\n' +
      'back to the stable version is never paused.',
  );

export const completes = 'subjects';

export const run = (call: Call<OutputOptions>): Promise<number> => setPaused(call, true);
