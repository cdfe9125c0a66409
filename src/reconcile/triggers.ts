// Which keys a change of an object wakes. Everything that a plan reads is mapped here to the plans that read it; nothing is
// re-checked by time.

import { groupOf, type KubeObject } from '../api/kube.ts';
import { LABEL } from '../api/names.ts';
import { keyOf } from '../api/object-key.ts';
import type { BatchRelease } from '../api/batch-release.ts';
import type { Rollout } from '../api/rollout.ts';
import { trafficRoutingRefOf, workloadRefOf } from '../api/rollout-view.ts';
import type { Table } from '../kube/store.ts';
import { INDEX, keyOfRef, trafficKey, workloadKey, type Tables } from './tables.ts';

export interface Wakers {
  rollout(key: string): void;
  batchRelease(key: string): void;
  workload(key: string): void;
  trafficRouting(key: string): void;
}

const namespaceOf = (object: KubeObject): string => object.metadata.namespace ?? '';

const each = (table: Table, handle: (object: KubeObject) => void): void => {
  table.onChange((before, after) => {
    for (const object of new Set([before, after])) if (object !== undefined) handle(object);
  });
};

export function connect(tables: Tables, wake: Wakers): void {
  connectOurs(tables, wake);
  connectWorkloads(tables, wake);
  for (const table of tables.traffic) {
    each(table, (object) => {
      const key = trafficKey(table.resource.plural, namespaceOf(object), object.metadata.name);
      for (const rollout of tables.rollouts.by(INDEX.traffic, key)) wake.rollout(keyOf(rollout));
      for (const routing of tables.trafficRoutings.by(INDEX.traffic, key)) wake.trafficRouting(keyOf(routing));
    });
  }
}

function connectOurs(tables: Tables, wake: Wakers): void {
  each(tables.rollouts, (object) => {
    wake.rollout(keyOf(object));
    const key = keyOfRef(namespaceOf(object), workloadRefOf(object as Rollout));
    // Which Rollout governs may have changed for the others as well.
    for (const sibling of tables.rollouts.by(INDEX.workload, key)) wake.rollout(keyOf(sibling));
    wake.workload(key);
    for (const routing of sharedBy(tables, object)) wake.trafficRouting(routing);
  });
  each(tables.trafficRoutings, (object) => {
    wake.trafficRouting(keyOf(object));
    for (const rollout of tables.rollouts.by(INDEX.shared, keyOf(object))) wake.rollout(keyOf(rollout));
  });
  each(tables.batchReleases, (object) => {
    wake.batchRelease(keyOf(object));
    // By name, not by owner: a Rollout also waits for a foreign one of its name to go.
    wake.rollout(keyOf(object));
    const key = keyOfRef(namespaceOf(object), (object as BatchRelease).spec.workloadRef);
    // One that waits for another to let go of the workload.
    for (const sibling of tables.batchReleases.by(INDEX.workload, key)) wake.batchRelease(keyOf(sibling));
    wake.workload(key);
  });
}

function connectWorkloads(tables: Tables, wake: Wakers): void {
  /** Everything that reads the workload with this key. */
  const wakeReaders = (key: string): void => {
    for (const rollout of tables.rollouts.by(INDEX.workload, key)) wake.rollout(keyOf(rollout));
    for (const release of tables.batchReleases.by(INDEX.workload, key)) wake.batchRelease(keyOf(release));
    wake.workload(key);
  };
  /** Rollouts may have named a kind before it was known. */
  const wakeRollouts = (): void => tables.rollouts.list().forEach((rollout) => wake.rollout(keyOf(rollout)));
  tables.workloads.each((table) => {
    each(table, (object) => wakeReaders(keyOfWorkload(table, object)));
    wakeRollouts();
  });
  tables.workloads.onAbsent(wakeRollouts);
  for (const table of tables.revisions) {
    each(table, (object) => {
      for (const key of ownersOf(tables, object)) wakeReaders(key);
    });
  }
}

/** The TrafficRouting that the Rollout names, and those that still show its share. */
function sharedBy(tables: Tables, rollout: KubeObject): Set<string> {
  const name = trafficRoutingRefOf(rollout);
  const named = name === '' ? [] : [`${namespaceOf(rollout)}/${name}`];
  return new Set([...named, ...tables.trafficRoutings.by(INDEX.users, keyOf(rollout)).map(keyOf)]);
}

/** A canary Deployment stands for the stable one that it belongs to. */
const keyOfWorkload = (table: Table, object: KubeObject): string => {
  const name = object.metadata.labels?.[LABEL.canaryDeployment] ?? object.metadata.name;
  return workloadKey(namespaceOf(object), table.resource.group, table.resource.kind, name);
};

function ownersOf(tables: Tables, object: KubeObject): string[] {
  return (object.metadata.ownerReferences ?? []).flatMap((owner) => {
    const table = tables.workloads.get(groupOf(owner.apiVersion), owner.kind);
    if (owner.controller !== true || table === undefined) return [];
    const workload = table.get(namespaceOf(object), owner.name);
    const stand = workload ?? { metadata: { name: owner.name, namespace: namespaceOf(object) } };
    return [keyOfWorkload(table, stand)];
  });
}
