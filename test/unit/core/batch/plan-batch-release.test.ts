// The plan of a BatchRelease by itself: with a Rollout and made by hand.

import { describe, expect, it } from 'vitest';
import type { BatchRelease } from '../../../../src/api/batch-release.ts';
import type { JsonObject, KubeObject } from '../../../../src/api/kube.ts';
import { ANNOTATION, API_VERSION, FINALIZER, LABEL } from '../../../../src/api/names.ts';
import { BATCH_RELEASES, DEPLOYMENTS, PODS, ROLLOUTS } from '../../../../src/api/resources.ts';
import type { Plan } from '../../../../src/core/tasks/plan.ts';
import type { BatchObserved } from '../../../../src/core/batch/batch-observed.ts';
import { planBatchRelease } from '../../../../src/core/batch/plan-batch-release.ts';
import { releaseContext } from '../../../../src/core/batch/release-context.ts';
import { canaryNameFor } from '../../../../src/workloads/canary-deployment.ts';
import { observeBatchRelease } from '../rollout/model/observe.ts';
import { World } from '../rollout/model/world.ts';

const planOf = async (world: World, change: Partial<BatchObserved> = {}): Promise<Plan> => {
  const observed = await observeBatchRelease(world.server, 'web', world.now, { writtenAt: {}, nameTaken: false });
  return planBatchRelease({ ...(observed as BatchObserved), ...change });
};
const texts = (plan: Plan): string[] =>
  plan.actions.map((action) => `${action.do} ${action.target.resource.plural}/${action.target.name}`);
const statusIn = (plan: Plan): JsonObject => {
  const [first] = plan.actions;
  return first?.do === 'patch' && first.subresource === 'status' ? (first.patch['status'] as JsonObject) : {};
};
const statusOf = (world: World) => (world.server.get(BATCH_RELEASES, 'web') as BatchRelease | undefined)?.status;

const waiting = async (): Promise<World> => {
  const world = await World.of();
  world.setImage('v2');
  await world.runUntil(() => world.isWaitingForApproval);
  return world;
};

/** A BatchRelease made by hand for the paused Deployment; no Rollout. */
const byHand = async (plan: JsonObject): Promise<World> => {
  const world = await World.of();
  world.server.patch('kubectl', ROLLOUTS, 'web', { metadata: { finalizers: null } });
  world.server.delete('kubectl', ROLLOUTS, 'web');
  world.server.patch('kubectl', DEPLOYMENTS, 'web', { spec: { paused: true } });
  world.setImage('v2');
  world.server.create('kubectl', BATCH_RELEASES, {
    apiVersion: API_VERSION.v1beta1,
    metadata: { name: 'web' },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      releasePlan: { enableExtraWorkloadForCanary: true, ...plan },
    },
  });
  await world.advanceUntilQuiet();
  return world;
};
const podsOf = (world: World, image: string): number =>
  world.server.list(PODS).filter((pod) => JSON.stringify(pod['spec']).includes(`web:${image}`)).length;
const batches = [{ canaryReplicas: 1 }, { canaryReplicas: '40%' }, { canaryReplicas: '100%' }];

describe('before a write', () => {
  it('a new batch is not told by a write of its own, but that the API server refused it is', async () => {
    const world = await waiting();
    world.server.patch('kubectl', BATCH_RELEASES, 'web', { spec: { releasePlan: { batchPartition: 1 } } });
    expect(texts(await planOf(world))).toEqual(['patch deployments/' + (world.canary?.metadata.name ?? '')]);
    const refused = await planOf(world, { refused: 'exceeded quota: pods=5' });
    expect(texts(refused)[0]).toBe('patch batchreleases/web');
    expect(statusIn(refused)['message']).toMatch(/^batch 2 .*; the API server refused it: exceeded quota: pods=5$/);
  });
});

