// Single rules of a release that the model does not judge by itself.

import { describe, expect, it } from 'vitest';
import type { BatchRelease } from '../../../../src/api/batch-release.ts';
import { LABEL } from '../../../../src/api/names.ts';
import { BATCH_RELEASES, DEPLOYMENTS, PODS, ROLLOUTS, SERVICES } from '../../../../src/api/resources.ts';
import type { Plan } from '../../../../src/core/tasks/plan.ts';
import type { RolloutObserved } from '../../../../src/core/rollout/rollout-observed.ts';
import { released } from './model/ending.ts';
import { observeRollout, planAnswered } from './model/observe.ts';
import { approveWaiting } from './model/scenario.ts';
import { World } from './model/world.ts';

const planOf = async (world: World, change: (observed: RolloutObserved) => Partial<RolloutObserved>): Promise<Plan> => {
  const observed = await observeRollout(world.server, 'web', world.now, { writtenAt: {}, nameTaken: false });
  return planAnswered(world.server, { ...(observed as RolloutObserved), ...change(observed as RolloutObserved) });
};
const waiting = async (parts: Parameters<typeof World.of>[0] = {}): Promise<World> => {
  const world = await World.of(parts);
  world.setImage('v2');
  await world.runUntil(() => world.isWaitingForApproval);
  return world;
};
const finish = async (world: World): Promise<void> => {
  do await world.advanceUntilQuiet();
  while (approveWaiting(world));
};
const batchRelease = (world: World): BatchRelease => world.server.get(BATCH_RELEASES, 'web') as BatchRelease;

describe('a BatchRelease counts as ready only', () => {
  const stateAfter = async (world: World, status: object): Promise<string | undefined> => {
    const present = batchRelease(world);
    const plan = await planOf(world, () => ({
      batchRelease: { ...present, status: { ...present.status, ...status } },
    }));
    const [first] = plan.actions;
    const patched =
      first?.do === 'patch' ? (first.patch['status'] as { canaryStatus?: { currentStepState?: string } }) : {};
    return patched.canaryStatus?.currentStepState;
  };
  const approved = async (): Promise<World> => {
    const world = await waiting();
    world.approve();
    return world;
  };

  it('for the plan, the revision and the size of the workload as they are now', async () => {
    expect(await stateAfter(await approved(), {})).toBe('StepUpgrade');
    expect(await stateAfter(await approved(), { observedReleasePlanHash: 'old' })).toBeUndefined();
    expect(await stateAfter(await approved(), { observedWorkloadReplicas: 3 })).toBeUndefined();
    expect(
      await stateAfter(await approved(), { canaryStatus: { batchState: 'Verifying', currentBatch: 0 } }),
    ).toBeUndefined();
  });

  it('X12: one of an earlier release, completed or of another revision, is replaced', async () => {
    for (const change of [{ phase: 'Completed' }, { updateRevision: 'older' }]) {
      const world = await approved();
      const present = batchRelease(world);
      const plan = await planOf(world, () => ({
        batchRelease: { ...present, status: { ...present.status, ...change } },
      }));
      expect(plan.actions).toContainEqual(
        expect.objectContaining({
          do: 'delete',
          target: expect.objectContaining({ resource: BATCH_RELEASES }) as unknown,
        }),
      );
    }
  });

  it('is not written when the Rollout says nothing new', async () => {
    const world = await waiting();
    expect((await planOf(world, () => ({}))).actions).toEqual([]);
  });
});

describe('X28: what was taken away last is told by the status until it is noticed', () => {
  /** Rolled back in step 1, right after the canary Service was removed by a process that is gone. */
  const removed = async (): Promise<{ world: World; at: number }> => {
    const world = await waiting();
    world.setImage('v1');
    await world.runUntil(() => world.reason === 'Cancelling');
    const at = world.now + 60_000;
    world.now = at + 100;
    const told = { finalisingStep: 'RemoveCanaryService', lastUpdateTime: new Date(at).toISOString() };
    world.server.patch('sluice', ROLLOUTS, 'web', { status: { canaryStatus: told } }, { subresource: 'status' });
    return { world, at };
  };
  const without = (observed: RolloutObserved): Partial<RolloutObserved> => ({
    batchRelease: undefined,
    canaryService: undefined,
    routes: { ...observed.routes, canaryIngress: undefined },
    workload: { ...observed.workload!, view: { ...observed.workload!.view, inProgress: undefined, held: false } },
    stableService: { ...observed.stableService!, metadata: { ...observed.stableService!.metadata, managedFields: [] } },
  });

  it('the next change waits for it, and the mark stays meanwhile', async () => {
    const { world, at } = await removed();
    const plan = await planOf(world, without);
    expect(plan.wakeAt).toBe(at + 1000 + 3000);
    expect(plan.actions.filter(({ target }) => target.resource === SERVICES)).toEqual([]);
    expect(JSON.stringify(plan.actions)).not.toContain('RestoreStableService');
  });

  it('afterwards it is done and told in its turn', async () => {
    const { world, at } = await removed();
    world.now = at + 4001;
    const plan = await planOf(world, without);
    expect(plan.actions).toMatchObject([
      { subresource: 'status', patch: { status: { canaryStatus: { finalisingStep: 'RestoreStableService' } } } },
      { target: { resource: SERVICES }, patch: { spec: { selector: { [LABEL.podTemplateHash]: null } } } },
    ]);
  });
});

