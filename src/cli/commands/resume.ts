// `resume`: ends what `pause` began. It approves nothing: a step that waits for approval goes on waiting.

import type { Command } from 'commander';
import type { OutputOptions } from '../options.ts';
import { definePausing, setPaused } from '../pausing.ts';
import type { Call } from '../verb.ts';

export const define = (command: Command, program: string): void =>
  definePausing(
    command,
    program,
    'resume',
    `A step that waits for approval goes on waiting: ${program} approve ends that.`,
  );

export const completes = 'subjects';

export const run = (call: Call<OutputOptions>): Promise<number> => setPaused(call, false);
