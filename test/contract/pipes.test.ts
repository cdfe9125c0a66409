// What every pipe must keep to, whatever it reconciles. A new one is in here by its line in the registry; one whose objects
// need more than a name and an empty spec says so in SAMPLES.

import { describe, expect, it } from 'vitest';
import { apiVersionOf, type KubeObject, type Resource, type Strings } from '../../src/api/kube.ts';
import { FEATURE_GATES, type Gates } from '../../src/api/names.ts';
import {
  BATCH_RELEASES,
  DEPLOYMENTS,
  NAMESPACES,
  ROLLOUT_HISTORIES,
  ROLLOUTS,
  TRAFFIC_ROUTINGS,
} from '../../src/api/resources.ts';
import { parseConfig } from '../../src/config.ts';
import type { Observer } from '../../src/gather/observer.ts';
import { accountObjects, DEFAULT_OPTIONS } from '../../src/install/index.ts';
import type { PolicyRule } from '../../src/install/rbac.ts';
import type { Reader } from '../../src/kube/port.ts';
import { Store } from '../../src/kube/store.ts';
import type { Action } from '../../src/objects/actions.ts';
import { wakeOnChanges } from '../../src/pipes/wake-on-changes.ts';
import { PIPES, PIPE_RIGHTS, switchedOn, tablesOf } from '../../src/pipes/index.ts';
import type { Pipe } from '../../src/pipes/pipe.ts';
import { reconcilerOf } from '../../src/pipes/run.ts';
import { AnnouncedWaits } from '../../src/pipes/announced-waits.ts';
import { defineTables, eachTable, type Tables } from '../../src/tables/tables.ts';
import { BUILT_IN } from '../../src/workloads/index.ts';

const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'web:2' }] } };
const partition = JSON.stringify({ rollingStyle: 'Partition', partition: '50%' });

/** Beside name, namespace, uid and version. */
const SAMPLES: readonly [Resource, { labels?: Strings; annotations?: Strings; spec: object }][] = [
  [ROLLOUTS, { spec: { workloadRef, strategy: { canary: { steps: [{ replicas: '50%' }, { replicas: '100%' }] } } } }],
  [BATCH_RELEASES, { spec: { workloadRef, releasePlan: { batches: [{ canaryReplicas: '50%' }] } } }],
  [TRAFFIC_ROUTINGS, { spec: { objectRef: [{ service: 'web', ingress: { name: 'web' } }], strategy: {} } }],
  [ROLLOUT_HISTORIES, { labels: { 'rollouts.kruise.io/rollout-name': 'web' }, spec: {} }],
  [
    DEPLOYMENTS,
    {
      annotations: { 'rollouts.kruise.io/deployment-strategy': partition },
      spec: {
        replicas: 4,
        paused: true,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: { app: 'web' } },
        template,
      },
    },
  ],
];

function sample(resource: Resource): KubeObject {
  const { spec, ...marks } = SAMPLES.find(([one]) => one === resource)?.[1] ?? { spec: {} };
  const { kind } = resource;
  const metadata = { name: 'web', namespace: 'shop', uid: `uid-${kind}`, resourceVersion: '1' };
  return {
    apiVersion: apiVersionOf(resource),
    kind,
    metadata: { ...metadata, ...marks },
    spec,
  };
}

const gates = (on: boolean): Gates => Object.fromEntries(FEATURE_GATES.map((gate) => [gate, on])) as Gates;
const fail = (error: unknown): never => {
  throw error;
};

interface World {
  store: Store;
  tables: Tables;
  /** `pipe key` */
  woken: Set<string>;
}

/** With one object in every table. */
function world(pipes: readonly Pipe[] = PIPES): World {
  const store = new Store();
  store.define(NAMESPACES);
  const tables = defineTables(store, BUILT_IN, fail, tablesOf(pipes));
  const woken = new Set<string>();
  wakeOnChanges(pipes, tables, (pipe, key) => woken.add(`${pipe} ${key}`));
  for (const { resource } of tables.all) store.put(resource, sample(resource));
  return { store, tables, woken };
}

const rules = accountObjects({ ...DEFAULT_OPTIONS, endpoint: { url: 'https://127.0.0.1:9876' } }, PIPE_RIGHTS)
  .filter(({ kind }) => kind === 'ClusterRole')
  .flatMap((role) => (role['rules'] ?? []) as PolicyRule[]);
const mayDo = (verb: string, group: string, resource: string): boolean =>
  rules.some(
    ({ apiGroups, resources, resourceNames, verbs }) =>
      resourceNames === undefined &&
      apiGroups.includes(group) &&
      resources.includes(resource) &&
      (verbs as string[]).includes(verb),
  );

