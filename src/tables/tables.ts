// What the process watches for its controllers and for admission: the tables that pipes state, and the shared ones. Deciders
// read projected objects; whatever is copied is read live instead.

import type { Resource } from '../api/kube.ts';
import { BATCH_RELEASES, ROLLOUTS, TRAFFIC_ROUTINGS } from '../api/resources.ts';
import type { Store, Table, TableOptions } from '../kube/store.ts';
import type { Kinds } from '../workloads/kinds.ts';
import { defineRevisions, defineTraffic, defineWorkloads } from './shared.ts';
import { WorkloadTables } from './workload-tables.ts';

/** A table as a pipe states it. */
export interface TableSpec extends Pick<TableOptions, 'project' | 'indexes'> {
  resource: Resource;
}

/** Several tables by one name; which ones they are follows from a registry. */
export type Family = 'workloads' | 'revisions' | 'traffic';

export interface Tables {
  rollouts: Table;
  batchReleases: Table;
  /** ReplicaSets, ControllerRevisions: whatever keeps the revisions of workloads. */
  revisions: Table[];
  trafficRoutings: Table;
  workloads: WorkloadTables;
  /** Services and route objects: only that they changed matters, so little of them is kept. */
  traffic: Table[];
  all: Table[];
  /** The table of a resource that some pipe states, or that is shared. */
  of(resource: Resource): Table;
}

export function defineTables(
  store: Store,
  kinds: Kinds,
  onError: (error: unknown) => void,
  specs: readonly TableSpec[],
): Tables {
  const own = specs.map(({ resource, ...options }) => store.define(resource, { ...options, onError }));
  const revisions = defineRevisions(store, kinds, onError);
  const workloads = new WorkloadTables();
  for (const resource of kinds.resources) workloads.add(defineWorkloads(store, kinds, resource, onError));
  const traffic = defineTraffic(store, onError);
  return {
    rollouts: store.table(ROLLOUTS),
    batchReleases: store.table(BATCH_RELEASES),
    revisions,
    trafficRoutings: store.table(TRAFFIC_ROUTINGS),
    workloads,
    traffic,
    all: [...own, ...revisions, ...workloads.values(), ...traffic],
    of: (resource) => store.table(resource),
  };
}

/** Those there are, and those that join. */
export function eachTable(tables: Tables, source: Resource | Family, listener: (table: Table) => void): void {
  if (typeof source !== 'string') listener(tables.of(source));
  else if (source === 'workloads') tables.workloads.each(listener);
  else tables[source].forEach(listener);
}