describe('X5: condition Progressing', () => {
  it('moves its times when a newer revision starts again', async () => {
    const world = await waiting();
    const timeOf = () => world.status.conditions?.find(({ type }) => type === 'Progressing')?.lastTransitionTime ?? '';
    const before = timeOf();
    world.now += 600_000;
    world.setImage('v3');
    await world.advanceUntilQuiet();
    expect(world.isWaitingForApproval).toBe(true);
    expect(timeOf() > before).toBe(true);
    expect(Date.parse(timeOf()) - Date.parse(before)).toBeGreaterThan(600_000);
  });
});

describe('X43: pod metadata of a release', () => {
  const metadata = { labels: { lane: 'gray', app: 'web' }, annotations: { note: 'n' } };
  const parts = { canary: { patchPodTemplateMetadata: metadata } };
  const newPods = (world: World) => world.server.list(PODS).filter((pod) => pod.metadata.labels?.['lane'] === 'gray');

  it('is on the new pods alone, which carry release id and batch all the same', async () => {
    const world = await waiting(parts);
    expect(newPods(world).map((pod) => pod.metadata.labels)).toMatchObject([
      { lane: 'gray', [LABEL.rolloutBatchId]: '1', [LABEL.rolloutId]: world.status.canaryStatus?.observedRolloutID },
    ]);
    expect(world.server.list(PODS)).toHaveLength(6);
  });

  it('stays as it was when the Rollout is edited on the way, and goes with the release', async () => {
    const world = await waiting(parts);
    world.patchRollout({ spec: { strategy: { canary: { patchPodTemplateMetadata: { labels: { lane: 'other' } } } } } });
    world.approve();
    await world.advanceUntilQuiet();
    expect(world.status.currentStepIndex).toBe(2);
    expect(newPods(world)).toHaveLength(5);
    await finish(world);
    released('v2')(world);
  });
});

describe('release ids', () => {
  const id = (value: string) => ({ metadata: { labels: { [LABEL.rolloutId]: value } } });
  const idsOf = (world: World): (string | undefined)[] =>
    world.server
      .list(PODS)
      .flatMap(({ metadata }) =>
        metadata.labels?.[LABEL.rolloutBatchId] === undefined ? [] : [metadata.labels[LABEL.rolloutId]],
      );

  it('X3: the label of the workload names the release and its pods', async () => {
    const world = await World.of();
    world.update(id('r1'));
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    expect(world.status.canaryStatus?.observedRolloutID).toBe('r1');
    expect(idsOf(world)).toEqual(['r1']);
  });

  it('a new id on the way is stamped from the first batch', async () => {
    const world = await waiting();
    world.update(id('r2'));
    await world.advanceUntilQuiet();
    expect(world.status.canaryStatus?.observedRolloutID).toBe('r2');
    expect(idsOf(world)).toEqual(['r2']);
    expect(world.isWaitingForApproval).toBe(true);
  });

  it('a rollback without an id is not taken for the release', async () => {
    const world = await waiting();
    const { canaryRevision } = world.status.canaryStatus ?? {};
    world.setImage('v1');
    await world.settle();
    expect(world.status.canaryStatus?.observedRolloutID).toBe(
      `rollback-${world.status.canaryStatus?.canaryRevision ?? ''}`,
    );
    await world.advanceUntilQuiet();
    expect(world.status.canaryStatus?.observedRolloutID).not.toBe(canaryRevision);
  });
});

describe('the mark of a release', () => {
  it('X29: that got lost is put back while the workload is still held', async () => {
    const world = await waiting();
    world.server.patch('kubectl', DEPLOYMENTS, 'web', {
      metadata: { annotations: { 'rollouts.kruise.io/in-progressing': null } },
    });
    await world.advanceUntilQuiet();
    expect(world.workload?.metadata.annotations?.['rollouts.kruise.io/in-progressing']).toBe('{"rolloutName":"web"}');
    await finish(world);
    released('v2')(world);
  });

  it('a hold that got lost ends the release: requests are never pinned to pods that go', async () => {
    const world = await waiting();
    world.invariants.excused = true;
    world.server.patch('kubectl', DEPLOYMENTS, 'web', { spec: { paused: null } });
    await world.advanceUntilQuiet();
    expect(world.isPinned).toBe(false);
    expect(world.status).toMatchObject({ phase: 'Healthy', currentStepState: 'StepPaused' });
    expect(world.status.message).toMatch(/Deployment web is not held any more; the release has ended/);
  });
});
