// What a release looks at before it narrows a Service or leads requests to a new one: the pods that would answer.

import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../../../src/api/kube.ts';
import { DEPLOYMENTS, INGRESSES, PODS, SERVICES } from '../../../../src/api/resources.ts';
import { leadsToNewPods } from '../../../../src/core/rollout/pods-behind.ts';
import type { Release } from '../../../../src/core/rollout/release.ts';
import { list, questionKey } from '../../../../src/core/tasks/questions.ts';
import type { RolloutObserved } from '../../../../src/core/rollout/rollout-observed.ts';
import { released } from './model/ending.ts';
import { observeRollout, planAnswered } from './model/observe.ts';
import { approveWaiting } from './model/scenario.ts';
import { World } from './model/world.ts';

const blocked = (world: World) => world.status.conditions?.find(({ type }) => type === 'Blocked');
const finish = async (world: World): Promise<void> => {
  do await world.advanceUntilQuiet();
  while (approveWaiting(world));
};
const release = async (world: World): Promise<void> => {
  world.setImage('v2');
  await world.runUntil(() => blocked(world) !== undefined || world.isWaitingForApproval);
};
/** By its owner, who may break it. */
const select = (world: World, selector: JsonObject): void => {
  world.invariants.excused = true;
  world.server.patch('kubectl', SERVICES, 'web', { spec: { selector } });
};
const written = (world: World, since: number): Set<string> =>
  new Set(
    world.writes
      .slice(since)
      .filter(({ actor }) => actor === 'sluice')
      .map(({ resource }) => resource.plural),
  );
const pinOf = (world: World): unknown =>
  (world.server.get(SERVICES, 'web')?.['spec'] as { selector: Record<string, string> }).selector['pod-template-hash'];
const labelPods = (world: World, labels: JsonObject): void => {
  for (const { metadata } of world.server.list(PODS))
    world.server.patch('kubectl', PODS, metadata.name, { metadata: { labels } });
};

describe('the stable Service', () => {
  /** Of another workload, behind the same Service (case 48). */
  const stranger = (world: World): void => {
    const matchExpressions = [{ key: 'pod-template-hash', operator: 'Exists' }];
    world.server.patch('kubectl', DEPLOYMENTS, 'web', { spec: { selector: { matchExpressions } } });
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-spot-6b', uid: 'rs', controller: true };
    world.server.create('kubectl', PODS, {
      metadata: { name: 'web-spot-6b-x', labels: { app: 'web' }, ownerReferences: [owner] },
      spec: {},
    });
    const status = { ready: true, conditions: [{ type: 'Ready', status: 'True' }] };
    world.server.patch('kubelet', PODS, 'web-spot-6b-x', { status }, { subresource: 'status' });
  };

  it('is not narrowed while it serves pods of another workload too, and is once it does not', async () => {
    const world = await World.of();
    stranger(world);
    const since = world.writes.length;
    await release(world);
    expect(blocked(world)).toMatchObject({ status: 'True', reason: 'ServiceMismatch' });
    expect(world.status.message).toContain(
      'Service web also selects pods of ReplicaSet web-spot-6b, which would get no requests while it selects one revision of Deployment web; give it a selector that only pods of Deployment web have',
    );
    expect(written(world, since)).toEqual(new Set(['rollouts']));
    world.server.delete('kubectl', PODS, 'web-spot-6b-x');
    // No event tells of it.
    await world.runUntil(() => blocked(world) === undefined);
    await finish(world);
    expect(world.status).toMatchObject({ phase: 'Healthy', message: 'Rollout progressing has been completed' });
  });

  it('of another workload, named by mistake, is left alone', async () => {
    const world = await World.of();
    stranger(world);
    world.server.patch('kubectl', PODS, 'web-spot-6b-x', { metadata: { labels: { app: 'spot' } } });
    select(world, { app: 'spot' });
    const since = world.writes.length;
    await release(world);
    expect(world.status.message).toContain(
      'Service web selects pods of ReplicaSet web-spot-6b and none of Deployment web, so it would lead nowhere',
    );
    expect(written(world, since)).toEqual(new Set(['rollouts']));
  });

  it('may select a pod of somebody else that has ended', async () => {
    const world = await World.of();
    stranger(world);
    world.server.patch('kubelet', PODS, 'web-spot-6b-x', { status: { phase: 'Succeeded' } }, { subresource: 'status' });
    await release(world);
    expect(blocked(world)).toBeUndefined();
    expect(world.status.currentStepState).toBe('StepPaused');
  });

  it('is not pinned to pods that it does not select: the label that they lack is named (case 10)', async () => {
    const world = await World.of();
    select(world, { version: 'v2' });
    const since = world.writes.length;
    await release(world);
    expect(blocked(world)).toMatchObject({ status: 'True', reason: 'ServiceMismatch' });
    expect(world.status.message).toMatch(
      /Service web selects version=v2, which no stable pod of Deployment web has \(Pod web-\S+ has no label version\), so nobody would answer; correct the selector, or the labels of the pods/,
    );
    expect(written(world, since)).toEqual(new Set(['rollouts']));
    select(world, { version: null });
    await finish(world);
    released('v2')(world);
  });

  it('whose selector changes once it is pinned is told just as well, and the step goes no further', async () => {
    const world = await World.of();
    await release(world);
    expect(world.status.currentStepState).toBe('StepPaused');
    select(world, { version: 'v2' });
    await world.runUntil(() => blocked(world) !== undefined);
    expect(blocked(world)).toMatchObject({ reason: 'ServiceMismatch' });
    expect(world.status.message).toContain('Service web selects version=v2, which no stable pod of Deployment web has');
    world.approve();
    await world.runUntil(() => true);
    expect(world.status.currentStepIndex).toBe(1);
    select(world, { version: null });
    await finish(world);
    expect(world.status.phase).toBe('Healthy');
  });

  it('that changes between the first look and the pin is not pinned to nothing', async () => {
    const world = await World.of();
    world.setImage('v2');
    await world.settle();
    expect(world.status.currentStepState).toBe('BeforeStepUpgrade');
    select(world, { version: 'v2', 'pod-template-hash': null });
    const seen = await observeRollout(world.server, 'web', world.now, { writtenAt: {}, nameTaken: false });
    const { actions } = await planAnswered(world.server, seen as RolloutObserved);
    expect(actions.map(({ target }) => target.resource.plural)).toEqual(['rollouts']);
    expect(JSON.stringify(actions)).toContain('Service web selects version=v2, which no stable pod');
  });

  it('of a release under way is pinned again whoever else it selects by then', async () => {
    const world = await World.of();
    await release(world);
    stranger(world);
    await world.runUntil(() => true);
    expect(blocked(world)).toBeUndefined();
    select(world, { 'pod-template-hash': null });
    await world.runUntil(() => world.isWaitingForApproval && pinOf(world) !== undefined);
    world.approve();
    await finish(world);
    expect(world.status.phase).toBe('Healthy');
  });

  it('tells pods of a workload with an overlapping selector by who made them', async () => {
    const world = await World.of();
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-spot-6b', uid: 'rs', controller: true };
    world.server.create('kubectl', PODS, {
      metadata: { name: 'web-spot-6b-x', labels: { app: 'web', cap: 'spot' }, ownerReferences: [owner] },
      spec: {},
    } as unknown as KubeObject);
    await release(world);
    expect(world.status.message).toContain('Service web also selects pods of ReplicaSet web-spot-6b');
  });

  it('is looked at before step 1, although only a later step moves requests', async () => {
    const world = await World.of({
      steps: [
        { replicas: '20%', pause: {} },
        { replicas: '40%', traffic: '40%', pause: {} },
      ],
    });
    select(world, { app: 'wep' });
    await release(world);
    expect(world.status).toMatchObject({ currentStepIndex: 1, currentStepState: 'BeforeStepUpgrade' });
    expect(world.status.message).toContain('Service web selects app=wep');
  });

  it('is not asked about where no step moves requests', async () => {
    const world = await World.of({ steps: [{ replicas: '20%', pause: {} }] });
    select(world, { app: 'wep' });
    await release(world);
    expect(world.status.currentStepState).toBe('StepPaused');
  });
});

