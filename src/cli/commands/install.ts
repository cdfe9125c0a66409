// `install`: brings a cluster to what this version needs, as often as one likes. Inside the cluster it starts the controller
// too; for one outside it says how to.

import type { Command } from 'commander';
import type { KubeObject } from '../../api/kube.ts';
import { DEFAULT_NAMESPACE } from '../../api/names.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../api/resources.ts';
import { DEFAULT_REPLICAS, type WorkloadResource } from '../../install/index.ts';
import type { Client } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { lineFor, UsageError } from '../errors.ts';
import { applyObject, untilServed } from '../install/apply-object.ts';
import { withoutWrites } from '../install/dry-run.ts';
import { nextText } from '../install/after-install.ts';
import { displayName, resourceOf } from '../install/objects.ts';
import { podsFor, presentDeployment, refuseForeign } from '../install/present.ts';
import { checkedUrl, DEFAULT_IMAGE, objectsFor, type Placement } from '../install/what.ts';
import { customWorkloads, distinct, workloadNamed } from '../install/workloads.ts';
import { DRY_RUN, outputOption, type OutputOptions } from '../options.ts';
import { document, isDocument, listOf, type DocumentFormat } from '../text/document.ts';
import type { Call } from '../verb.ts';

interface Options extends OutputOptions {
  dryRun?: boolean;
  webhookUrl?: string;
  image?: string;
  replicas?: string;
  workload?: string[];
}

export function define(command: Command, program: string): void {
  command
    .option('--image <image>', `image of the controller (default: the one in use, else ${DEFAULT_IMAGE})`)
    .option('--replicas <n>', `pods of the controller (default: as many as there are, else ${DEFAULT_REPLICAS})`)
    .option('--webhook-url <url>', 'run no pods; where the API server reaches a controller outside: https://HOST:PORT')
    .option(
      '--workload <resource.group>',
      'a custom resource to release, beside those of Rollouts in the cluster; can be repeated',
      (value: string, list: string[] = []) => [...list, value],
    )
    .option(...DRY_RUN);
  outputOption(command, ['json', 'yaml']);
  command.addHelpText(
    'after',
    `\nThe namespace is ${DEFAULT_NAMESPACE} unless -n names another. With --dry-run -o yaml the objects are printed.\n\n` +
      `Examples:\n  ${program} install --image registry.example.com/sluice:0.1.0\n` +
      `  ${program} install --webhook-url https://192.168.1.10:9876`,
  );
}

export async function run(call: Call<Options>): Promise<number> {
  const { options } = call;
  const placement = { namespace: options.namespace ?? DEFAULT_NAMESPACE, webhookUrl: checkedUrl(options.webhookUrl) };
  const workloads = (options.workload ?? []).map(workloadNamed);
  if (placement.webhookUrl !== undefined && (options.image ?? options.replicas) !== undefined)
    throw new UsageError('error: --image and --replicas are about pods, and with --webhook-url there are none');
  return isDocument(options.output)
    ? print(call, options.output, placement, workloads)
    : install(call, placement, workloads);
}

/** Needs no cluster. */
async function print(
  { io, options }: Call<Options>,
  format: DocumentFormat,
  placement: Placement,
  asked: WorkloadResource[],
): Promise<number> {
  if (options.dryRun !== true)
    throw new UsageError('error: -o prints the objects instead of applying them; add --dry-run');
  const objects = objectsFor(placement, { pods: podsFor(options, undefined), workloads: distinct(asked) });
  io.out(await document(listOf(objects), format));
  return 0;
}

async function install(call: Call<Options>, placement: Placement, asked: WorkloadResource[]): Promise<number> {
  const { io, options, program } = call;
  const { client, server } = await call.cluster();
  const present = await presentDeployment(client, placement);
  refuseForeign(placement, present);
  const pods = podsFor(options, present);
  const workloads = distinct([...asked, ...(await workloadsFound(call, client))]);
  const objects = objectsFor(placement, { pods, workloads });
  const failures = await applyAll(call, options.dryRun === true ? withoutWrites(client) : client, objects);
  for (const error of failures) io.err(`${lineFor(error, server)}\n`);
  if (failures.length > 0) return 1;
  if (options.dryRun === true) return 0;
  await Promise.all(objects.filter(isDefinition).map(({ metadata }) => untilServed(client, metadata.name)));
  io.out(nextText({ placement, pods, workloads, present }, program));
  return 0;
}

/** An installation that is broken, so that Rollouts cannot be read, must not keep us from repairing it. */
async function workloadsFound({ io }: Call<Options>, client: Client): Promise<WorkloadResource[]> {
  try {
    return await customWorkloads(client);
  } catch (error) {
    if (!isKubeError(error)) throw error;
    io.err(`note: not looked for custom resources that Rollouts release, name them by --workload: ${lineFor(error)}\n`);
    return [];
  }
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
