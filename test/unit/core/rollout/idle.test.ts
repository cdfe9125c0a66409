// A Rollout without a release: what it shows, what it refuses, and what it leaves alone.

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/api/kube.ts';
import { ANNOTATION, FINALIZER, LABEL } from '../../../../src/api/names.ts';
import { DEPLOYMENTS, ROLLOUTS, SERVICES, STATEFUL_SETS } from '../../../../src/api/resources.ts';
import type { Rollout } from '../../../../src/api/rollout.ts';
import type { Plan } from '../../../../src/core/tasks/plan.ts';
import { planRollout } from '../../../../src/core/rollout/plan-rollout.ts';
import type { RolloutObserved } from '../../../../src/core/rollout/rollout-observed.ts';
import { observeRollout } from './model/observe.ts';
import * as objects from './model/objects.ts';
import { World } from './model/world.ts';

const planOf = async (world: World, name: string, change: Partial<RolloutObserved> = {}): Promise<Plan> => {
  const observed = await observeRollout(world.server, name, world.now, { writtenAt: {}, nameTaken: false });
  return planRollout({ ...(observed as RolloutObserved), ...change });
};
/** The status that a plan writes, or undefined. */
const statusOf = (plan: Plan): JsonObject | undefined => {
  const action = plan.actions.find((one) => one.do === 'patch' && one.subresource === 'status');
  return action?.do === 'patch' ? (action.patch['status'] as JsonObject) : undefined;
};
const create = (world: World, name: string, spec: JsonObject = {}): void => {
  const rollout = objects.rollout();
  const merged = { ...(rollout['spec'] as object), ...spec };
  world.server.create('kubectl', ROLLOUTS, { ...rollout, metadata: { name }, spec: merged });
};

