// The hold as it really is: the decision of the webhook with a live look, and its operations applied.

import type { JsonObject, KubeObject, Resource } from '../../../../../src/api/kube.ts';
import { holdJudge } from '../../../../../src/core/admission/judges/hold.ts';
import { snapshotOf } from '../../../../../src/gather/admission.ts';
import type { PatchOperation } from '../../../../../src/lib/json-patch.ts';
import { BUILT_IN } from '../../../../../src/workloads/index.ts';
import { Refusal, type ApiServer } from './api-server.ts';
import { ModelClient } from './client.ts';
import { RULES, SLUICE } from './controller.ts';
import { ToldTables } from './tables.ts';

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
    groups: [],
    dryRun: false,
    object: next,
    oldObject: old,
  };
  const seen = snapshotOf(
    {
      ...new ToldTables(server),
      ...{ reader: new ModelClient(server), kinds: BUILT_IN, rules: RULES, identity: SLUICE },
      absence: () => 'known',
    },
    review,
    [holdJudge],
  );
  // Tables that have just been listed are as good as a live look.
  const decision = holdJudge.judge(review, { ...seen, live: true }, 0);
  if (decision.is === 'deny') throw new Refusal('Denied', decision.message);
  if (decision.is === 'asks') throw new Error('a live look asks for another');
  return decision.is === 'patch' ? applied(next, decision.operations) : next;
}
