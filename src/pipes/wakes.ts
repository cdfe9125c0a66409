// Words for what wakes a pipe: itself, a workload, an object of the traffic.

import { groupOf, type KubeObject, type Resource } from '../api/kube.ts';
import { keyOf } from '../api/object-key.ts';
import { namespaceOf, trafficKey, workloadKey } from '../tables/keys.ts';
import type { Tables } from '../tables/tables.ts';
import { stableNameOf } from '../workloads/canary-deployment.ts';
import type { Wake } from './pipe.ts';

type KeysOf = (key: string, tables: Tables) => Iterable<string>;

export const keysOf = (objects: readonly KubeObject[]): string[] => objects.map(keyOf);

/** The object whose key it is. */
export const itself = (on: Resource): Wake => ({ on, keys: (object) => [keyOf(object)] });

/** Whatever happens to a workload or to what keeps its revisions, by the key of the workload. */
export const workloads = (keys: KeysOf): Wake[] => [
  { on: 'workloads', keys: (object, tables, resource) => keys(keyOfWorkload(resource, object), tables) },
  { on: 'revisions', keys: (object, tables) => ownersOf(tables, object).flatMap((key) => [...keys(key, tables)]) },
];

/** A Service or a route, by its traffic key. */
export const traffic = (keys: KeysOf): Wake => ({
  on: 'traffic',
  keys: (object, tables, { plural }) => keys(trafficKey(plural, namespaceOf(object), object.metadata.name), tables),
});

/** A canary Deployment stands for the stable one that it belongs to. */
const keyOfWorkload = ({ group, kind }: Resource, object: KubeObject): string =>
  workloadKey(namespaceOf(object), group, kind, stableNameOf(object) ?? object.metadata.name);

function ownersOf(tables: Tables, object: KubeObject): string[] {
  return (object.metadata.ownerReferences ?? []).flatMap((owner) => {
    const table = tables.workloads.get(groupOf(owner.apiVersion), owner.kind);
    if (owner.controller !== true || table === undefined) return [];
    const workload = table.get(namespaceOf(object), owner.name);
    const stand = workload ?? { metadata: { name: owner.name, namespace: namespaceOf(object) } };
    return [keyOfWorkload(table.resource, stand)];
  });
}
