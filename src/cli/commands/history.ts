// `history`: the revisions of a workload as kubectl shows them, which of them serves, and the RolloutHistory objects of its
// Rollout where the cluster has that kind. With --revision one template.

import type { Command } from 'commander';
import type { Client } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeObject, PodTemplate } from '../../api/kube.ts';
import { ANNOTATION, GROUP, LABEL } from '../../api/names.ts';
import { ROLLOUT_HISTORIES } from '../../api/resources.ts';
import { readAt } from '../../lib/json.ts';
import type { Revision } from '../../workloads/workload.ts';
import { forEachRef } from '../each.ts';
import { isCurrent, revisionNumbered, revisionsOfSubject, serves, templateOfSubject } from '../revisions.ts';
import { outputOption, type OutputOptions } from '../options.ts';
import { revisionOption } from '../revision-option.ts';
import { isHeldByRollout, nameOf, subjectOf, subjectRefs, type Subject } from '../subject.ts';
import { age } from '../../view/times.ts';
import { columns } from '../text/columns.ts';
import { document, isDocument, listOf, presented } from '../text/document.ts';
import type { Call } from '../verb.ts';

interface Options extends OutputOptions {
  revision?: number;
}

export function define(command: Command, program: string): void {
  command
    .argument('<name...>', 'rollout/NAME or NAME for the workload of a Rollout, or a workload: deployment/NAME')
    .option(
      '--revision <number>',
      'show the pod template of this revision',
      revisionOption('It is a number; 0 means all.'),
    );
  outputOption(command, ['json', 'yaml']);
  command.addHelpText(
    'after',
    `\nCHANGE-CAUSE is the annotation kubernetes.io/change-cause as it was then. The revision that serves is what undo goes back to\n` +
      `during a release.\n\nExamples:\n  ${program} history rollout/echoserver -n demo\n  ${program} history deployment/echoserver --revision 3\n\n` +
      'Exit code: 0, or 1 when something that was named, or the revision, does not exist.',
  );
}

export const completes = 'subjects';

export async function run(call: Call<Options>): Promise<number> {
  return forEachRef(call, await subjectRefs(call), async (ref, { client, namespace }) => {
    const subject = await subjectOf(client, namespace, ref, call.program);
    const { revision = 0 } = call.options;
    if (revision > 0) return showTemplate(call, subject, revisionNumbered(subject, revision));
    await showAll(call, subject, await releasesOf(client, namespace, subject));
  });
}

async function showTemplate({ io, options }: Call<Options>, subject: Subject, revision: Revision): Promise<void> {
  if (isDocument(options.output)) return io.out(await document(revision.template, options.output));
  const heading = `${nameOf(subject)} with revision #${revision.number}`;
  const template = await document(revision.template, 'yaml');
  io.out(`${heading}\nPod Template:\n${template.replace(/^(?=.)/gm, '  ')}`);
}

async function showAll({ io, clock, options }: Call<Options>, subject: Subject, releases: KubeObject[]): Promise<void> {
  const revisions = revisionsOfSubject(subject);
  if (isDocument(options.output)) {
    const objects = revisions.map(({ object }) => object);
    return io.out(await document(listOf([...objects, ...releases].map(presented)), options.output));
  }
  const rows = revisions.map((one) => [
    String(one.number),
    one.changeCause === '' ? '<none>' : one.changeCause,
    imagesOf(one.template),
    roleOf(subject, one),
  ]);
  const held = revisions.some((one) => isCurrent(subject, one)) ? [] : [rowOfHeld(subject)];
  io.out(`${nameOf(subject)}\n${columns([['REVISION', 'CHANGE-CAUSE', 'IMAGES', 'ROLE'], ...rows, ...held])}\n`);
  if (releases.length === 0) return;
  const headings = ['RELEASE', 'ROLLOUT-ID', 'STATUS', 'STEPS', 'AGE'];
  io.out(`rollout.${GROUP}/${subject.governor}\n`);
  io.out(`${columns([headings, ...releases.map((release) => releaseRow(release, clock.now()))])}\n`);
}

/** A template that is held, or was just written, has no revision of its own yet. */
function rowOfHeld(subject: Subject): string[] {
  const cause = subject.object.metadata.annotations?.[ANNOTATION.changeCause] ?? '<none>';
  const role = isHeldByRollout(subject) ? 'wanted, held' : 'wanted';
  return ['-', cause, imagesOf(templateOfSubject(subject) ?? {}), role];
}

const imagesOf = ({ spec }: PodTemplate): string =>
  [...new Set((spec?.containers ?? []).flatMap(({ image }) => image ?? []))].join(', ');

function roleOf(subject: Subject, revision: Revision): string {
  const roles = [serves(subject, revision) ? 'serves' : '', isCurrent(subject, revision) ? 'wanted' : ''];
  return roles.filter((role) => role !== '').join(', ');
}

/** Releases that Sluice has recorded, oldest first; none where the kind is missing or may not be read. */
async function releasesOf(client: Client, namespace: string, subject: Subject): Promise<KubeObject[]> {
  const name = subject.rollout?.metadata.name ?? subject.governor;
  if (name === '') return [];
  const labels = { matchLabels: { [LABEL.rolloutName]: name } };
  try {
    const { items } = await client.list(ROLLOUT_HISTORIES, { namespace, labels });
    return items.sort((a, b) => (createdAt(a) < createdAt(b) ? -1 : 1));
  } catch (error) {
    if (isKubeError(error) && (error.notFound || error.status === 403)) return [];
    throw error;
  }
}

const createdAt = ({ metadata }: KubeObject): string => metadata.creationTimestamp ?? '';

function releaseRow(release: KubeObject, now: number): string[] {
  const text = (path: string[]): string => String(readAt(release, path) ?? '');
  const steps = readAt(release, ['status', 'canarySteps']);
  return [
    release.metadata.name,
    release.metadata.labels?.[LABEL.rolloutId] ?? text(['spec', 'rollout', 'rolloutID']),
    text(['status', 'phase']),
    String(Array.isArray(steps) ? steps.length : 0),
    age(release.metadata.creationTimestamp, now),
  ];
}