describe('made by hand', () => {
  it('goes batch by batch up to its partition, and on when that is raised', async () => {
    const world = await byHand({ batches, batchPartition: 1, rolloutID: 'r7' });
    expect(statusOf(world)).toMatchObject({
      phase: 'Progressing',
      canaryStatus: { currentBatch: 1, batchState: 'Ready', updatedReplicas: 2, updatedReadyReplicas: 2 },
    });
    const labels = world.server.list(PODS).flatMap(({ metadata }) => metadata.labels?.[LABEL.rolloutBatchId] ?? []);
    expect(labels.sort()).toEqual(['1', '2']);
    world.server.patch('kubectl', BATCH_RELEASES, 'web', { spec: { releasePlan: { batchPartition: 2 } } });
    await world.advanceUntilQuiet();
    expect(statusOf(world)?.canaryStatus).toMatchObject({ currentBatch: 2, batchState: 'Ready', updatedReplicas: 5 });
    expect(podsOf(world, 'v1')).toBe(5);
  });

  it('without a partition gives the workload back, awaits it, and goes with its pods when it is deleted', async () => {
    const world = await byHand({ batches, batchPartition: 0 });
    const releasePlan = { batchPartition: null, finalizingPolicy: 'WaitResume' };
    world.server.patch('kubectl', BATCH_RELEASES, 'web', { spec: { releasePlan } });
    const seen = new Set<string>();
    world.onWrite = () => void seen.add(statusOf(world)?.message?.replace(/\d/g, 'n') ?? '');
    await world.advanceUntilQuiet();
    expect(statusOf(world)).toMatchObject({ phase: 'Completed' });
    expect([...seen]).toContain('the workload rolls out by itself: n of n pods updated, n available');
    expect(world.workload?.['spec']).not.toHaveProperty('paused');
    world.server.delete('kubectl', BATCH_RELEASES, 'web');
    await world.advanceUntilQuiet();
    expect(podsOf(world, 'v2')).toBe(5);
    expect(world.server.list(DEPLOYMENTS)).toHaveLength(1);
    expect(world.workload?.metadata.annotations).not.toHaveProperty([ANNOTATION.controlInfo]);
  });

  it('deleted in the middle it leaves the workload held, without its marks', async () => {
    const world = await byHand({ batches, batchPartition: 0 });
    world.server.delete('kubectl', BATCH_RELEASES, 'web');
    await world.advanceUntilQuiet();
    expect(world.server.list(DEPLOYMENTS)).toHaveLength(1);
    expect(world.workload?.['spec']).toMatchObject({ paused: true });
    expect(world.workload?.metadata.annotations).not.toHaveProperty([ANNOTATION.controlInfo]);
    expect(podsOf(world, 'v2')).toBe(0);
  });

  it('finished with a template that it did not release, it gives the workload back, because nobody else would', async () => {
    const world = await byHand({ batches, batchPartition: 0 });
    world.setImage('v3');
    world.server.patch('kubectl', BATCH_RELEASES, 'web', { spec: { releasePlan: { batchPartition: null } } });
    await world.advanceUntilQuiet();
    expect(statusOf(world)?.phase).toBe('Completed');
    expect(world.workload?.['spec']).not.toHaveProperty('paused');
    expect(world.workload?.metadata.annotations).not.toHaveProperty([ANNOTATION.controlInfo]);
  });

  it('X15: a template that changes on the way is not released: it says so, and what to do', async () => {
    const world = await byHand({ batches, batchPartition: 0 });
    world.setImage('v3');
    world.server.patch('kubectl', BATCH_RELEASES, 'web', { spec: { releasePlan: { batchPartition: 2 } } });
    await world.advanceUntilQuiet();
    expect(podsOf(world, 'v3')).toBe(0);
    expect(podsOf(world, 'v2')).toBe(1);
    expect(statusOf(world)?.message).toMatch(
      /changed to revision \w+; this release of revision \w+ goes no further: delete/,
    );
  });
});

