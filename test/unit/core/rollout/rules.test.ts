// Rules of a release that several parts keep together.

import { describe, expect, it } from 'vitest';
import { BATCH_RELEASES, PODS, ROLLOUTS } from '../../../../src/api/resources.ts';
import { ANNOTATION, LABEL } from '../../../../src/api/names.ts';
import { released } from './model/ending.ts';
import { approveWaiting } from './model/scenario.ts';
import { World } from './model/world.ts';

const share = (percent: string) => ({ replicas: percent, traffic: percent, pause: {} });
const setPaused = (world: World, paused: true | null): void => world.patchRollout({ spec: { strategy: { paused } } });
const waiting = async (): Promise<World> => {
  const world = await World.of();
  world.setImage('v2');
  await world.runUntil(() => world.isWaitingForApproval);
  return world;
};
const finish = async (world: World): Promise<void> => {
  do await world.advanceUntilQuiet();
  while (approveWaiting(world));
};
const imagesOf = (world: World): string[] =>
  world.server.list(PODS).map(({ spec }) => (spec as { containers: { image: string }[] }).containers[0]?.image ?? '');

describe('paused', () => {
  it('a newer revision takes the place of the update, and no pod of it runs before it is resumed', async () => {
    const world = await waiting();
    setPaused(world, true);
    world.setImage('v3');
    await world.advanceUntilQuiet();
    expect(imagesOf(world)).toEqual(Array.from({ length: 5 }, () => 'web:v1'));
    expect([world.weight, world.status.currentStepIndex]).toEqual([undefined, 1]);
    expect(world.status.message).toBe('Rollout has been paused, you can resume it by kube-cli');
    setPaused(world, null);
    await finish(world);
    released('v3')(world);
  });

  it('X39: a rollback ends the release all the same', async () => {
    const world = await waiting();
    setPaused(world, true);
    await world.advanceUntilQuiet();
    world.setImage('v1');
    await world.advanceUntilQuiet();
    released('v1')(world);
    expect(world.rollout?.spec.strategy.paused).toBe(true);
  });
});

describe('waits', () => {
  it('X31: pods that are not ready yet are no error: nothing is attempted again, and an event ends the wait', async () => {
    const world = await World.of();
    world.setImage('broken');
    await world.advanceUntilQuiet();
    expect(await world.controller.run('rollout')).toBe(false);
    expect(await world.controller.run('batch')).toBe(false);
    expect(world.controller.wakeAt).toEqual({});
    world.setImage('v2');
    await finish(world);
    released('v2')(world);
  });

  it('of a BatchRelease made by hand are Events of its own; those of a Rollout are told by the Rollout', async () => {
    const world = await waiting();
    const own = (text: string): boolean => /^batch \d/.test(text);
    expect(world.controller.events.filter(own)).toEqual([]);
    world.invariants.excused = true;
    world.server.patch('kubectl', BATCH_RELEASES, 'web', { metadata: { ownerReferences: null } });
    world.server.patch('kubectl', ROLLOUTS, 'web', { metadata: { finalizers: null } });
    world.server.delete('kubectl', ROLLOUTS, 'web');
    const releasePlan = { batchPartition: 1 };
    world.server.patch('kubectl', BATCH_RELEASES, 'web', { spec: { releasePlan } });
    await world.advanceUntilQuiet();
    expect(world.controller.events.filter(own)).toContain('batch 2 is ready with 5 new pods');
  });
});

describe('X44: a plan that is edited while batchPartition is null', () => {
  it('neither breaks the plan nor holds the promotion up', async () => {
    const world = await waiting();
    world.approve();
    await world.runUntil(() => world.isWaitingForApproval && world.status.currentStepIndex === 2);
    world.approve();
    let edited = 0;
    world.onWrite = ({ resource, after }) => {
      const plan = (after?.['spec'] as { releasePlan?: { batchPartition?: number | null } } | undefined)?.releasePlan;
      if (resource !== BATCH_RELEASES || plan === undefined || plan.batchPartition != null || edited > 0) return;
      edited += 1;
      world.patchRollout({ spec: { strategy: { canary: { steps: [share('50%'), share('80%')] } } } });
    };
    await world.advanceUntilQuiet();
    expect(edited).toBe(1);
    released('v2')(world);
  });

  it('in the middle, by a person, the release goes on in the first step', async () => {
    const world = await waiting();
    world.server.patch('kubectl', BATCH_RELEASES, 'web', { spec: { releasePlan: { batchPartition: null } } });
    world.patchRollout({ spec: { strategy: { canary: { steps: [share('40%'), share('80%')] } } } });
    await finish(world);
    expect(world.status.phase).toBe('Healthy');
    expect(world.image()).toBe('v2');
  });
});

describe('X3: a release id', () => {
  it.each(['labels', 'annotations'])('among the %s of the workload names the release and its pods', async (where) => {
    const world = await World.of();
    world.update({ metadata: { [where]: { [LABEL.rolloutId]: 'r42' } } });
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    expect(world.status.canaryStatus?.observedRolloutID).toBe('r42');
    const stamped = world.server.list(PODS).filter(({ metadata }) => metadata.labels?.[LABEL.rolloutId] === 'r42');
    expect(stamped).toHaveLength(1);
    expect(world.workload?.metadata.annotations).toHaveProperty([ANNOTATION.inProgressing]);
  });
});
