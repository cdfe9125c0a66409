// `set image`: other images for containers of a workload. A JSON patch that tests each container's name before it replaces
// its image, so that every other field stays as it is, whatever the kind.

import type { Command } from 'commander';
import type { Container } from '../../api/kube.ts';
import { isObject, readAt } from '../../lib/json.ts';
import { forEachRef } from '../each.ts';
import { CliError, UsageError } from '../errors.ts';
import { outputOption, type OutputOptions } from '../options.ts';
import { CHANGE_FORMATS, report } from '../report.ts';
import { retryOnChange } from '../retry.ts';
import { quoted, subjectOf, subjectRefs, type Subject } from '../subject.ts';
import type { Call } from '../verb.ts';

const IMAGE = 'image';
const LISTS = ['containers', 'initContainers'];
const ALL = '*';

export function define(command: Command, program: string): void {
  command
    .usage('image KIND/NAME... CONTAINER=IMAGE... [options]')
    .addArgument(command.createArgument('<what>', 'what is set').choices([IMAGE]))
    .argument('<name...>', 'rollout/NAME or NAME for the workload of a Rollout, or a workload: deployment/NAME');
  outputOption(command, CHANGE_FORMATS);
  command.addHelpText(
    'after',
    `\n*=IMAGE means all containers. Under a Rollout the update is held and goes out in its steps.\n\n` +
      `Examples:\n  ${program} set image deployment/echoserver echoserver=cilium/echoserver:1.10.3 -n demo\n` +
      `  ${program} set image rollout/echoserver '*=cilium/echoserver:1.10.3'\n\n` +
      'Exit code: 0 when all that was named has these images, else 1.',
  );
}

type Images = Map<string, string>;

export const completes = 'subjects';

export async function run(call: Call<OutputOptions>): Promise<number> {
  const [, ...words] = call.args;
  const pairs = words.filter((word) => word.includes('='));
  const names = words.filter((word) => !word.includes('='));
  const images: Images = new Map(pairs.map(pairOf));
  if (images.size === 0) throw new UsageError('error: give the images: CONTAINER=IMAGE, or *=IMAGE for all containers');
  return forEachRef(call, await subjectRefs(call, names), async (ref, { client, namespace }) => {
    const { subject, written } = await retryOnChange(async () => {
      const subject = await subjectOf(client, namespace, ref, call.program);
      const operations = operationsFor(subject, images);
      return {
        subject,
        written: operations.length === 0 ? undefined : await client.jsonPatch(subject.target, operations),
      };
    });
    const deed = written === undefined ? 'image unchanged' : 'image updated';
    await report(call, subject.target, written ?? subject.object, deed);
  });
}

function pairOf(word: string): [string, string] {
  const at = word.indexOf('=');
  const [container, image] = [word.slice(0, at), word.slice(at + 1)];
  if (container === '' || image === '') throw new UsageError(`error: "${word}" is not CONTAINER=IMAGE`);
  return [container, image];
}

/** Every container that was named must be there. */
function operationsFor({ object, target }: Subject, images: Images): object[] {
  const found = LISTS.flatMap((list) => containersIn(object, list).map((container, at) => ({ list, at, container })));
  const names = new Set(found.map(({ container }) => container.name));
  const missing = [...images.keys()].filter((name) => name !== ALL && !names.has(name));
  if (missing.length > 0) {
    const there = `; it has ${[...names].join(', ')}`;
    throw new CliError(`error: unable to find container named "${missing.join('", "')}" in ${quoted(target)}${there}`);
  }
  return found.flatMap(({ list, at, container }) => {
    const image = images.get(container.name) ?? images.get(ALL);
    if (image === undefined || image === container.image) return [];
    const path = `/spec/template/spec/${list}/${at}`;
    return [
      { op: 'test', path: `${path}/name`, value: container.name },
      { op: 'add', path: `${path}/image`, value: image },
    ];
  });
}

function containersIn(object: unknown, list: string): Container[] {
  const found = readAt(object, ['spec', 'template', 'spec', list]);
  return Array.isArray(found) ? (found as unknown[]).filter(isObject).map((one) => one as unknown as Container) : [];
}
