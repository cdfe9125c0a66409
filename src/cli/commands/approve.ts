// `approve`: lets a release that waits in StepPaused go on. A merge patch of the one field on the status subresource, without
// a version: an approval counts also when the status was written in between.

import type { Command } from 'commander';
import { approvedText, GROUP, NOT_APPROVABLE_TEXT, STEP } from '../../api/names.ts';
import type { Rollout } from '../../api/rollout.ts';
import { isPaused, subStatusName, type SubStatusName } from '../../api/rollout-view.ts';
import type { Client } from '../../kube/client.ts';
import { CliError, UsageError, lineFor } from '../errors.ts';
import { getRollout, rolloutTarget } from '../rollouts.ts';
import { namesOf } from '../targets.ts';
import type { Call } from '../verb.ts';

export function define(command: Command, program: string): void {
  command
    .argument('<rollout...>', 'rollout/NAME or NAME')
    .addHelpText(
      'after',
      `\nA step that waits for an approval, or for its pause to end, is over at once.\n\nExample:\n  ${program} approve rollout/echoserver -n demo\n\n` +
        'Exit code: 0 when all that was named is approved, 1 when one waits for nothing or does not exist.',
    );
}

export const completes = 'rollouts';

export async function run(call: Call<object>): Promise<number> {
  const names = namesOf(call.args);
  if (names.length === 0) {
    throw new UsageError('error: give the Rollout to approve: rollout/NAME');
  }
  const { client, server, namespace } = await call.cluster();
  let code = 0;
  for (const name of names) {
    try {
      const target = rolloutTarget(call.options.namespace ?? namespace, name);
      const rollout = await getRollout(client, target, call.program);
      await approve(client, rollout);
      call.io.out(`${approvedText(`rollout.${GROUP}/${name}`)}\n`);
      if (isPaused(rollout)) call.io.err(`note: ${name} goes on only when spec.strategy.paused is false again\n`);
    } catch (error) {
      code = 1;
      call.io.err(`${lineFor(error, server)}\n`);
    }
  }
  return code;
}

async function approve(client: Client, rollout: Rollout): Promise<void> {
  const { name, namespace = '' } = rollout.metadata;
  const field = waitingIn(rollout);
  if (rollout.status?.[field]?.currentStepState !== STEP.stepPaused) {
    throw new CliError(`error: rollouts.${GROUP} "${name}" ${NOT_APPROVABLE_TEXT} ${because(rollout)}`);
  }
  const patch = { status: { [field]: { currentStepState: STEP.stepReady } } };
  await client.mergePatch(rolloutTarget(namespace, name), patch, { subresource: 'status' });
}

/** The sub-status that exists; that of the style in use when both do. */
function waitingIn(rollout: Rollout): SubStatusName {
  const own = subStatusName(rollout);
  const other = own === 'canaryStatus' ? 'blueGreenStatus' : 'canaryStatus';
  return rollout.status?.[own] === undefined && rollout.status?.[other] !== undefined ? other : own;
}

/** Where it is instead. */
function because(rollout: Rollout): string {
  const { phase = 'not seen by Sluice yet', message } = rollout.status ?? {};
  const state = rollout.status?.[waitingIn(rollout)]?.currentStepState;
  const stepText = state === undefined ? '' : `, ${state}`;
  return `(it is ${phase}${stepText}${message === undefined ? '' : `: ${message}`})`;
}
