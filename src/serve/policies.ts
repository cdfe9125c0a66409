// The policies that hold inside the API server: applied by the running process where the API server knows them.

import { groupOf, type KubeObject, type Resource } from '../api/kube.ts';
import {
  MUTATING_POLICIES,
  MUTATING_POLICY_BINDINGS,
  VALIDATING_POLICIES,
  VALIDATING_POLICY_BINDINGS,
} from '../api/resources.ts';
import { policyObjects, type InstallOptions } from '../install/index.ts';
import type { Client } from '../kube/client.ts';
import { ensure } from '../kube/ensure.ts';

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
