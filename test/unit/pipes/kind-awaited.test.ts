// A Rollout of a kind that is only being learned: nothing is concluded from a workload that cannot be seen yet.

import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject, Resource } from '../../../src/api/kube.ts';
import { FEATURE_GATES, type Gates } from '../../../src/api/names.ts';
import { ROLLOUTS } from '../../../src/api/resources.ts';
import type { Observer } from '../../../src/gather/observer.ts';
import type { Reader } from '../../../src/kube/port.ts';
import type { Action } from '../../../src/objects/actions.ts';
import { Store } from '../../../src/kube/store.ts';
import { wakeOnChanges } from '../../../src/pipes/wake-on-changes.ts';
import { PIPES, tablesOf } from '../../../src/pipes/index.ts';
import { ROLLOUT } from '../../../src/pipes/rollout.ts';
import { reconcilerOf } from '../../../src/pipes/run.ts';
import { AnnouncedWaits } from '../../../src/pipes/announced-waits.ts';
import { defineWorkloads } from '../../../src/tables/shared.ts';
import { defineTables, type Tables } from '../../../src/tables/tables.ts';
import { WORKLOADS } from '../../../src/workloads/index.ts';
import { Kinds } from '../../../src/workloads/kinds.ts';

const TOYS: Resource = { group: 'toys.example.com', version: 'v1', plural: 'toys', kind: 'Toy', namespaced: true };
const rollout: KubeObject = {
  apiVersion: 'rollouts.kruise.io/v1beta1',
  kind: 'Rollout',
  metadata: {
    name: 'shop',
    namespace: 'toys',
    uid: 'u',
    resourceVersion: '7',
    finalizers: ['rollouts.kruise.io/rollout'],
  },
  spec: {
    workloadRef: { apiVersion: 'toys.example.com/v1', kind: 'Toy', name: 'shop' },
    strategy: { canary: { steps: [{ replicas: '50%' }, { replicas: '100%' }] } },
  },
  status: {
    phase: 'Healthy',
    canaryStatus: {
      canaryRevision: 'shop-2',
      stableRevision: 'shop-1',
      currentStepIndex: 2,
      currentStepState: 'Completed',
    },
    conditions: [{ type: 'Progressing', status: 'False', reason: 'Completed', message: 'done' }],
  },
};
const fail = (error: unknown): never => {
  throw error;
};

let store: Store;
let kinds: Kinds;
let tables: Tables;
let woken: string[];
let written: Action[];

beforeEach(() => {
  store = new Store();
  kinds = new Kinds(WORKLOADS);
  tables = defineTables(store, kinds, fail, tablesOf(PIPES));
  woken = [];
  written = [];
  wakeOnChanges(PIPES, tables, (pipe, key) => {
    if (pipe === ROLLOUT.name) woken.push(key);
  });
  store.put(ROLLOUTS, rollout);
  woken.length = 0;
});

async function look(filterWorkloadType = false): Promise<Action[]> {
  const observer: Observer = {
    reader: {} as Reader,
    store,
    tables,
    kinds,
    now: () => 0,
    writtenAt: () => ({}),
    rules: { partitionPercentLimit: 50, filterWorkloadType },
    gates: Object.fromEntries(FEATURE_GATES.map((gate) => [gate, true])) as Gates,
  };
  const performer = {
    apply: (actions: readonly Action[]) => (written.push(...actions), Promise.resolve({})),
    event: () => undefined,
    log: () => undefined,
  };
  await reconcilerOf(ROLLOUT, { observer, performer, announcedWaits: new AnnouncedWaits() }).reconcile(
    'toys/shop',
    AbortSignal.timeout(1_000),
  );
  return written;
}

describe('a Rollout of a kind that is only being learned', () => {
  test('keeps its record until the kind is known', async () => {
    expect(await look()).toEqual([]);
  });

  test('and until the table of the kind is complete', async () => {
    kinds.learn(TOYS);
    defineWorkloads(store, kinds, TOYS, fail);
    expect(await look()).toEqual([]);
  });

  test('is woken when the table is complete', () => {
    kinds.learn(TOYS);
    tables.workloads.add(defineWorkloads(store, kinds, TOYS, fail));
    expect(woken).toEqual(['toys/shop']);
  });

  test('is woken once, and told, when the cluster has no such kind', async () => {
    tables.workloads.noteAbsent('toys.example.com', 'Toy');
    tables.workloads.noteAbsent('toys.example.com', 'Toy');
    expect(woken).toEqual(['toys/shop']);
    expect(JSON.stringify(await look())).toContain('Toy');
  });

  test('is told at once where kinds are not learned', async () => {
    expect(JSON.stringify(await look(true))).toContain('Toy');
  });
});
