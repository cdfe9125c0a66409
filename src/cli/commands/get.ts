// `get`: one Rollout as a tree with what it waits for and what to type next, several as a table, any as JSON or YAML;
// with -w again whenever something changes.

import type { Command } from 'commander';
import { ROLLOUTS } from '../../api/resources.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { Client } from '../../kube/client.ts';
import { releaseModel } from '../../view/release-model.ts';
import { UsageError, lineFor } from '../errors.ts';
import { displayName } from '../install/objects.ts';
import { outputOption, type OutputOptions } from '../options.ts';
import { getRollout, listRollouts, rolloutTarget } from '../rollouts.ts';
import { showAll } from '../show/all.ts';
import { lookAt } from '../show/look-at.ts';
import { showOne } from '../show/one.ts';
import { namesOf } from '../targets.ts';
import { document, isDocument, listOf, presented } from '../text/document.ts';
import type { Call } from '../verb.ts';
import { live } from '../watch/live.ts';
import { many } from '../watch/many.ts';

interface Options extends OutputOptions {
  allNamespaces?: boolean;
  watch?: boolean;
}

export function define(command: Command, program: string): void {
  outputOption(command, ['json', 'yaml', 'wide', 'name']);
  command
    .argument('[rollout...]', 'rollout/NAME or NAME; nothing means all of the namespace')
    .option('-A, --all-namespaces', 'Rollouts of all namespaces')
    .option('-w, --watch', 'show each change: on a terminal drawn anew, else a row or a document a change')
    .addHelpText(
      'after',
      `\nExamples:\n  ${program} get\n  ${program} get rollout/echoserver -n demo -w\n  ${program} get -A -o wide\n\n` +
        'Exit code: 0, 1 when something that was named does not exist, 130 when a watch is ended by Ctrl-C.',
    );
}

export const completes = 'rollouts';

export async function run(call: Call<Options>): Promise<number> {
  const names = namesOf(call.args);
  const { allNamespaces = false } = call.options;
  if (allNamespaces && names.length > 0) {
    throw new UsageError('error: a Rollout cannot be fetched by name across all namespaces; leave out -A or the name');
  }
  const { client, namespace: own } = await call.cluster();
  const namespace = allNamespaces ? '' : (call.options.namespace ?? own);
  if (call.options.watch === true) return watch(call, client, namespace, names);
  return names.length === 0 ? all(call, client, namespace) : some(call, client, namespace, names);
}

/** What is named must exist; what is not named may come to exist. */
async function watch(call: Call<Options>, client: Client, namespace: string, names: string[]): Promise<number> {
  const { output } = call.options;
  const wide = output === 'wide';
  const format = isDocument(output) ? output : undefined;
  if (names.length === 0) await listRollouts(client, namespace, call.program);
  const found: Rollout[] = [];
  for (const name of names) found.push(await getRollout(client, rolloutTarget(namespace, name), call.program));
  const [first, ...more] = found;
  if (first !== undefined && more.length === 0 && format === undefined && call.terminal() !== undefined) {
    return live(call, first, (release) => showOne(release, call.program, wide));
  }
  return many(call, { namespace, names, format, wide });
}

async function all(call: Call<Options>, client: Client, namespace: string): Promise<number> {
  const { io, clock, program, options } = call;
  const { output } = options;
  const rollouts = await listRollouts(client, namespace, program);
  if (isDocument(output)) {
    io.out(await document(listOf(rollouts.map(presented)), output));
  } else if (output === 'name') {
    io.out(namesIn(rollouts));
  } else if (rollouts.length === 0) {
    io.err(namespace === '' ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`);
  } else {
    const namespaced = namespace === '';
    io.out(showAll(rollouts, { now: clock.now(), namespaced, wide: output === 'wide' }));
  }
  return 0;
}

const namesIn = (rollouts: readonly Rollout[]): string =>
  rollouts.map(({ metadata }) => `${displayName(ROLLOUTS, metadata.name)}\n`).join('');

/** What is found is shown, even when something else is not. */
async function some(call: Call<Options>, client: Client, namespace: string, names: string[]): Promise<number> {
  const { io, program } = call;
  const found: Rollout[] = [];
  const failures: string[] = [];
  for (const name of names) {
    try {
      found.push(await getRollout(client, rolloutTarget(namespace, name), program));
    } catch (error) {
      failures.push(`${lineFor(error, (await call.cluster()).server)}\n`);
    }
  }
  await print(call, client, found, names.length > 1);
  for (const line of failures) io.err(line);
  return failures.length === 0 ? 0 : 1;
}

async function print(call: Call<Options>, client: Client, rollouts: Rollout[], listed: boolean): Promise<void> {
  const { io, clock, program, options } = call;
  const { output } = options;
  const [first] = rollouts;
  if (first === undefined) return;
  if (isDocument(output)) {
    io.out(await document(listed ? listOf(rollouts.map(presented)) : presented(first), output));
    return;
  }
  if (output === 'name') return io.out(namesIn(rollouts));
  const looks = await Promise.all(rollouts.map((rollout) => lookAt(client, rollout, clock.now())));
  io.out(looks.map((look) => showOne(releaseModel(look), program, output === 'wide')).join('\n'));
}
