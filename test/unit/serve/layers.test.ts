// What others do to the admission layers while we lead is undone, event by event.

import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject, KubeObject, Resource } from '../../../src/api/kube.ts';
import {
  MUTATING_POLICIES,
  MUTATING_POLICY_BINDINGS,
  MUTATING_WEBHOOKS,
  VALIDATING_WEBHOOKS,
} from '../../../src/api/resources.ts';
import { parseConfig } from '../../../src/config.ts';
import { policyObjects, webhookObjects } from '../../../src/install/index.ts';
import { OUR_LABELS } from '../../../src/install/options.ts';
import { Store } from '../../../src/kube/store.ts';
import type { ReconcileReport } from '../../../src/runtime/controller.ts';
import { WorkloadTables } from '../../../src/tables/workload-tables.ts';
import { BUILT_IN } from '../../../src/workloads/index.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createLog } from '../../../src/obs/log.ts';
import { createMetrics } from '../../../src/obs/metrics.ts';
import { createLayers, type Layers } from '../../../src/serve/layers.ts';
import { completePolicies, installOptionsOf } from '../../../src/serve/apply-policies.ts';
import { FakeCluster, refusal } from '../cli/fake-cluster.ts';

const config = parseConfig([], {});
const log = createLog('silent');
const options = installOptionsOf(config);
const CONFIGURATION = 'kruise-rollout-mutating-webhook-configuration';
const CONFIGURATIONS: [Resource, string][] = [
  [MUTATING_WEBHOOKS, CONFIGURATION],
  [VALIDATING_WEBHOOKS, 'kruise-rollout-validating-webhook-configuration'],
];
const policyNames = policyObjects(options).map(({ metadata, kind }) => `${kind}/${metadata.name}`);

let cluster: FakeCluster;
let store: Store;
let layers: Layers;
let reports: ReconcileReport[];

/** As the watches would tell it. */
function look(): void {
  for (const table of [...store.tables(), ...layers.tables]) {
    const { plural } = table.resource;
    const items = [...cluster.objects].filter(([key]) => key.startsWith(`${plural}/`)).map(([, object]) => object);
    const wanted = items.filter(({ metadata }) => table.scope.name === undefined || table.scope.name === metadata.name);
    table.replace(wanted, String(1_000 + (version += 1)));
  }
}
let version = 0;

const settled = (key: string, count = 1): Promise<void> =>
  vi.waitFor(() => expect(reports.filter((report) => report.key === key).length).toBeGreaterThanOrEqual(count));

