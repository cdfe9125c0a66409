// `install`: brings a cluster to what this version needs, as often as one likes. It does not start the controller and says
// how to.

import type { Command } from 'commander';
import type { KubeObject } from '../../api/kube.ts';
import { DEFAULT_NAMESPACE, DEPLOYMENT_NAME } from '../../api/names.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, DEPLOYMENTS } from '../../api/resources.ts';
import type { Client } from '../../kube/client.ts';
import { lineFor, UsageError } from '../errors.ts';
import { applyObject, untilServed } from '../install/apply.ts';
import { withoutWrites } from '../install/dry-run.ts';
import { nextText } from '../install/next.ts';
import { displayName, resourceOf } from '../install/objects.ts';
import { checkedUrl, objectsFor } from '../install/what.ts';
import { DRY_RUN, outputOption, type OutputOptions } from '../options.ts';
import { document, isDocument, listOf } from '../text/document.ts';
import type { Call } from '../verb.ts';

interface Options extends OutputOptions {
  dryRun?: boolean;
  webhookUrl?: string;
}

export function define(command: Command, program: string): void {
  command
    .option('--webhook-url <url>', 'where the API server reaches a controller outside the cluster: https://HOST:PORT')
    .option(...DRY_RUN);
  outputOption(command, ['json', 'yaml']);
  command.addHelpText(
    'after',
    `\nThe namespace is ${DEFAULT_NAMESPACE} unless -n names another. With --dry-run -o yaml the objects are printed.\n\n` +
      `Example:\n  ${program} install --webhook-url https://192.168.1.10:9876`,
  );
}

export async function run(call: Call<Options>): Promise<number> {
  const { io, options } = call;
  const placement = { namespace: options.namespace ?? DEFAULT_NAMESPACE, webhookUrl: checkedUrl(options.webhookUrl) };
  const objects = objectsFor(placement);
  if (isDocument(options.output)) {
    if (options.dryRun !== true)
      throw new UsageError('error: -o prints the objects instead of applying them; add --dry-run');
    io.out(await document(listOf(objects), options.output));
    return 0;
  }
  const { client, server } = await call.cluster();
  const failures = await applyAll(call, options.dryRun === true ? withoutWrites(client) : client, objects);
  for (const error of failures) io.err(`${lineFor(error, server)}\n`);
  if (failures.length > 0) return 1;
  if (options.dryRun === true) return 0;
  await Promise.all(objects.filter(isDefinition).map(({ metadata }) => untilServed(client, metadata.name)));
  const deployment = { resource: DEPLOYMENTS, namespace: placement.namespace, name: DEPLOYMENT_NAME };
  io.out(nextText(placement, await client.get(deployment), call.program));
  return 0;
}

const isDefinition = (object: KubeObject): boolean => resourceOf(object) === CUSTOM_RESOURCE_DEFINITIONS;

/** One line an object; a refused one does not keep the others from being applied. */
async function applyAll({ io, options }: Call<Options>, client: Client, objects: KubeObject[]): Promise<unknown[]> {
  const suffix = options.dryRun === true ? ' (dry run)' : '';
  const failures: unknown[] = [];
  for (const object of objects) {
    try {
      const outcome = await applyObject(client, object);
      io.out(`${displayName(resourceOf(object), object.metadata.name)} ${outcome}${suffix}\n`);
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}
