// `completion`: the script that a shell loads to complete verbs, flags and names.

import type { Command } from 'commander';
import { PLUGIN_COMPLETION, SHELLS } from '../completion/shells.ts';
import type { Call } from '../verb.ts';

export function define(command: Command): void {
  const shell = command.createArgument('<shell>', 'shell to print the script for').choices(Object.keys(SHELLS));
  command
    .addArgument(shell)
    .addHelpText(
      'after',
      `\nNames of Rollouts, workloads and namespaces are asked of the cluster. \`kubectl sluice\` is completed by kubectl itself when\n` +
        `this program is on the PATH as ${PLUGIN_COMPLETION} too.\n\n` +
        'Examples:\n  source <(sluice completion bash)\n  source <(sluice completion zsh)\n  sluice completion fish | source\n\n' +
        'Exit code: 0, or 1 for a shell that is not known.',
    );
}

export function run({ io, args: [shell = ''] }: Call<object>): Promise<void> {
  io.out(SHELLS[shell] ?? '');
  return Promise.resolve();
}
