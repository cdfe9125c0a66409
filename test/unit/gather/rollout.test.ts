// What the plan of a Rollout is made from: tables while it is idle, live reads while a release is under way.

import { describe, expect, test, vi } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { LABEL } from '../../../src/api/names.ts';
import { DEPLOYMENTS, REPLICA_SETS, ROLLOUTS } from '../../../src/api/resources.ts';
import type { Rollout } from '../../../src/api/rollout.ts';
import { observeRollout } from '../../../src/gather/rollout.ts';
import { UNTIL_DONE, observerOf, type MemoryObserver, type Seen } from '../support/observer.ts';
import { deployment, progressing, replicaSet, rollout } from '../workloads/objects.ts';
import { ingress, routing, service, sharing } from './objects.ts';

const RELEASING = { status: progressing('InRolling'), traffic: true };

const look = async (one: Rollout, seen: Partial<Seen>) => {
  const observer = observerOf({ live: [], known: [], ...seen });
  observer.store.put(ROLLOUTS, one);
  return { observer, observed: await observeRollout(observer, one, UNTIL_DONE) };
};
const asked = ({ reader }: MemoryObserver): string[] => [...reader.asked].sort();

describe('while a release is under way', () => {
  test('the workload is as the API server has it, whatever the table says', async () => {
    const { observed } = await look(rollout(RELEASING), {
      live: [deployment({ replicas: 7 })],
      known: [deployment({ replicas: 5 })],
    });
    expect(observed.workload?.view.replicas).toBe(7);
  });

  test('a workload is gone only when the API server says so', async () => {
    const { observed } = await look(rollout(RELEASING), { live: [deployment()] });
    expect(observed.workload?.object.metadata.name).toBe('web');
    const gone = await look(rollout(RELEASING), { known: [deployment()] });
    expect(gone.observed.workload).toBeUndefined();
  });

  test('the live workload is projected as a table would', async () => {
    const { observed } = await look(rollout(RELEASING), { live: [deployment()] });
    expect(observed.workload?.object).toHaveProperty('hashes');
    expect(observed.workload?.object['spec']).not.toHaveProperty('template');
  });

  test('Services and routes are whole, live, and each under its own name', async () => {
    const canary = service('web-canary', { app: 'web', [LABEL.podTemplateHash]: 'v2' });
    const { observer, observed } = await look(rollout(RELEASING), {
      live: [deployment(), service('web'), canary, ingress('web'), ingress('web-canary')],
      known: [service('web', { app: 'stale' }), service('web-canary', { app: 'stale' })],
    });
    expect(observed.stableService).toEqual(service('web'));
    expect(observed.canaryService).toEqual(canary);
    expect(observed.routes).toEqual({ ingress: ingress('web'), canaryIngress: ingress('web-canary') });
    expect(asked(observer)).toEqual([
      'get deployments/shop/web',
      'get ingresses/shop/web',
      'get ingresses/shop/web-canary',
      'get services/shop/web',
      'get services/shop/web-canary',
    ]);
  });

  test('the TrafficRouting that it releases with is live', async () => {
    const { observed } = await look(sharing('lane', { status: progressing('InRolling') }), {
      live: [deployment(), routing('shop')],
      known: [routing()],
    });
    expect(observed.shared?.metadata.finalizers).toHaveLength(1);
  });

  test.each<[string, Parameters<typeof rollout>[0]]>([
    ['is being deleted', { deleting: true, status: { phase: 'Healthy' } }],
    ['is to be disabled', { disabled: true, status: { phase: 'Healthy' } }],
  ])('so it is for one that %s', async (_how, parts) => {
    const { observed } = await look(rollout({ ...parts, traffic: true }), { live: [deployment(), service('web')] });
    expect(observed.workload).toBeDefined();
    expect(observed.stableService).toBeDefined();
  });
});

describe('an idle Rollout', () => {
  test.each([undefined, 'Initial', 'Healthy', 'Disabled'])('in phase %s reads the tables alone', async (phase) => {
    const one = rollout({ traffic: true, ...(phase === undefined ? {} : { status: { phase } }) });
    const { observer, observed } = await look(one, { live: [service('web')], known: [deployment()] });
    expect(observed.workload?.object.metadata.name).toBe('web');
    expect([observed.stableService, observed.canaryService, observed.routes]).toEqual([undefined, undefined, {}]);
    expect(observer.reader.asked).toEqual([]);
  });

  test('searches nothing among all that is in the namespace', async () => {
    const one = rollout({ status: { phase: 'Healthy' } });
    const observer = observerOf({
      known: [deployment(), replicaSet('v1', 5, 1), one as unknown as KubeObject],
      live: [],
    });
    const searches = [DEPLOYMENTS, REPLICA_SETS, ROLLOUTS].map((of) => vi.spyOn(observer.store.table(of), 'list'));
    expect((await observeRollout(observer, one, UNTIL_DONE)).workload?.view.stableRevision).toBe('v1');
    for (const search of searches) expect(search).not.toHaveBeenCalled();
  });
});

test('who governs is told from all Rollouts that name the workload', async () => {
  const older = rollout({ name: 'older', created: '2025-01-01T00:00:00Z' });
  const { observed } = await look(rollout(RELEASING), { live: [deployment()], known: [older] });
  expect(observed.governor).toBe('older');
});

test('independent reads are asked for at the same time', async () => {
  const observer = observerOf({ live: [], known: [] });
  const waiting: (() => void)[] = [];
  const { reader } = observer;
  const get = reader.get.bind(reader);
  reader.get = async (target) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return get(target);
  };
  const observed = observeRollout(observer, rollout(RELEASING), UNTIL_DONE);
  expect(waiting).toHaveLength(5);
  for (const answer of waiting) answer();
  expect((await observed).workload).toBeUndefined();
});
