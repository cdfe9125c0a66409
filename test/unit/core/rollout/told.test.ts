// What the status and Events tell where things do not go as they were told beforehand.

import { describe, expect, it } from 'vitest';
import { BATCH_RELEASES, ROLLOUTS, SERVICES } from '../../../../src/api/resources.ts';
import type { RolloutStatus } from '../../../../src/api/rollout.ts';
import type { RolloutObserved } from '../../../../src/core/rollout/rollout-observed.ts';
import type { Plan } from '../../../../src/core/tasks/plan.ts';
import { observeRollout, planAnswered } from './model/observe.ts';
import { approveWaiting } from './model/scenario.ts';
import { World } from './model/world.ts';

const begun = async (): Promise<World> => {
  const world = await World.of();
  world.setImage('v2');
  return world;
};

const planOf = async (world: World, change: Partial<RolloutObserved>): Promise<Plan> => {
  const observed = await observeRollout(world.server, 'web', world.now, { writtenAt: {}, nameTaken: false });
  return planAnswered(world.server, { ...(observed as RolloutObserved), ...change });
};
const toldBy = ({ actions }: Plan): string | undefined => {
  const [first] = actions;
  if (first?.do !== 'patch' || first.subresource !== 'status') return undefined;
  return (first.patch['status'] as RolloutStatus).message;
};

describe('a change of traffic', () => {
  it('that failed is not told as done: the status says what is attempted, once', async () => {
    const world = await begun();
    await world.controller.run('rollout');
    expect(world.reason).toBe('Initializing');
    const told = await planOf(world, {});
    expect(toldBy(told)).toMatch(/: Service web selects only the stable revision \w+; waits since/);
    const [status, pin] = told.actions;
    expect(pin?.target.resource).toBe(SERVICES);
    // The API server stored the status, and refused the pin for now.
    if (status?.do !== 'patch') throw new Error('no status');
    world.server.patch('sluice', ROLLOUTS, 'web', status.patch, { subresource: 'status' });
    const again = await planOf(world, { hasFailed: true, announced: told.announces });
    expect(toldBy(again)).toMatch(/^Rollout is in step\(1\/2\): Service web selects only the stable revision \w+$/);
    const [taken] = again.actions;
    if (taken?.do !== 'patch') throw new Error('no status');
    world.server.patch('sluice', ROLLOUTS, 'web', taken.patch, { subresource: 'status' });
    const third = await planOf(world, { hasFailed: true, announced: again.announces });
    expect(third.actions.map(({ target }) => target.resource)).toEqual([SERVICES]);
  });

  it('tells what goes on by then, not what went on when its grace began', async () => {
    const world = await begun();
    await world.runUntil(() => {
      if (world.status.message?.includes('selects all pods again; waits') === true) return true;
      approveWaiting(world);
      return false;
    });
    world.server.delete('kubectl', ROLLOUTS, 'web');
    await world.settle();
    expect(world.status.message).toMatch(/^Rollout is being deleted: Service web selects all pods again; waits since/);
  });
});

describe('what goes on by itself', () => {
  it('and lasts for a minute is told by an Event, once', async () => {
    const world = await begun();
    await world.runUntil(() => world.isWaitingForApproval);
    const { finalizers = [] } = world.server.get(BATCH_RELEASES, 'web')?.metadata ?? {};
    world.server.patch('kubectl', BATCH_RELEASES, 'web', {
      metadata: { finalizers: [...finalizers, 'example.com/keep'] },
    });
    world.setImage('v1');
    const removal = (text: string): boolean =>
      text.includes('BatchRelease web and the pods that it made are being removed');
    await world.runUntil(
      () => world.status.canaryStatus?.message !== undefined && removal(world.status.canaryStatus.message),
    );
    expect(world.controller.events.filter(removal)).toEqual([]);
    await world.advanceUntilQuiet();
    expect(world.controller.events.filter(removal)).toHaveLength(1);
  });
});
