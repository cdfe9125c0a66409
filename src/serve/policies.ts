// The policies that hold inside the API server: applied by the running process where the API server knows them.

import { groupOf, type KubeObject, type Resource } from '../api/kube.ts';
import {
  MUTATING_POLICIES,
  MUTATING_POLICY_BINDINGS,
  VALIDATING_POLICIES,
  VALIDATING_POLICY_BINDINGS,
} from '../api/resources.ts';
import { SERVICE_PORT } from '../api/names.ts';
import type { Config } from '../config.ts';
import { DEFAULT_OPTIONS, policyObjects, type InstallOptions } from '../install/index.ts';
import type { Client } from '../kube/client.ts';
import { ensure } from '../kube/ensure.ts';
import type { Logger } from '../obs/log.ts';

const RESOURCES: readonly Resource[] = [
  MUTATING_POLICIES,
  MUTATING_POLICY_BINDINGS,
  VALIDATING_POLICIES,
  VALIDATING_POLICY_BINDINGS,
];

const resourceOf = (object: KubeObject): Resource | undefined =>
  RESOURCES.find(({ kind, group }) => kind === object.kind && group === groupOf(object.apiVersion ?? ''));

/** The API server serves mutating admission policies (Kubernetes 1.36 and later). */
export async function servesPolicies(client: Client): Promise<boolean> {
  const { group, version, plural } = MUTATING_POLICIES;
  const found = (await client.raw(`/apis/${group}/${version}`)) as { resources?: { name: string }[] };
  return (found.resources ?? []).some(({ name }) => name === plural);
}

/** How many objects had to be written. */
export async function applyPolicies(client: Client, options: InstallOptions): Promise<number> {
  let written = 0;
  for (const object of policyObjects(options)) {
    const resource = resourceOf(object);
    if (resource === undefined) throw new TypeError(`no resource is known for ${object.kind ?? ''}`);
    if ((await ensure(client, resource, object)) !== 'unchanged') written += 1;
  }
  return written;
}

const optionsOf = ({ namespace, webhook }: Config): InstallOptions => ({
  ...DEFAULT_OPTIONS,
  namespace,
  endpoint:
    webhook.url === undefined
      ? { service: { name: webhook.serviceName, namespace, port: SERVICE_PORT } }
      : { url: webhook.url },
});

/** Applies them once; an API server without policies leaves the hold to the webhooks, and says so. */
export async function keepPolicies(client: Client, config: Config, log: Logger): Promise<void> {
  if (!(await servesPolicies(client))) {
    log.warn(
      {},
      'this API server has no mutating admission policies (Kubernetes 1.36): updates are held only while Sluice runs',
    );
    return;
  }
  const written = await applyPolicies(client, optionsOf(config));
  log.info({ written }, 'admission policies are in place');
}
