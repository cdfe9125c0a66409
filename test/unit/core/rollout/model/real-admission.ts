// The hold as it really is: the decision of the webhook with a live look, and its operations applied.

import type { JsonObject, KubeObject, Resource } from '../../../../../src/api/kube.ts';
import { ROLLOUTS } from '../../../../../src/api/resources.ts';
import type { Rollout } from '../../../../../src/api/rollout.ts';
import { decide } from '../../../../../src/core/admission/decide.ts';
import type { PatchOperation } from '../../../../../src/lib/json-patch.ts';
import { BUILT_IN } from '../../../../../src/workloads/index.ts';
import { Refusal, type ApiServer } from './api-server.ts';
import { relatedOf } from './observe.ts';

const keysOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

function applied(root: KubeObject, operations: PatchOperation[]): KubeObject {
  const copy = structuredClone(root) as unknown as JsonObject;
  for (const operation of operations) {
    const keys = keysOf(operation.path);
    const last = keys.pop() ?? '';
    const parent = keys.reduce<JsonObject>((node, key) => node[key] as JsonObject, copy);
    if (operation.op === 'remove') delete parent[last];
    else parent[last] = operation.value;
  }
  return copy as unknown as KubeObject;
}

/** The object as it is stored; throws when the update is refused. */
export function admitReally(server: ApiServer, resource: Resource, old: KubeObject, next: KubeObject): KubeObject {
  const { group, version, kind, plural } = resource;
  const { name } = old.metadata;
  const workload = BUILT_IN.stylesOf(group, kind).find(({ style }) => style === 'partition');
  if (workload === undefined) throw new Error(`${kind} has no partition style`);
  const review = {
    uid: '1',
    operation: 'UPDATE',
    group,
    version,
    resource: plural,
    kind,
    subresource: '',
    namespace: server.namespace,
    name,
    username: 'kubectl',
    dryRun: false,
    object: next,
    oldObject: old,
  };
  const rollouts = server.list(ROLLOUTS) as Rollout[];
  const related = relatedOf(server, workload, next);
  const decision = decide(review, { identity: 'sluice', rollouts, related, live: true, namespaceTerminating: false });
  if (decision.is === 'deny') throw new Refusal('Denied', decision.message);
  if (decision.is === 'look-live') throw new Error('a live look asks for another');
  return decision.is === 'patch' ? applied(next, decision.operations) : next;
}
