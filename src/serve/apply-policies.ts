// The policies that hold inside the API server: applied by the running process where the API server knows them.

import { groupOf, type KubeObject, type Resource } from '../api/kube.ts';
import { SERVICE_PORT } from '../api/names.ts';
import {
  MUTATING_POLICIES,
  MUTATING_POLICY_BINDINGS,
  VALIDATING_POLICIES,
  VALIDATING_POLICY_BINDINGS,
} from '../api/resources.ts';
import type { Config } from '../config.ts';
import { DEFAULT_OPTIONS, policyObjects, type InstallOptions } from '../install/index.ts';
import type { Client, Reader } from '../kube/port.ts';
import { isKubeError } from '../kube/errors.ts';
import type { Logger } from '../obs/log.ts';
import type { Kinds } from '../workloads/kinds.ts';

export const POLICY_RESOURCES: readonly Resource[] = [
  MUTATING_POLICIES,
  MUTATING_POLICY_BINDINGS,
  VALIDATING_POLICIES,
  VALIDATING_POLICY_BINDINGS,
];

export function policyResourceOf(object: KubeObject): Resource {
  const found = POLICY_RESOURCES.find(
    ({ kind, group }) => kind === object.kind && group === groupOf(object.apiVersion ?? ''),
  );
  if (found === undefined) throw new TypeError(`no resource is known for ${object.kind ?? ''}`);
  return found;
}

/** The API server serves mutating admission policies (Kubernetes 1.36 and later). */
export async function servesPolicies(client: Reader): Promise<boolean> {
  const { group, version, plural } = MUTATING_POLICIES;
  const found = (await client.raw(`/apis/${group}/${version}`)) as { resources?: { name: string }[] };
  return (found.resources ?? []).some(({ name }) => name === plural);
}

/** What this installation consists of, as far as the running process knows it. */
export const installOptionsOf = ({ namespace, webhook }: Config): InstallOptions => ({
  ...DEFAULT_OPTIONS,
  namespace,
  endpoint:
    webhook.url === undefined
      ? { service: { name: webhook.serviceName, namespace, port: SERVICE_PORT } }
      : { url: webhook.url },
});

/** False = another replica was faster, or it was there before. */
async function createMissing(client: Client, object: KubeObject): Promise<boolean> {
  const resource = policyResourceOf(object);
  if ((await client.get({ resource, namespace: '', name: object.metadata.name })) !== undefined) return false;
  try {
    await client.create(resource, '', object);
    return true;
  } catch (error) {
    if (isKubeError(error) && error.alreadyExists) return false;
    throw error;
  }
}

/**
 * Creates the policies that do not exist, whoever leads, so that a replica is ready only where updates are held. Those that
 * exist are the leader's: two versions of Sluice side by side would otherwise undo each other. An API server without
 * policies leaves the hold to the webhooks, and the log says so.
 */
export async function completePolicies(client: Client, config: Config, kinds: Kinds, log: Logger): Promise<number> {
  if (!(await servesPolicies(client))) {
    log.warn(
      {},
      'this API server has no mutating admission policies (Kubernetes 1.36): updates are held only while Sluice runs',
    );
    return 0;
  }
  let created = 0;
  for (const object of policyObjects(installOptionsOf(config), kinds.all))
    if (await createMissing(client, object)) created += 1;
  log.info({ created }, 'admission policies are in place');
  return created;
}