describe('two for one workload', async () => {
  const world = await byHand({ batches, batchPartition: 0 });
  const first = world.server.get(BATCH_RELEASES, 'web') as BatchRelease;
  const second: BatchRelease = { ...first, metadata: { ...first.metadata, name: 'again', uid: 'again' } };
  const planWith = (one: BatchRelease | undefined): Promise<Plan> =>
    planOf(world, { batchRelease: second, siblings: one === undefined ? [second] : [one, second] });
  const WORKLOAD = 'patch deployments/web';

  it('the second leaves the workload to the first, and says what it waits for', async () => {
    const plan = await planWith(first);
    expect(plan.why).toBe('waits until BatchRelease web, which has this workload, is completed or deleted');
    expect(plan.events).toMatchObject([{ reason: 'Waiting', message: plan.why }]);
    expect(texts(plan)).toEqual(['patch batchreleases/again']);
    expect(texts(await planOf(world, { siblings: [first, second] })), 'the first goes on').not.toContain(WORKLOAD);
  });

  it.each<[string, BatchRelease | undefined]>([
    ['completed', { ...first, status: { ...first.status, phase: 'Completed' } }],
    ['being deleted', { ...first, metadata: { ...first.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }],
    ['gone', undefined],
  ])('the second takes it once the first is %s', async (_, one) => {
    expect(texts(await planWith(one))).toContain(WORKLOAD);
  });
});

describe('with a Rollout', () => {
  it('remembers the revision before it makes the first pod of it', async () => {
    const world = await World.of();
    world.setImage('v2');
    await world.runUntil(() => world.server.get(BATCH_RELEASES, 'web') !== undefined || world.canary !== undefined);
    const at = world.writes.findIndex(
      ({ verb, resource, name }) => verb === 'create' && resource === DEPLOYMENTS && name !== 'web',
    );
    const told = world.writes.findIndex(({ after, resource }) => {
      const status = after?.['status'] as { updateRevision?: string } | undefined;
      return resource === BATCH_RELEASES && status?.updateRevision !== undefined;
    });
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(at);
  });

  it('a name that is taken leads to the next one', async () => {
    const world = await World.of();
    let taken = '';
    world.onWrite = ({ actor, verb, resource }) => {
      const present = world.server.get(BATCH_RELEASES, 'web') as BatchRelease | undefined;
      if (actor !== 'sluice' || verb !== 'create' || resource !== BATCH_RELEASES || present === undefined) return;
      taken = canaryNameFor(world.workload as KubeObject, {}, releaseContext(present));
      const spec = { ...(world.workload?.['spec'] as object), paused: true, replicas: 0 };
      world.server.create('kubectl', DEPLOYMENTS, { metadata: { name: taken }, spec });
    };
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    const ours = world.server
      .list(DEPLOYMENTS)
      .filter(({ metadata }) => metadata.labels?.[LABEL.canaryDeployment] === 'web')
      .map(({ metadata }) => metadata.name);
    expect(taken).toMatch(/^web-\w{5}$/);
    expect(ours).toEqual([expect.not.stringContaining(taken)]);
    expect(statusOf(world)?.collisionCount).toBe(1);
  });

  it('X16: an unsupported workload is told once, and never in the way of deletion', async () => {
    const world = await waiting();
    const unsupported = {
      kind: undefined,
      unsupported: 'workloads of kind Job are not supported',
      workload: undefined,
    };
    const plan = await planOf(world, unsupported);
    expect(plan.events).toEqual([
      { type: 'Warning', reason: 'UnsupportedWorkload', message: 'workloads of kind Job are not supported' },
    ]);
    expect(statusIn(plan)).toMatchObject({ message: 'workloads of kind Job are not supported' });
    world.server.patch('sluice', BATCH_RELEASES, 'web', { status: statusIn(plan) }, { subresource: 'status' });
    expect(await planOf(world, unsupported)).toMatchObject({ actions: [], events: [] });
    world.server.delete('kubectl', BATCH_RELEASES, 'web');
    expect((await planOf(world, unsupported)).actions).toMatchObject([{ patch: { metadata: { finalizers: [] } } }]);
  });

  it('does not move to another revision while its Rollout decides', async () => {
    const world = await waiting();
    world.setImage('v3');
    expect(texts(await planOf(world))).toEqual(['patch batchreleases/web']);
    expect(statusIn(await planOf(world))).not.toHaveProperty('updateRevision');
    world.setImage('v1');
    expect(statusIn(await planOf(world))['message']).toMatch(/the workload was rolled back/);
  });

  it('a Completed one does nothing more', async () => {
    const world = await waiting();
    const present = world.server.get(BATCH_RELEASES, 'web') as BatchRelease;
    const plan = await planOf(world, {
      batchRelease: { ...present, status: { ...present.status, phase: 'Completed' } },
    });
    expect(plan.actions).toEqual([]);
  });

  it('WaitResume waits for the workload, Immediate does not', async () => {
    const world = await waiting();
    const present = world.server.get(BATCH_RELEASES, 'web') as BatchRelease;
    const { object, view } = (await planInput(world)).workload as NonNullable<BatchObserved['workload']>;
    const free = { ...view, held: false, inProgress: undefined, annotations: {}, settled: false };
    const workload = { object: { ...object, metadata: { ...object.metadata, annotations: {} } }, view: free };
    const ending = (finalizingPolicy: 'WaitResume' | 'Immediate'): BatchRelease => {
      const { batchPartition: _partition, ...releasePlan } = present.spec.releasePlan;
      return { ...present, spec: { ...present.spec, releasePlan: { ...releasePlan, finalizingPolicy } } };
    };
    expect(statusIn(await planOf(world, { batchRelease: ending('WaitResume'), workload }))).toMatchObject({
      phase: 'Finalizing',
    });
    expect(statusIn(await planOf(world, { batchRelease: ending('Immediate'), workload }))).toMatchObject({
      phase: 'Completed',
    });
  });

  it('is marked before anything is made', async () => {
    const world = await waiting();
    const present = world.server.get(BATCH_RELEASES, 'web') as BatchRelease;
    const { finalizers: _finalizers, ...metadata } = present.metadata;
    const plan = await planOf(world, { batchRelease: { ...present, metadata } });
    expect(plan.actions).toMatchObject([{ patch: { metadata: { finalizers: [FINALIZER.batchRelease] } } }]);
  });
});

const planInput = async (world: World): Promise<BatchObserved> =>
  (await observeBatchRelease(world.server, 'web', world.now, { writtenAt: {}, nameTaken: false })) as BatchObserved;
