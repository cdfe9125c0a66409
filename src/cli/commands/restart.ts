// `restart`: new pods of the same version, by an annotation on the template, as kubectl does it. For Sluice that is an update
// like any other: under a Rollout it goes out in its steps.

import type { Command } from 'commander';
import { ANNOTATION } from '../../api/names.ts';
import { readAt } from '../../lib/json.ts';
import { forEachRef } from '../each.ts';
import { CliError } from '../errors.ts';
import { outputOption, type OutputOptions } from '../options.ts';
import { CHANGE_FORMATS, report } from '../report.ts';
import { isHeldByRollout, nameOf, quoted, subjectOf, subjectRefs, type Subject } from '../subject.ts';
import { moment } from '../../view/times.ts';
import type { Call } from '../verb.ts';

export function define(command: Command, program: string): void {
  command.argument('<name...>', 'rollout/NAME or NAME for the workload of a Rollout, or a workload: deployment/NAME');
  outputOption(command, CHANGE_FORMATS);
  command.addHelpText(
    'after',
    `\nUnder a Rollout the new pods go out in its steps. One that is paused by hand is refused.\n\n` +
      `Examples:\n  ${program} restart deployment/echoserver -n demo\n  ${program} restart rollout/echoserver\n\n` +
      'Exit code: 0 when all that was named is restarted, else 1.',
  );
}

export const completes = 'subjects';

export async function run(call: Call<OutputOptions>): Promise<number> {
  return forEachRef(call, await subjectRefs(call), async (ref, { client, namespace }) => {
    const subject = await subjectOf(client, namespace, ref, call.program);
    assertMoves(call, subject);
    const annotations = { [ANNOTATION.restartedAt]: moment(call.clock.now()) };
    const patch = { spec: { template: { metadata: { annotations } } } };
    await report(call, subject.target, await client.mergePatch(subject.target, patch), 'restarted');
  });
}

/** A pause by hand would keep the new template from doing anything; a hold of Sluice will end. */
function assertMoves({ program }: Call<object>, subject: Subject): void {
  const { kind, object, target } = subject;
  if (kind.pausePath === undefined || readAt(object, [...kind.pausePath]) !== true || isHeldByRollout(subject)) return;
  throw new CliError(
    `error: ${quoted(target)} can't restart while it is paused; run first: ${program} resume ${nameOf(subject)}`,
  );
}