const webhooksIn = (): JsonObject[] => cluster.at(MUTATING_WEBHOOKS, CONFIGURATION)?.['webhooks'] as JsonObject[];
const present = (): string[] =>
  [...cluster.objects.values()]
    .filter(({ kind }) => kind?.includes('AdmissionPolicy'))
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`);

beforeEach(() => {
  cluster = new FakeCluster();
  store = new Store();
  reports = [];
  for (const [resource, name] of CONFIGURATIONS) store.define(resource, { scope: { name } });
  for (const object of webhookObjects({ ...options, caBundle: 'Q0E=' })) cluster.put(object);
  layers = createLayers({
    client: cluster,
    config,
    store,
    tables: { workloads: new WorkloadTables() },
    kinds: BUILT_IN,
    log,
    identity: 'me',
    metrics: createMetrics(),
    clock: systemClock,
    onReport: (report) => reports.push(report),
  });
});

describe('policies', () => {
  it('are all there once a leader has looked', async () => {
    layers.start();
    await settled('policies');
    expect(present().sort()).toEqual([...policyNames].sort());
  });

  it('come back when somebody deletes one, and only that one is written', async () => {
    layers.start();
    await settled('policies');
    look();
    await settled('policies', 2);
    const [first] = cluster.written('create') as [string];
    cluster.writes.length = 0;
    cluster.objects.delete(first);
    look();
    await vi.waitFor(() => expect(cluster.written('create')).toEqual([first]));
  });

  it('get back what somebody changed in them', async () => {
    layers.start();
    await settled('policies');
    const policy = [...cluster.objects.values()].find(({ kind }) => kind === MUTATING_POLICIES.kind) as KubeObject;
    cluster.put({ ...policy, spec: { ...(policy['spec'] as JsonObject), failurePolicy: 'Ignore' } });
    cluster.writes.length = 0;
    look();
    await vi.waitFor(() => expect(cluster.written('patch')).toHaveLength(1));
    const spec = cluster.at(MUTATING_POLICIES, policy.metadata.name)?.['spec'] as JsonObject;
    expect(spec['failurePolicy']).toBe('Fail');
  });

  it('stay as they are while nobody leads', async () => {
    look();
    await Promise.resolve();
    expect(cluster.writes).toEqual([]);
  });

  describe('of an earlier version', () => {
    const name = 'deployments.apps.canary.keep.sluice.dev';
    const left = [MUTATING_POLICY_BINDINGS, MUTATING_POLICIES];
    const keys = left.map(({ plural }) => `${plural}//${name}`);

    beforeEach(() => {
      for (const { group, version, kind } of left)
        cluster.put({ apiVersion: `${group}/${version}`, kind, metadata: { name, labels: { ...OUR_LABELS } } });
    });

    it('go, the binding first, once what does their work has been seen in place', async () => {
      look();
      layers.start();
      await settled('policies');
      expect(cluster.written('delete')).toEqual([]);
      look();
      await vi.waitFor(() => expect(cluster.written('delete')).toEqual(keys));
      expect(present().sort()).toEqual([...policyNames].sort());
    });

    it('stay, and nothing else stops, where the account may not delete them', async () => {
      cluster.intercept = ({ verb }) => (verb === 'delete' ? refusal(403, 'Forbidden', 'no right') : undefined);
      look();
      layers.start();
      await settled('policies');
      look();
      await settled('policies', 2);
      expect(reports.filter(({ key }) => key === 'policies').map(({ error }) => error)).toEqual(
        reports.filter(({ key }) => key === 'policies').map(() => undefined),
      );
      expect(present()).toContain(`MutatingAdmissionPolicy/${name}`);
    });

    it('of somebody else stay', async () => {
      for (const { group, version, kind } of left)
        cluster.put({ apiVersion: `${group}/${version}`, kind, metadata: { name, labels: {} } });
      layers.start();
      await settled('policies');
      look();
      await settled('policies', 2);
      expect(cluster.written('delete')).toEqual([]);
    });
  });

  it('do not exist where the API server has none', async () => {
    cluster.unserved.add(MUTATING_POLICIES.plural);
    layers.start();
    await settled('policies');
    expect(cluster.writes).toEqual([]);
  });

  it('are completed by a replica that does not lead, which changes none', async () => {
    const [policy] = policyObjects(options) as [KubeObject];
    cluster.put({ ...policy, spec: { of: 'another version' } });
    await completePolicies(cluster, config, BUILT_IN, log);
    expect(present().sort()).toEqual([...policyNames].sort());
    expect(cluster.written('patch')).toEqual([]);
  });
});

describe('webhook configurations', () => {
  const change = (webhooks: JsonObject[]): void => {
    const object = cluster.at(MUTATING_WEBHOOKS, CONFIGURATION) as KubeObject;
    cluster.put({ ...object, webhooks });
    look();
  };

  beforeEach(async () => {
    layers.start();
    await settled('policies');
    look();
    await settled('webhooks', 2);
    cluster.writes.length = 0;
  });

  it('are not written when nothing differs', async () => {
    look();
    await settled('webhooks', 2);
    expect(cluster.writes).toEqual([]);
  });

  it('get their rules and missing webhooks back, with the bundle that the others have', async () => {
    const [first, second, ...others] = webhooksIn() as [JsonObject, JsonObject];
    change([{ ...second, rules: [] }, ...others]);
    await vi.waitFor(() => expect(cluster.written('patch')).toHaveLength(1));
    expect(webhooksIn()).toEqual([first, second, ...others]);
  });

  it('keep what administrators set, and their own webhooks', async () => {
    const theirs: JsonObject = { name: 'theirs.example.com' };
    const [first, ...others] = webhooksIn() as [JsonObject];
    const slow: JsonObject = { ...first, timeoutSeconds: 1, namespaceSelector: { matchLabels: { try: 'sluice' } } };
    change([theirs, { ...slow, rules: [] }, ...others]);
    await vi.waitFor(() => expect(cluster.written('patch')).toHaveLength(1));
    expect(webhooksIn()).toEqual([{ ...slow, rules: first['rules'] }, ...others, theirs]);
  });

  it('are looked at again when somebody else wrote in between', async () => {
    let conflicts = 0;
    cluster.intercept = () => ((conflicts += 1) === 1 ? refusal(409, 'Conflict', 'modified') : undefined);
    change([]);
    await settled('webhooks', 3);
    expect(cluster.writes).toEqual([]);
    change((webhookObjects(options)[0]?.['webhooks'] as JsonObject[]).slice(1));
    await vi.waitFor(() => expect(cluster.written('patch')).toHaveLength(1));
    expect(conflicts).toBe(2);
  });
});
