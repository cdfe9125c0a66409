import { labelValue } from '../../../src/lib/label-value.ts';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import {
  BATCH_RELEASES,
  DEPLOYMENTS,
  INGRESSES,
  REPLICA_SETS,
  ROLLOUTS,
  SERVICES,
  TRAFFIC_ROUTINGS,
} from '../../../src/api/resources.ts';
import { parseConfig } from '../../../src/config.ts';
import { Store } from '../../../src/kube/store.ts';
import { BUILT_IN } from '../../../src/workloads/index.ts';
import { wakeOnChanges } from '../../../src/pipes/wake-on-changes.ts';
import { switchedOn, tablesOf } from '../../../src/pipes/index.ts';
import { defineTables } from '../../../src/tables/tables.ts';

const meta = (name: string, extra: object = {}) => ({
  name,
  namespace: 'shop',
  uid: `uid-${name}`,
  resourceVersion: '1',
  ...extra,
});
const owner = (kind: string, apiVersion: string, name: string) => [
  { apiVersion, kind, name, uid: `uid-${name}`, controller: true },
];

const rollout: KubeObject = {
  apiVersion: 'rollouts.kruise.io/v1beta1',
  kind: 'Rollout',
  metadata: meta('web'),
  spec: {
    workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    strategy: { canary: { steps: [], trafficRoutings: [{ service: 'web', ingress: { name: 'entry' } }] } },
  },
};
const release: KubeObject = {
  apiVersion: 'rollouts.kruise.io/v1beta1',
  kind: 'BatchRelease',
  metadata: meta('web', { ownerReferences: owner('Rollout', 'rollouts.kruise.io/v1beta1', 'web') }),
  spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, releasePlan: {} },
};
const deployment = (name: string, labels = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: meta(name, { labels }),
  spec: { replicas: 1, template: {} },
});

const lane = (extra: object = {}): KubeObject => ({
  metadata: meta('lane', extra),
  spec: { objectRef: [{ service: 'shared', ingress: { name: 'gate' } }], strategy: {} },
});

const SAID: Record<string, string> = { batchrelease: 'release', trafficrouting: 'routing' };

function world() {
  const store = new Store();
  const woken: string[] = [];
  const fail = (error: unknown): never => {
    throw error;
  };
  const pipes = switchedOn(parseConfig([]).featureGates);
  const tables = defineTables(store, BUILT_IN, fail, tablesOf(pipes));
  wakeOnChanges(pipes, tables, (pipe, key) => woken.push(`${SAID[pipe] ?? pipe} ${key}`));
  store.put(ROLLOUTS, rollout);
  store.put(BATCH_RELEASES, release);
  store.put(DEPLOYMENTS, deployment('web'));
  woken.length = 0;
  return { store, woken };
}

