// Objects of the installation, found by their labels and deleted: first what lets a running controller write, then the
// policies, then the webhooks; the process and the rest when nothing is held any more.

import type { KubeObject, Resource } from '../../api/kube.ts';
import { LEASE_NAME, WEBHOOK_SECRET_NAME } from '../../api/names.ts';
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  LEASES,
  MUTATING_POLICIES,
  MUTATING_POLICY_BINDINGS,
  MUTATING_WEBHOOKS,
  POD_DISRUPTION_BUDGETS,
  ROLE_BINDINGS,
  ROLES,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
  VALIDATING_POLICIES,
  VALIDATING_POLICY_BINDINGS,
  VALIDATING_WEBHOOKS,
} from '../../api/resources.ts';
import { targetOf, type Target } from '../../objects/actions.ts';
import { OUR_LABELS } from '../../install/options.ts';
import type { Client } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { sleep } from '../../runtime/clock.ts';
import { CliError } from '../errors.ts';
import { displayName } from '../install/objects.ts';
import type { Work } from './settle.ts';

/** A controller without rights writes nothing any more; it still answers /convert, by which old objects can be read. */
export const ROLE_BINDING_KINDS: readonly Resource[] = [CLUSTER_ROLE_BINDINGS, ROLE_BINDINGS];
/** A binding is what makes a policy act, so it goes first. */
const LAYERS: readonly Resource[] = [
  MUTATING_POLICY_BINDINGS,
  MUTATING_POLICIES,
  VALIDATING_POLICY_BINDINGS,
  VALIDATING_POLICIES,
  MUTATING_WEBHOOKS,
  VALIDATING_WEBHOOKS,
];
/** The process, how it is reached, and what it was. */
export const REMAINS: readonly Resource[] = [
  DEPLOYMENTS,
  POD_DISRUPTION_BUDGETS,
  SERVICES,
  CLUSTER_ROLES,
  ROLES,
  SERVICE_ACCOUNTS,
];

/** Objects of a kind that the cluster does not serve do not exist. */
export async function found(list: Promise<{ items: KubeObject[] }>): Promise<KubeObject[]> {
  try {
    return (await list).items;
  } catch (error) {
    if (isKubeError(error) && error.notFound) return [];
    throw error;
  }
}

/** Deletes what carries our labels; of kinds in namespaces, only in ours. Answers how many there were. */
export async function removeOurs(work: Work, resources: readonly Resource[], namespace: string): Promise<number> {
  let count = 0;
  for (const resource of resources) {
    const scope = { labels: { matchLabels: { ...OUR_LABELS } }, ...(resource.namespaced ? { namespace } : {}) };
    for (const object of await found(work.client.list(resource, scope))) {
      await remove(work, targetOf(resource, object));
      count += 1;
    }
  }
  return count;
}

/** An API server honours rights for a moment after they were taken, and a controller that is told puts a policy back. */
const PAUSE_MS = 250;
const GIVE_UP_MS = 30_000;

/** Until a look finds none. */
export async function removeLayers(work: Work): Promise<void> {
  const end = work.clock.monotonic() + GIVE_UP_MS;
  while ((await removeOurs(work, LAYERS, '')) > 0 && !work.dryRun) {
    if (work.clock.monotonic() > end)
      throw new CliError(
        'error: policies or webhooks come back after they were deleted; stop the controller that runs',
      );
    await sleep(work.clock, PAUSE_MS);
  }
}

/** Made by the running controller, under fixed names. */
export async function removeOwnState(work: Work, namespace: string): Promise<void> {
  await remove(work, { resource: LEASES, namespace, name: LEASE_NAME });
  await remove(work, { resource: SECRETS, namespace, name: WEBHOOK_SECRET_NAME });
}

export async function removeDefinitions(work: Work, names: readonly string[]): Promise<void> {
  for (const name of names) await remove(work, { resource: CUSTOM_RESOURCE_DEFINITIONS, namespace: '', name });
}

async function remove({ client, say }: Work, target: Target): Promise<void> {
  if (!(await exists(client, target))) return;
  try {
    await client.delete(target);
    say(`${displayName(target.resource, target.name)} deleted`);
  } catch (error) {
    if (!isKubeError(error) || !error.notFound) throw error;
  }
}

const exists = async (client: Client, target: Target): Promise<boolean> => (await client.get(target)) !== undefined;
