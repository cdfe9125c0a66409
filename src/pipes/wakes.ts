// Words for what wakes a pipe: itself, a workload, an object of the traffic.

import { groupOf, type KubeObject, type Resource } from '../api/kube.ts';
import { LABEL } from '../api/names.ts';
import { keyOf } from '../api/object-key.ts';
import { labelValue } from '../lib/label-value.ts';
import { namespaceOf, trafficKey, workloadKey } from '../tables/keys.ts';
import type { Tables } from '../tables/tables.ts';
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
  workloadKey(namespaceOf(object), group, kind, nameOfStable(object) ?? object.metadata.name);

/** A name that is too long for a label is shortened there, and whole in what the canary is called. */
function nameOfStable({ metadata }: KubeObject): string | undefined {
  const told = metadata.labels?.[LABEL.canaryDeployment];
  const whole = metadata.name.slice(0, metadata.name.lastIndexOf('-'));
  return told !== undefined && labelValue(whole) === told ? whole : told;
}

function ownersOf(tables: Tables, object: KubeObject): string[] {
  return (object.metadata.ownerReferences ?? []).flatMap((owner) => {
    const table = tables.workloads.get(groupOf(owner.apiVersion), owner.kind);
    if (owner.controller !== true || table === undefined) return [];
    const workload = table.get(namespaceOf(object), owner.name);
    const stand = workload ?? { metadata: { name: owner.name, namespace: namespaceOf(object) } };
    return [keyOfWorkload(table.resource, stand)];
  });
}
