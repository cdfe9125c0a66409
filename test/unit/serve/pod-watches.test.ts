// Which pods are watched: those of releases under way, once for each workload, and no others.

import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { BATCH_RELEASES, DEPLOYMENTS } from '../../../src/api/resources.ts';
import { Store, type Table } from '../../../src/kube/store.ts';
import type { Watch } from '../../../src/kube/watch-contract.ts';
import { WorkloadTables } from '../../../src/tables/workload-tables.ts';
import { PodWatches } from '../../../src/serve/pod-watches.ts';

let version = 0;
const object = (name: string, rest: object, labels = {}): KubeObject => ({
  metadata: { name, namespace: 'shop', uid: name, labels, resourceVersion: String((version += 1)) },
  ...rest,
});
const release = (name: string, phase = 'Progressing', workload = 'web'): KubeObject =>
  object(name, {
    spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: workload } },
    status: { phase },
  });
const pod = (name: string, status: object, app = 'web'): KubeObject => object(name, { status }, { app });
const waiting = (reason: string) => ({ containerStatuses: [{ name: 'main', state: { waiting: { reason } } }] });

function setUp() {
  const store = new Store();
  const batchReleases = store.define(BATCH_RELEASES);
  const workloads = new WorkloadTables();
  workloads.add(store.define(DEPLOYMENTS));
  store.put(DEPLOYMENTS, object('web', { spec: { selector: { matchLabels: { app: 'web' } } } }));
  const woken: string[] = [];
  const tables: Table[] = [];
  const stopped: Table[] = [];
  const watch = (table: Table): Watch => {
    tables.push(table);
    return { table, status: () => ({}) as never, retry: () => {}, stop: async () => void stopped.push(table) };
  };
  const errors: unknown[] = [];
  const watches = new PodWatches({
    store,
    tables: { batchReleases, workloads },
    watch,
    wake: (key) => woken.push(key),
    onError: (error) => errors.push(error),
  });
  return { store, watches, woken, tables, stopped, errors };
}

describe('pods', () => {
  it('of a release are watched until it is completed', async () => {
    const { store, watches, tables, stopped, errors } = setUp();
    watches.start();
    expect(watches.scopes).toEqual([]);
    store.put(BATCH_RELEASES, release('web'));
    expect(watches.scopes).toEqual([expect.stringMatching(/pods.* shop .*app=web$/)]);
    store.put(BATCH_RELEASES, release('web'));
    expect(tables).toHaveLength(1);
    store.put(BATCH_RELEASES, release('web', 'Completed'));
    expect(watches.scopes).toEqual([]);
    await watches.stop();
    expect(stopped).toEqual(tables);
    expect(errors).toEqual([]);
  });

  it('wake their release when they become ready, fail or go, and not for anything else', () => {
    const { store, watches, tables, woken } = setUp();
    watches.start();
    store.put(BATCH_RELEASES, release('web'));
    const [table] = tables as [Table];
    const steps: [KubeObject, number][] = [
      [pod('a', {}), 1],
      [pod('a', { phase: 'Pending' }), 1],
      [pod('a', waiting('ContainerCreating')), 1],
      [pod('a', waiting('ImagePullBackOff')), 2],
      [pod('a', waiting('ImagePullBackOff')), 2],
      [pod('a', { conditions: [{ type: 'Ready', status: 'True' }] }), 3],
      [pod('b', {}, 'other'), 3],
    ];
    for (const [next, times] of steps) {
      table.put(next);
      expect(woken, JSON.stringify(next['status'])).toEqual(Array.from({ length: times }, () => 'shop/web'));
    }
  });

  it('of one workload are watched once for several releases; nothing is watched without leading', async () => {
    const { store, watches, tables, stopped, woken } = setUp();
    store.put(BATCH_RELEASES, release('one'));
    expect(tables).toEqual([]);
    watches.start();
    store.put(BATCH_RELEASES, release('two'));
    store.put(BATCH_RELEASES, release('three', 'Progressing', 'missing'));
    expect(tables).toHaveLength(1);
    tables[0]?.put(pod('a', {}));
    expect(woken.sort()).toEqual(['shop/one', 'shop/two']);
    store.put(BATCH_RELEASES, release('one', 'Completed'));
    expect(stopped).toEqual([]);
    await watches.stop();
    expect(stopped).toHaveLength(1);
    watches.start();
    expect(tables).toHaveLength(2);
  });
});
