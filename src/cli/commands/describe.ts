// `describe`: everything that is known of one Rollout, in full; with -w again whenever it changes.

import type { Command } from 'commander';
import { releaseModel } from '../../view/release-model.ts';
import { forEachRef } from '../each.ts';
import { UsageError } from '../errors.ts';
import { getRollout, rolloutTarget } from '../rollouts.ts';
import { describe } from '../show/describe.ts';
import { lookAt } from '../show/look-at.ts';
import { refsOf, ROLLOUT_TYPE } from '../targets.ts';
import type { Call } from '../verb.ts';
import { live } from '../watch/live.ts';

interface Options {
  watch?: boolean;
  all?: boolean;
}

export function define(command: Command, program: string): void {
  command
    .argument('<rollout...>', 'rollout/NAME or NAME')
    .option('-w, --watch', 'show it again whenever it changes')
    .option('--all', 'all pods of the workload, not only the new ones of the current step')
    .addHelpText(
      'after',
      `\nExamples:\n  ${program} describe rollout/echoserver -n demo\n  ${program} describe echoserver --all -w\n\n` +
        'Exit code: 0, 1 when a Rollout that was named does not exist, 130 when a watch is ended by Ctrl-C.',
    );
}

export const completes = 'rollouts';

export async function run(call: Call<Options>): Promise<number> {
  const { all = false, watch = false } = call.options;
  const refs = refsOf(call.args, [ROLLOUT_TYPE]);
  if (watch && refs.length > 1) throw new UsageError('error: -w follows one Rollout');
  let code = 0;
  let count = 0;
  const failed = await forEachRef(call, refs, async ({ name }, { client, namespace }) => {
    const rollout = await getRollout(client, rolloutTarget(namespace, name), call.program);
    if (watch) code = await live(call, rollout, (release) => describe(release, all));
    else {
      const release = releaseModel(await lookAt(client, rollout, call.clock.now()));
      call.io.out(`${count === 0 ? '' : '\n'}${describe(release, all)}`);
    }
    count += 1;
  });
  return failed === 0 ? code : failed;
}