describe('the registry of pipes', () => {
  it('has no name twice', () => {
    const names = PIPES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([true, false])('has a table for whatever wakes a pipe, with the gates on: %s', (on) => {
    const pipes = switchedOn(gates(on));
    const { tables } = world(pipes);
    for (const { wakes } of pipes) {
      for (const wake of wakes) {
        const found: Resource[] = [];
        eachTable(tables, wake.on, ({ resource }) => found.push(resource));
        expect(found.length, JSON.stringify(wake.on)).toBeGreaterThan(0);
      }
    }
  });

  it('watches nothing for a pipe whose gate is off', () => {
    const gated = PIPES.filter(({ gate }) => gate !== undefined);
    const { tables } = world(switchedOn(gates(false)));
    const watched = tables.all.map(({ resource }) => resource);
    for (const { resource } of tablesOf(gated)) expect(watched).not.toContain(resource);
  });

  it.each([
    ['deployment', 'AdvancedDeployment'],
    ['rollouthistory', 'RolloutHistory'],
  ])('runs %s only with %s', (name, gate) => {
    const names = (on: Gates): string[] => switchedOn(on).map((pipe) => pipe.name);
    expect(names(gates(true))).toContain(name);
    expect(names({ ...gates(true), [gate]: false })).not.toContain(name);
  });

  it('lets our account watch every table', () => {
    for (const { resource } of world().tables.all) {
      const { group, plural } = resource;
      for (const verb of ['get', 'list', 'watch']) expect(mayDo(verb, group, plural), `${verb} ${plural}`).toBe(true);
    }
  });
});

/** What the tables have, whole, as the API server would answer. */
const readerOf = (store: Store): Reader =>
  ({
    get: ({ resource, namespace, name }: Parameters<Reader['get']>[0]) =>
      Promise.resolve(store.find(resource)?.get(namespace, name) && sample(resource)),
    list: (resource: Resource) =>
      Promise.resolve({ items: (store.find(resource)?.list() ?? []).map(() => sample(resource)) }),
  }) as unknown as Reader;

async function writesOf(pipe: Pipe): Promise<Action[]> {
  const { store, tables } = world();
  const observer: Observer = {
    reader: readerOf(store),
    store,
    tables,
    kinds: BUILT_IN,
    now: () => Date.parse('2026-11-30T12:00:00Z'),
    writtenAt: () => ({}),
    rules: parseConfig([]).rules,
    gates: gates(true),
  };
  const written: Action[] = [];
  const performer = {
    apply: (actions: readonly Action[]) => (written.push(...actions), Promise.resolve({})),
    event: () => undefined,
    log: () => undefined,
  };
  const { reconcile } = reconcilerOf(pipe, { observer, performer, announcedWaits: new AnnouncedWaits() });
  for (const key of pipe.all(tables)) await reconcile(key, AbortSignal.timeout(5_000));
  return written;
}

describe.each(PIPES.map((pipe) => [pipe.name, pipe] as const))('pipe %s', (name, pipe) => {
  it('is woken by whatever a new leader would give it', () => {
    const { tables, woken } = world();
    const keys = [...pipe.all(tables)];
    expect(keys).not.toEqual([]);
    for (const key of keys) expect(woken).toContain(`${name} ${key}`);
  });

  it('is woken when its objects go', () => {
    const { store, tables, woken } = world();
    const keys = [...pipe.all(tables)].map((key) => `${name} ${key}`);
    for (const { resource } of pipe.tables) {
      woken.clear();
      const { metadata } = sample(resource);
      store.removed({ resource, namespace: 'shop', name: 'web' }, metadata.uid ?? '');
      expect([...woken]).toEqual(expect.arrayContaining(keys));
    }
  });

  it('has no table that another one has', () => {
    const others = tablesOf(PIPES.filter((one) => one !== pipe)).map(({ resource }) => resource);
    for (const { resource } of pipe.tables) expect(others).not.toContain(resource);
  });

  it('may do what it does', async () => {
    for (const { do: verb, target, ...action } of await writesOf(pipe)) {
      const { group, plural } = target.resource;
      const resource = 'subresource' in action ? `${plural}/${action.subresource}` : plural;
      expect(mayDo(verb, group, resource), `${verb} ${resource}: ${action.why}`).toBe(true);
    }
  });

  it('has a flag for its workers', () => {
    const { setting, byDefault } = pipe.workers;
    expect(parseConfig([]).workers[setting]).toBe(byDefault);
    expect(parseConfig([`--${setting.toLowerCase()}-workers=7`]).workers[setting]).toBe(7);
  });
});

const WRITING = ['rollout', 'batchrelease', 'workload', 'trafficrouting', 'deployment'];

describe('the samples', () => {
  it('give these pipes something to write, so that rights are looked at', async () => {
    const writing = await Promise.all(
      PIPES.map(async (pipe) => ((await writesOf(pipe)).length > 0 ? [pipe.name] : [])),
    );
    expect(writing.flat()).toEqual(expect.arrayContaining(WRITING));
  });
});
