// `undo`: a workload goes back to a template it had. For a workload under release that cancels the release; the Rollout itself
// is not written to. `--fast` leaves the template alone and takes the requests off the new pods: it jumps back to a step
// without traffic.

import { Option, type Command } from 'commander';
import { ANNOTATION } from '../../api/names.ts';
import { setAt, unsetAt } from '../../lib/json-patch.ts';
import { readAt } from '../../lib/json.ts';
import type { Revision } from '../../workloads/workload.ts';
import { forEachRef, type Place } from '../each.ts';
import { stepBack } from '../fast-undo.ts';
import { isCurrent, previousRevision, revisionNumbered } from '../revisions.ts';
import { outputOption, type OutputOptions } from '../options.ts';
import { CHANGE_FORMATS, report } from '../report.ts';
import { retryOnChange } from '../retry.ts';
import { revisionOption } from '../revision-option.ts';
import { isHeldByRollout, subjectOf, subjectRefs, type Subject } from '../subject.ts';
import type { Ref } from '../targets.ts';
import type { Call } from '../verb.ts';

const CHANGE_CAUSE = ['metadata', 'annotations', ANNOTATION.changeCause];

interface Options extends OutputOptions {
  toRevision?: number;
  fast?: boolean;
}

export function define(command: Command, program: string): void {
  command
    .argument('<name...>', 'rollout/NAME or NAME for the workload of a Rollout, or a workload: deployment/NAME')
    .option(
      '--to-revision <number>',
      'revision to go back to, as history shows it; 0 is the previous one',
      revisionOption('It is a revision as history shows it.'),
    )
    .addOption(
      new Option(
        '--fast',
        'of a Rollout: jump back to the earlier step without traffic that has most replicas; the template stays',
      ).conflicts('toRevision'),
    );
  outputOption(command, CHANGE_FORMATS);
  command.addHelpText(
    'after',
    `\nDuring a release this goes back to the version that serves and cancels the release: requests leave the new pods before the\n` +
      `pods go. Afterwards it is an update like any other: under a Rollout the earlier version goes out in its steps.\n\n` +
      `Examples:\n  ${program} undo rollout/echoserver -n demo\n  ${program} undo deployment/echoserver --to-revision 3\n` +
      `  ${program} undo rollout/echoserver --fast\n\nExit code: 0 when all that was named goes back, or is there already, else 1.`,
  );
}

export const completes = 'subjects';

export async function run(call: Call<Options>): Promise<number> {
  return forEachRef(call, await subjectRefs(call), (ref, place) =>
    call.options.fast === true ? stepBack(call, ref, place) : goBack(call, ref, place),
  );
}

async function goBack(call: Call<Options>, ref: Ref, place: Place): Promise<void> {
  const { subject, revision, written } = await retryOnChange(() => writeBack(call, ref, place));
  const { target, governor } = subject;
  if (written === undefined) {
    const deed = `skipped rollback (current template already matches revision ${revision.number})`;
    return report(call, target, subject.object, deed);
  }
  await report(call, target, written, 'rolled back');
  if (isHeldByRollout(subject)) call.io.err(`note: Rollout ${governor} takes its release back\n`);
  else if (governor !== '') call.io.err(`note: Rollout ${governor} releases it in steps\n`);
}

async function writeBack(call: Call<Options>, ref: Ref, { client, namespace }: Place) {
  const subject = await subjectOf(client, namespace, ref, call.program);
  const { toRevision = 0 } = call.options;
  const revision = toRevision === 0 ? previousRevision(subject) : revisionNumbered(subject, toRevision);
  if (isCurrent(subject, revision)) return { subject, revision, written: undefined };
  const written = await client.jsonPatch(subject.target, operationsFor(subject, revision));
  return { subject, revision, written };
}

/** The template as it was, and why it was made. Everything else on the workload stays: marks of a release are among it. */
function operationsFor({ object }: Subject, { template, changeCause }: Revision): object[] {
  const seen = readAt(object, ['spec', 'template']);
  return [
    { op: 'test', path: '/spec/template', value: seen },
    { op: 'replace', path: '/spec/template', value: template },
    ...(changeCause === '' ? unsetAt(object, CHANGE_CAUSE) : setAt(object, CHANGE_CAUSE, changeCause)),
  ];
}
