// A hold that was answered, and told of before its update was stored: what comes of it when the update is there, and when it is not.

import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../../../../src/api/names.ts';
import { ROLLOUTS } from '../../../../src/api/resources.ts';
import type { JsonObject } from '../../../../src/api/kube.ts';
import type { Rollout } from '../../../../src/api/rollout.ts';
import { holdAnnounced } from '../../../../src/core/admission/announcement.ts';
import { World } from './model/world.ts';

const SECOND = 1_000;
const openReason = ({ status: { conditions = [] } }: World): string | undefined =>
  conditions.find(({ type }) => type === 'PlanOpen')?.reason;
const eventsOf = (world: World): string[] => [...world.controller.events];

describe('a hold that was answered', () => {
  it('is told by phase, message and condition, with step 1 ahead', async () => {
    const world = await World.of();
    world.announceHold();
    expect(world.status).toMatchObject({
      phase: 'Progressing',
      message: 'an update is held; its release begins',
      currentStepIndex: 1,
      currentStepState: 'BeforeStepUpgrade',
      canaryStatus: { currentStepIndex: 1, currentStepState: 'BeforeStepUpgrade', nextStepIndex: 2 },
    });
    expect(openReason(world)).toBe('HoldAnswered');
  });

  it('is told once', async () => {
    const world = await World.of();
    world.announceHold();
    expect(holdAnnounced(world.rollout as Rollout, world.now)).toBeUndefined();
  });

  it('begins the release once the update is stored', async () => {
    const world = await World.of();
    world.announceHold();
    await world.settle();
    world.setImage('v2');
    await world.advanceUntilQuiet();
    expect(world.status).toMatchObject({ phase: 'Progressing', currentStepState: 'StepPaused', currentStepIndex: 1 });
    expect(openReason(world)).toBeUndefined();
  });

  it('waits for it, without a write, and then takes its word back without an Event', async () => {
    const world = await World.of();
    const before = eventsOf(world).length;
    const idle = world.status;
    world.announceHold();
    const told = world.writes.length;
    await world.settle();
    expect(world.writes.slice(told)).toEqual([]);
    expect(world.status.phase).toBe('Progressing');
    const since = world.now;
    await world.advanceUntilQuiet();
    expect(world.status).toEqual({ conditions: [], ...idle, message: 'workload deployment is completed' });
    expect(openReason(world)).toBeUndefined();
    expect(world.now - since).toBeGreaterThanOrEqual(4 * SECOND);
    expect(world.now - since).toBeLessThan(8 * SECOND);
    expect(eventsOf(world).slice(before)).toEqual([]);
  });

  it('is taken back at once where its clock is ahead', async () => {
    const world = await World.of();
    world.announceHold(world.now + 3_600 * SECOND);
    await world.settle();
    expect(world.status.phase).toBe('Healthy');
  });

  it('begins no release of a Rollout that is escaped or deleted meanwhile', async () => {
    const world = await World.of();
    world.announceHold();
    world.server.delete('kubectl', ROLLOUTS, 'web');
    await world.advanceUntilQuiet();
    expect(world.rollout).toBeUndefined();
    expect(world.workload?.metadata.annotations?.[ANNOTATION.inProgressing]).toBeUndefined();
  });
});

describe('a mark of an answer that an older version has left', () => {
  it('does not begin a release again that is under way', async () => {
    const world = await World.of();
    world.setImage('v2');
    await world.advanceUntilQuiet();
    world.approve();
    await world.advanceUntilQuiet();
    const { conditions = [], currentStepIndex } = world.status;
    expect(currentStepIndex).toBe(2);
    const stale = { type: 'PlanOpen', status: 'True', reason: 'HoldAnswered', message: '' };
    const status = { conditions: [...conditions, stale] } as unknown as JsonObject;
    world.server.patch('older', ROLLOUTS, 'web', { status }, { subresource: 'status' });
    await world.advanceUntilQuiet();
    expect(world.status).toMatchObject({ currentStepIndex: 2, currentStepState: 'StepPaused' });
    expect(openReason(world)).toBeUndefined();
  });
});

describe('a release that is paused before its first step', () => {
  it('does nothing of its plan, even if the step is approved, until it is resumed', async () => {
    const world = await World.of();
    world.server.patch('kubectl', ROLLOUTS, 'web', { spec: { strategy: { paused: true } } });
    world.setImage('v2');
    await world.settle();
    const canaryStatus = { currentStepState: 'StepReady' };
    world.server.patch('kubectl', ROLLOUTS, 'web', { status: { canaryStatus } }, { subresource: 'status' });
    await world.advanceUntilQuiet();
    expect(world.isPinned).toBe(false);
    expect(world.canary).toBeUndefined();
    expect(openReason(world)).toBe('Held');
    world.server.patch('kubectl', ROLLOUTS, 'web', { spec: { strategy: { paused: false } } });
    await world.advanceUntilQuiet();
    expect(world.canary).toBeDefined();
    expect(openReason(world)).toBeUndefined();
  });
});

describe('the plan of a release that has not begun', () => {
  it('is what was edited meanwhile: more steps', async () => {
    const world = await World.of();
    world.announceHold();
    const steps = [{ replicas: '20%' }, { replicas: '40%' }, { replicas: '60%' }];
    world.server.patch('kubectl', ROLLOUTS, 'web', { spec: { strategy: { canary: { steps } } } });
    world.setImage('v2');
    await world.advanceUntilQuiet();
    expect(world.status).toMatchObject({
      currentStepIndex: 1,
      currentStepState: 'StepPaused',
      message: 'Rollout is in step(1/3), and you need manually confirm to enter the next step',
      canaryStatus: { nextStepIndex: 2 },
    });
    expect(eventsOf(world).filter((text) => text.includes('edited') || text.includes('jumped'))).toEqual([]);
  });

  it('is closed in the first step', async () => {
    const world = await World.of();
    world.setImage('v2');
    await world.advanceUntilQuiet();
    expect(world.status.currentStepState).toBe('StepPaused');
    expect(openReason(world)).toBeUndefined();
  });
});