describe('which keys a change wakes', () => {
  test('X27: a BatchRelease that is gone wakes its Rollout at once, not at some later look', () => {
    const { store, woken } = world();
    store.removed({ resource: BATCH_RELEASES, namespace: 'shop', name: 'web' }, 'uid-web');
    expect(woken).toContain('rollout shop/web');
  });

  test('a BatchRelease that is gone wakes the one that waits for its workload', () => {
    const { store, woken } = world();
    store.put(BATCH_RELEASES, { ...release, metadata: meta('again') });
    woken.length = 0;
    store.removed({ resource: BATCH_RELEASES, namespace: 'shop', name: 'web' }, 'uid-web');
    expect(woken).toContain('release shop/again');
  });

  test('a foreign BatchRelease of the same name wakes the Rollout that waits for it to go', () => {
    const { store, woken } = world();
    const metadata = meta('web', { uid: 'uid-foreign', resourceVersion: '2' });
    store.put(BATCH_RELEASES, { ...release, metadata });
    woken.length = 0;
    store.removed({ resource: BATCH_RELEASES, namespace: 'shop', name: 'web' }, 'uid-foreign');
    expect(woken).toContain('rollout shop/web');
  });

  test('a workload wakes its Rollout, its BatchRelease and its own enrolment', () => {
    const { store, woken } = world();
    store.put(DEPLOYMENTS, { ...deployment('web'), metadata: meta('web', { resourceVersion: '2' }) });
    expect([...new Set(woken)]).toEqual(['rollout shop/web', 'release shop/web', 'workload shop/apps/Deployment/web']);
  });

  test('a canary Deployment and its ReplicaSet stand for the workload they belong to', () => {
    const { store, woken } = world();
    store.put(DEPLOYMENTS, deployment('web-bc12d', { 'rollouts.kruise.io/canary-deployment': 'web' }));
    expect(woken).toContain('release shop/web');
    woken.length = 0;
    const ownerReferences = owner('Deployment', 'apps/v1', 'web-bc12d');
    store.put(REPLICA_SETS, { metadata: meta('web-bc12d-1', { ownerReferences }), spec: { replicas: 1 } });
    expect(woken).toContain('release shop/web');
  });

  test('case 13: so does the canary of a Deployment whose name is too long for a label', () => {
    const { store, woken } = world();
    const long = 'w'.repeat(71);
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', name: long };
    store.put(BATCH_RELEASES, { metadata: meta('web'), spec: { workloadRef: ref } });
    woken.length = 0;
    store.put(DEPLOYMENTS, deployment(`${long}-bc12d`, { 'rollouts.kruise.io/canary-deployment': labelValue(long) }));
    expect(woken).toContain(`workload shop/apps/Deployment/${long}`);
  });

  test.each([
    ['Service', SERVICES, 'web'],
    ['canary Service', SERVICES, 'web-canary'],
    ['Ingress', INGRESSES, 'entry'],
    ['canary Ingress', INGRESSES, 'entry-canary'],
  ])('drift of the %s wakes the Rollout that names it', (_, resource, name) => {
    const { store, woken } = world();
    store.put(resource, { metadata: meta(name) });
    expect(woken).toEqual(['rollout shop/web']);
  });

  test('S3-2: a TrafficRouting and the Rollouts that name it wake each other, by field and by annotation', () => {
    const { store, woken } = world();
    const strategy = { canary: { steps: [], trafficRoutingRef: 'lane' } };
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none' };
    const annotations = { 'rollouts.kruise.io/trafficrouting': 'lane' };
    store.put(ROLLOUTS, { metadata: meta('field'), spec: { workloadRef, strategy } });
    store.put(ROLLOUTS, { metadata: meta('annotated', { annotations }), spec: { workloadRef, strategy: {} } });
    expect(woken.filter((key) => key === 'routing shop/lane')).toHaveLength(2);
    woken.length = 0;
    store.put(TRAFFIC_ROUTINGS, lane());
    expect(woken).toEqual(['routing shop/lane', 'rollout shop/field', 'rollout shop/annotated']);
  });

  test('a Rollout that is gone wakes the TrafficRouting that still shows its share', () => {
    const { store, woken } = world();
    store.put(TRAFFIC_ROUTINGS, lane({ finalizers: ['progressing.rollouts.kruise.io/web'] }));
    woken.length = 0;
    store.removed({ resource: ROLLOUTS, namespace: 'shop', name: 'web' }, 'uid-web');
    expect(woken).toContain('routing shop/lane');
  });

  test.each([
    ['Service', SERVICES, 'shared'],
    ['Ingress', INGRESSES, 'gate'],
    ['canary Ingress', INGRESSES, 'gate-canary'],
  ])('drift of the %s wakes the TrafficRouting that names it', (_, resource, name) => {
    const { store, woken } = world();
    store.put(TRAFFIC_ROUTINGS, lane());
    woken.length = 0;
    store.put(resource, { metadata: meta(name) });
    expect(woken).toEqual(['routing shop/lane']);
  });

  test('objects that no Rollout names wake nobody but themselves', () => {
    const { store, woken } = world();
    store.put(SERVICES, { metadata: meta('elsewhere') });
    store.put(DEPLOYMENTS, deployment('elsewhere'));
    expect(woken).toEqual(['workload shop/apps/Deployment/elsewhere']);
  });

  test('a Rollout pointed elsewhere wakes the enrolment of both workloads', () => {
    const { store, woken } = world();
    const spec = {
      ...(rollout['spec'] as object),
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' },
    };
    store.put(ROLLOUTS, { ...rollout, metadata: meta('web', { resourceVersion: '2' }), spec });
    expect(woken).toContain('workload shop/apps/Deployment/web');
    expect(woken).toContain('workload shop/apps/Deployment/other');
  });
});