describe('an idle Rollout', () => {
  it('is Healthy with the revision that serves, as if it had been released', async () => {
    const { status } = await World.of();
    expect(status).toMatchObject({
      phase: 'Healthy',
      message: 'workload deployment is completed',
      currentStepIndex: 2,
      currentStepState: 'Completed',
      canaryStatus: { currentStepState: 'Completed', nextStepIndex: -1, currentStepIndex: 2 },
    });
    expect(status.canaryStatus?.observedRolloutID).toBe(status.canaryStatus?.canaryRevision);
  });

  it('names the revision that serves once there is one, where it was made before that', async () => {
    const world = await World.of();
    const { stableRevision, podTemplateHash, canaryRevision } = world.status.canaryStatus ?? {};
    const early: JsonObject = { stableRevision: '', podTemplateHash: '', canaryRevision: canaryRevision ?? '' };
    world.server.patch(
      'kubectl',
      ROLLOUTS,
      objects.WEB,
      { status: { canaryStatus: early } },
      { subresource: 'status' },
    );
    await world.advanceUntilQuiet();
    expect(world.status.canaryStatus).toMatchObject({ stableRevision, podTemplateHash, canaryRevision });
    const none: JsonObject = { ...early, canaryRevision: '' };
    world.server.patch('kubectl', ROLLOUTS, objects.WEB, { status: { canaryStatus: none } }, { subresource: 'status' });
    await world.advanceUntilQuiet();
    expect(world.status.canaryStatus).toMatchObject({ stableRevision, podTemplateHash, canaryRevision });
  });

  it('says what it waits for, without the disabling that has just ended', async () => {
    const world = await World.of();
    const rollout = { ...world.rollout, status: { ...world.status, phase: 'Disabling' } } as Rollout;
    const plan = await planOf(world, objects.WEB, { rollout, workload: undefined });
    expect(statusOf(plan)?.['message']).toBe('waits for the workload: Deployment web does not exist');
  });

  it('leaves the status of a style that nobody here serves as another controller wrote it', async () => {
    const world = await World.of();
    const { canaryStatus: _canary, ...status } = world.status;
    const rollout = {
      ...world.rollout,
      spec: { ...(world.rollout as Rollout).spec, strategy: { blueGreen: { steps: [{ replicas: '100%' }] } } },
      status: { ...status, blueGreenStatus: { stableRevision: 'v1', currentStepIndex: 1 } },
    } as Rollout;
    const plan = await planOf(world, objects.WEB, { rollout, kind: undefined, unsupported: 'no', workload: undefined });
    expect(statusOf(plan)).toMatchObject({ phase: 'Initial' });
    expect(statusOf(plan)).not.toHaveProperty('blueGreenStatus');
  });

  it('carries its finalizer and the hash of its plan', async () => {
    const { metadata } = (await World.of()).rollout as Rollout;
    expect(metadata.finalizers).toEqual([FINALIZER.rollout]);
    expect(metadata.annotations?.[ANNOTATION.hash]).toMatch(/^[a-z0-9]{64}$/);
  });

  it('has its finalizer before its first release makes anything, even if the update came at once', async () => {
    const world = await World.of();
    const unmark = (): void =>
      void world.server.patch('kubectl', ROLLOUTS, objects.WEB, { metadata: { finalizers: null } as JsonObject });
    unmark();
    world.policyAlone = true;
    world.setImage('v2');
    const first = (await planOf(world, objects.WEB)).actions;
    expect(first).toMatchObject([{ do: 'patch', subresource: 'status', patch: { status: { phase: 'Progressing' } } }]);
    await world.advanceUntilQuiet();
    unmark();
    expect((await planOf(world, objects.WEB)).actions).toMatchObject([
      { do: 'patch', patch: { metadata: { finalizers: [FINALIZER.rollout] } } },
    ]);
  });

  it('X38: becomes Healthy with a workload of no replicas', async () => {
    const world = await World.of();
    world.update({ spec: { replicas: 0 } });
    await world.advanceUntilQuiet();
    create(world, 'second', { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } });
    expect(statusOf(await planOf(world, 'second', { governor: 'second' }))).toMatchObject({ phase: 'Healthy' });
  });

  it('waits for a workload that does not exist, without a hollow status', async () => {
    const world = await World.of();
    create(world, 'second', { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none' } });
    const status = statusOf(await planOf(world, 'second'));
    expect(status).toMatchObject({
      phase: 'Initial',
      message: 'waits for the workload: Deployment none does not exist',
    });
    expect(status).not.toHaveProperty('canaryStatus');
  });

  it('reports a revision that went out while nothing held it', async () => {
    const world = await World.of();
    world.now += 5_000;
    world.server.patch('kubectl', DEPLOYMENTS, 'web', { spec: { template: objects.template('v9') } });
    await world.advanceUntilQuiet();
    expect(world.status.conditions).toMatchObject([{ type: 'Bypassed', status: 'True', reason: 'Bypassed' }]);
    expect(world.status).toMatchObject({ phase: 'Healthy', currentStepState: 'Completed' });
    world.setImage('v2');
    await world.settle();
    expect(world.status.conditions?.map(({ type }) => type)).toEqual(['Progressing']);
  });
});

describe('a Rollout that cannot govern its workload', () => {
  const accepted = (plan: Plan) => (statusOf(plan)?.['conditions'] as JsonObject[] | undefined)?.[0];

  it('says which rule it breaks, and begins nothing', async () => {
    const world = await World.of();
    world.policyAlone = true;
    world.setImage('v2');
    const plan = await planOf(world, 'web', { violations: ['spec.strategy.canary.steps[0]: too large'] });
    expect(accepted(plan)).toMatchObject({ type: 'Accepted', status: 'False', reason: 'Invalid' });
    expect(statusOf(plan)).toMatchObject({ message: 'spec.strategy.canary.steps[0]: too large' });
    expect(statusOf(plan)).not.toHaveProperty('phase');
  });

  it('case 19: says that a StatefulSet with OnDelete is not released, and calls nothing completed', async () => {
    const world = await World.of({ kind: 'StatefulSet', steps: [{ replicas: 1 }, { replicas: 2 }] });
    const updateStrategy: JsonObject = { type: 'OnDelete', rollingUpdate: null };
    world.server.patch('kubectl', STATEFUL_SETS, 'web', { spec: { updateStrategy } });
    await world.advanceUntilQuiet();
    world.setImage('v2');
    await world.advanceUntilQuiet();
    const { message, conditions = [], canaryStatus } = world.status;
    expect(message).toMatch(/^StatefulSet web is not released: spec.updateStrategy.type is OnDelete/);
    expect(conditions.map(({ type, status }) => `${type} ${status}`)).toEqual(['Accepted False']);
    expect(canaryStatus?.canaryRevision).toBe(canaryStatus?.stableRevision);
    world.server.patch('kubectl', STATEFUL_SETS, 'web', { spec: { updateStrategy: { type: 'RollingUpdate' } } });
    await world.advanceUntilQuiet();
    expect(world.status.conditions?.map(({ type }) => type)).not.toContain('Accepted');
  });

  it('X16: says that its kind or style is not supported, and begins nothing', async () => {
    const world = await World.of();
    world.setImage('v2');
    const plan = await planOf(world, 'web', {
      kind: undefined,
      workload: undefined,
      unsupported: 'workloads of kind Job …',
    });
    expect(accepted(plan)).toMatchObject({ reason: 'Unsupported', message: 'workloads of kind Job …' });
    expect(statusOf(plan)).toMatchObject({ phase: 'Initial', message: 'workloads of kind Job …' });
  });

  it('X22: says which Rollout governs the workload, and takes its word back when that is gone', async () => {
    const world = await World.of();
    create(world, 'second');
    const plan = await planOf(world, 'second');
    const message =
      'Deployment web is governed by Rollout web; delete one of the two or let them name different workloads';
    expect(accepted(plan)).toMatchObject({ type: 'Accepted', status: 'False', reason: 'Conflict', message });
    world.server.patch('sluice', ROLLOUTS, 'second', { status: statusOf(plan) ?? {} }, { subresource: 'status' });
    const after = statusOf(await planOf(world, 'second', { governor: 'second' }));
    expect(after).toMatchObject({ message: 'workload deployment is completed', conditions: [] });
  });
});

describe('a Rollout beside the one that releases', () => {
  /** In step 1, with a second Rollout for the same workload and Service. */
  const releasing = async (): Promise<World> => {
    const world = await World.of();
    create(world, 'second');
    world.server.patch('sluice', ROLLOUTS, 'second', { metadata: { finalizers: [FINALIZER.rollout] } });
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    return world;
  };
  const touched = (plan: Plan): string[] => plan.actions.map(({ target }) => target.resource.plural);

  it('touches nothing of it when it is disabled', async () => {
    const world = await releasing();
    world.server.patch('kubectl', ROLLOUTS, 'second', { spec: { disabled: true } });
    const plan = await planOf(world, 'second');
    expect(statusOf(plan)).toMatchObject({ phase: 'Disabled' });
    expect(touched(plan)).toEqual(['rollouts']);
  });

  it('touches nothing of it when it is deleted, and goes', async () => {
    const world = await releasing();
    world.server.delete('kubectl', ROLLOUTS, 'second');
    for (let pass = 0; pass < 3; pass += 1) {
      const plan = await planOf(world, 'second');
      expect(touched(plan)).toEqual(['rollouts']);
      for (const action of plan.actions) {
        if (action.do !== 'patch') throw new Error('not a patch');
        world.server.patch('sluice', ROLLOUTS, 'second', action.patch, { subresource: action.subresource });
      }
      if (world.server.get(ROLLOUTS, 'second') === undefined) return;
    }
    throw new Error('still there');
  });

  it('leaves the Service alone once it is Disabled, whatever it looks like', async () => {
    const world = await releasing();
    const status = { phase: 'Disabled', message: 'x' };
    world.server.patch('kubectl', ROLLOUTS, 'second', { spec: { disabled: true } });
    world.server.patch('sluice', ROLLOUTS, 'second', { status }, { subresource: 'status' });
    expect(touched(await planOf(world, 'second')).filter((plural) => plural !== 'rollouts')).toEqual([]);
    expect(world.server.get(SERVICES, 'web')?.['spec']).toMatchObject({
      selector: { [LABEL.podTemplateHash]: world.status.canaryStatus?.stableRevision },
    });
  });
});

describe('deletion', () => {
  it('of a Rollout whose kind nobody serves is not in the way', async () => {
    const world = await World.of();
    create(world, 'second', { workloadRef: { apiVersion: 'batch/v1', kind: 'Job', name: 'web' } });
    world.server.patch('sluice', ROLLOUTS, 'second', { metadata: { finalizers: [FINALIZER.rollout] } });
    world.server.delete('kubectl', ROLLOUTS, 'second');
    const status = statusOf(await planOf(world, 'second'));
    expect(status).toMatchObject({ phase: 'Terminating' });
    expect(status).not.toHaveProperty('canaryStatus');
    world.server.patch('sluice', ROLLOUTS, 'second', { status: status ?? {} }, { subresource: 'status' });
    expect((await planOf(world, 'second')).actions).toMatchObject([
      { do: 'patch', patch: { metadata: { finalizers: [] } } },
    ]);
  });
});
