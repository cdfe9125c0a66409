// `uninstall`: takes Sluice out so that no workload stays held. The order is the point: who could still write, then what
// holds updates, then what is held, then the process; Rollouts stay unless asked otherwise.

import type { Command } from 'commander';
import type { BatchRelease } from '../../api/batch-release.ts';
import { DEFINITION_NAMES } from '../../api/crds.ts';
import type { KubeObject } from '../../api/kube.ts';
import { DEFAULT_NAMESPACE, LEASE_NAME } from '../../api/names.ts';
import { BATCH_RELEASES, LEASES, ROLLOUTS, TRAFFIC_ROUTINGS } from '../../api/resources.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { TrafficRouting } from '../../api/traffic-routing.ts';
import { readAt } from '../../lib/json.ts';
import { sleep } from '../../runtime/clock.ts';
import type { Client } from '../../kube/client.ts';
import { Kinds } from '../../workloads/kinds.ts';
import { WORKLOADS } from '../../workloads/index.ts';
import { withoutWrites } from '../install/dry-run.ts';
import { customWorkloads } from '../install/workloads.ts';
import { DRY_RUN } from '../options.ts';
import * as releases from '../uninstall/releases.ts';
import { listStaying, sayFarewell, stayingOf, type Staying } from '../uninstall/farewell.ts';
import { settleDefinitions } from '../uninstall/definitions.ts';
import {
  REMAINS,
  ROLE_BINDING_KINDS,
  found,
  removeDefinitions,
  removeLayers,
  removeOurs,
  removeOwnState,
} from '../uninstall/removal.ts';
import { restoreRoutings } from '../uninstall/routings.ts';
import type { Work } from '../uninstall/settle.ts';
import { releaseWorkloads } from '../uninstall/workloads.ts';
import type { Call } from '../verb.ts';

interface Options {
  crds?: boolean;
  dryRun?: boolean;
}

export function define(command: Command, program: string): void {
  command
    .option('--crds', 'delete the CustomResourceDefinitions too, and with them every Rollout')
    .option(...DRY_RUN)
    .addHelpText(
      'after',
      `\nA release under way ends: its workload is released and rolls out the new version by itself.\n` +
        `To go back to the old version instead, set the old image before.\n\n` +
        `Examples:\n  ${program} uninstall --dry-run\n  ${program} uninstall --crds`,
    );
}

export async function run(call: Call<Options>): Promise<void> {
  const { client } = await call.cluster();
  const { dryRun = false, crds = false, namespace = DEFAULT_NAMESPACE } = call.options;
  const suffix = dryRun ? ' (dry run)' : '';
  const work: Work = {
    client: dryRun ? withoutWrites(client) : client,
    kinds: await kindsIn(client),
    clock: call.clock,
    dryRun,
    say: (line) => call.io.out(`${line}${suffix}\n`),
  };
  const runsStill = await holderOf(work, namespace);
  await removeOurs(work, ROLE_BINDING_KINDS, namespace);
  await removeLayers(work);
  const staying = await listStaying(work);
  await releaseAll(work, staying);
  await settleDefinitions(work, DEFINITION_NAMES);
  if (crds) await removeDefinitions(work, DEFINITION_NAMES);
  await removeOurs(work, REMAINS, namespace);
  await removeOwnState(work, namespace);
  if (!dryRun)
    call.io.out(summary(call, { rollouts: stayingOf(staying, ROLLOUTS).length, crds, namespace, runsStill }));
}

/** Those of the registry, and custom resources that were opened to us or that Rollouts name. */
async function kindsIn(client: Client): Promise<Kinds> {
  const kinds = new Kinds(WORKLOADS);
  for (const resource of await customWorkloads(client)) kinds.learn(resource);
  return kinds;
}

async function releaseAll(work: Work, staying: readonly Staying[]): Promise<void> {
  const rollouts = stayingOf(staying, ROLLOUTS) as Rollout[];
  const routings = stayingOf(staying, TRAFFIC_ROUTINGS) as TrafficRouting[];
  const graceMs = Math.max(await releases.restoreTraffic(work, rollouts), await restoreRoutings(work, routings));
  await releaseWorkloads(work);
  // Routes are read by other programs: the new pods serve until all of them have noticed.
  if (graceMs > 0 && !work.dryRun) await sleep(work.clock, graceMs);
  await releases.removeCanaryServices(work, rollouts);
  await releases.removeReleases(work, (await found(work.client.list(BATCH_RELEASES))) as BatchRelease[]);
  await sayFarewell(work, staying);
  // A controller outside the cluster may have made one last write before its rights were gone.
  if (!work.dryRun) {
    await removeLayers(work);
    await releaseWorkloads(work);
  }
}

/** Who holds the controller's Lease now; '' = nobody. */
async function holderOf({ client, clock }: Work, namespace: string): Promise<string> {
  const lease: KubeObject | undefined = await client.get({ resource: LEASES, namespace, name: LEASE_NAME });
  const renewed = Date.parse(String(readAt(lease, ['spec', 'renewTime'])));
  const seconds = Number(readAt(lease, ['spec', 'leaseDurationSeconds']));
  const holder = readAt(lease, ['spec', 'holderIdentity']);
  return typeof holder === 'string' && clock.now() < renewed + seconds * 1000 ? holder : '';
}

interface Done {
  rollouts: number;
  crds: boolean;
  namespace: string;
  runsStill: string;
}

function summary({ program }: Call<Options>, { rollouts, crds, namespace, runsStill }: Done): string {
  const count = `${rollouts} Rollout${rollouts === 1 ? '' : 's'}`;
  const kept = `Kept: the CustomResourceDefinitions and ${count}, without effect now; ${program} uninstall --crds deletes them`;
  const lines = [
    'No update is held by Sluice any more.',
    ...(crds ? [] : [kept]),
    `Kept: namespace ${namespace}; kubectl delete namespace ${namespace} removes it`,
    ...(runsStill === '' ? [] : [`A controller ran as ${runsStill}; if it runs outside the cluster, stop it.`]),
  ];
  return `\n${lines.join('\n')}\n`;
}
