// RolloutHistory behind its gate: one record a release, completed when it is over, whatever is missing by then.

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { until } from './support/until.ts';
import { at, V2, V3 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const NAME = 'echoserver';
const world = useWorld('history', { flags: ['--feature-gates=RolloutHistory=true'] });

const histories = (namespace: string): Promise<KubeObject[]> =>
  world.list('rollouthistories', namespace, `rollouts.kruise.io/rollout-name=${NAME}`);
const completed = (namespace: string, count: number): Promise<KubeObject[]> =>
  until(`${count} completed records`, async () => {
    const found = await histories(namespace);
    const done = found.filter((history) => at(history, 'status', 'phase') === 'completed');
    if (done.length !== count || found.length !== count)
      throw new Error(JSON.stringify(found.map((one) => one['status'])));
    return done;
  });
const idOf = async (namespace: string): Promise<unknown> =>
  at(await world.status(namespace), 'canaryStatus', 'observedRolloutID');
const begun = (namespace: string, id: unknown): Promise<KubeObject> =>
  until(`a record of ${String(id)}`, async () =>
    (await histories(namespace)).find(({ metadata }) => metadata.labels?.['rollouts.kruise.io/rollout-id'] === id),
  );
const approved = async (namespace: string, steps: number): Promise<void> => {
  for (let step = 1; step <= steps; step += 1) {
    await world.pausedIn(namespace, step);
    await world.approve(namespace);
  }
  await world.in(namespace, { phase: 'Healthy', currentStepState: 'Completed' });
};

describe('6.6: a release with traffic', () => {
  let namespace: string;

  test('is recorded from its beginning, under a name that a restart repeats', async () => {
    namespace = await world.namespace('history');
    await world.app(namespace);
    expect(await histories(namespace)).toEqual([]);
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    const history = await begun(namespace, await idOf(namespace));
    expect(history.metadata.name).toMatch(/^echoserver-[a-z0-9]{5}$/);
    expect(history['spec']).toEqual({});
    await world.sluice.stop('SIGKILL');
    await world.sluice.start();
  });

  test('is completed once it is over: what it stood on, and the pods of each step', async () => {
    await approved(namespace, 2);
    const [history] = await completed(namespace, 1);
    expect(at(history, 'spec', 'rollout')).toMatchObject({ name: NAME, rolloutID: await idOf(namespace) });
    expect(at(history, 'spec', 'rollout', 'data', 'strategy', 'canary', 'steps')).toHaveLength(2);
    expect(at(history, 'spec', 'workload')).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment', name: NAME });
    expect(at(history, 'spec', 'workload', 'data', 'template', 'spec', 'containers', 0, 'image')).toBe(V2);
    expect(at(history, 'spec', 'service')).toMatchObject({ name: NAME, data: { selector: { app: NAME } } });
    expect(at(history, 'spec', 'trafficRouting', 'ingress')).toMatchObject({ name: NAME, data: {} });
    const steps = at(history, 'status', 'canarySteps') as { canaryStepIndex: number; pods: object[] }[];
    expect(steps.map(({ canaryStepIndex, pods }) => [canaryStepIndex, pods.length])).toEqual([
      [1, 1],
      [2, 4],
    ]);
    expect(steps[0]?.pods[0]).toMatchObject({ name: expect.stringMatching(/^echoserver-/) as string });
  });

  test('and the next one beside it', async () => {
    await world.setImage(namespace, V3);
    await world.pausedIn(namespace, 1);
    await begun(namespace, await idOf(namespace));
    expect(await histories(namespace)).toHaveLength(2);
    await approved(namespace, 2);
    await completed(namespace, 2);
  });
});

describe('X24: what is missing does not stop the record, nor the process', () => {
  test('a Rollout without trafficRoutings', async () => {
    const namespace = await world.namespace('x24');
    await world.app(namespace, { traffic: false, steps: [{ replicas: 1 }] });
    await world.setImage(namespace, V2);
    await approved(namespace, 1);
    const [history] = await completed(namespace, 1);
    expect(history?.['spec']).not.toHaveProperty('service');
    expect(history?.['spec']).not.toHaveProperty('trafficRouting');
    expect(at(history, 'spec', 'workload', 'data', 'replicas')).toBe(5);
  });

  test('a workload, its Service and its Ingress that were deleted in mid-release', async () => {
    const namespace = await world.namespace('x24-gone');
    await world.app(namespace);
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    await begun(namespace, await idOf(namespace));
    const { pid } = world.sluice;
    await world.kubectl.do(['delete', `deployment/${NAME}`, `service/${NAME}`, `ingress/${NAME}`, '-n', namespace]);
    const [history] = await completed(namespace, 1);
    expect(at(history, 'spec', 'workload')).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: NAME });
    expect(history?.['spec']).not.toHaveProperty('service');
    expect(world.sluice.pid).toBe(pid);
  });

  test('a Rollout that was deleted in mid-release', async () => {
    const namespace = await world.namespace('x24-rollout');
    await world.app(namespace);
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    await begun(namespace, await idOf(namespace));
    await world.kubectl.do(['delete', 'rollout', NAME, '-n', namespace]);
    await completed(namespace, 1);
  });
});