describe('the canary Service', () => {
  it('gets no requests while its selector asks for a label that pods got at run time', async () => {
    const world = await World.of();
    labelPods(world, { track: 'live' });
    select(world, { track: 'live' });
    await release(world);
    expect(world.status.currentStepState).toBe('StepTrafficRouting');
    expect(blocked(world)).toMatchObject({ status: 'True', reason: 'ServiceMismatch' });
    expect(world.status.message).toMatch(
      /Service web-canary selects track=live, which no new pod of Deployment web has \(Pod web-\S+ has no label track\), so nobody would answer/,
    );
    expect(world.server.get(INGRESSES, 'web-canary')).toBeUndefined();
    labelPods(world, { track: 'live' });
    await world.runUntil(() => world.isWaitingForApproval);
    expect(world.server.get(INGRESSES, 'web-canary')).toBeDefined();
  });

  it('gets no requests while no pod behind it is ready', () => {
    const pod = (status: string): KubeObject => ({
      metadata: { name: 'web-new', labels: { app: 'web', hash: 'n' } },
      status: { conditions: [{ type: 'Ready', status }] },
    });
    const seen = (pods: KubeObject[]) => {
      const selector = { app: 'web', hash: 'n' };
      const question = list(PODS, 'shop', { matchLabels: selector });
      return leadsToNewPods({
        o: {
          canaryService: { metadata: { name: 'web-canary' }, spec: { selector } },
          workload: { object: { metadata: { name: 'web', namespace: 'shop' } }, view: { revisionKey: 'hash' } },
          answers: new Map([[questionKey(question), pods]]),
        },
        progress: { podRevision: 'n' },
      } as unknown as Release);
    };
    expect(seen([pod('False')])).toMatchObject({
      is: 'waits',
      kind: 'NewPods',
      text: 'no pod behind Service web-canary is ready, so no requests are led there',
    });
    expect(seen([pod('False'), pod('True')])).toEqual({ is: 'done' });
  });
});
