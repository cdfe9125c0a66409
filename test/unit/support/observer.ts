// What gatherers look with, in memory: an API server and tables that may know different things.

import { apiVersionOf, type KubeObject, type Resource } from '../../../src/api/kube.ts';
import { FEATURE_GATES, type Gates } from '../../../src/api/names.ts';
import * as resources from '../../../src/api/resources.ts';
import type { Observer } from '../../../src/gather/observer.ts';
import { Store } from '../../../src/kube/store.ts';
import { PIPES, tablesOf } from '../../../src/pipes/index.ts';
import { defineTables } from '../../../src/tables/tables.ts';
import { BUILT_IN } from '../../../src/workloads/index.ts';
import { MemoryReader } from './memory-reader.ts';

export const UNTIL_DONE = new AbortController().signal;

const RESOURCES: readonly Resource[] = Object.values(resources);
const fail = (error: unknown): never => {
  throw error;
};

export function resourceOf({ apiVersion, kind }: KubeObject): Resource {
  const found = RESOURCES.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
  return found ?? fail(new Error(`no resource for ${kind ?? ''} of ${apiVersion ?? ''}`));
}

export interface Seen {
  /** What the API server has. */
  live: readonly KubeObject[];
  /** What the tables have. */
  known: readonly KubeObject[];
}

export interface MemoryObserver extends Observer {
  reader: MemoryReader;
}

export function observerOf({ live, known }: Seen, parts: Partial<Observer> = {}): MemoryObserver {
  const store = new Store();
  const tables = defineTables(store, BUILT_IN, fail, tablesOf(PIPES));
  store.define(resources.NAMESPACES);
  for (const object of known) store.put(resourceOf(object), { ...object });
  const among = (resource: Resource): KubeObject[] => live.filter((object) => resourceOf(object) === resource);
  const reader = new MemoryReader({
    list: among,
    get: (resource, name, namespace) =>
      among(resource).find(({ metadata }) => metadata.name === name && metadata.namespace === namespace),
  });
  return {
    store,
    tables,
    kinds: BUILT_IN,
    now: () => 0,
    writtenAt: () => ({}),
    rules: { partitionPercentLimit: 50, filterWorkloadType: true },
    gates: Object.fromEntries(FEATURE_GATES.map((gate) => [gate, false])) as Gates,
    ...parts,
    reader,
  };
}
