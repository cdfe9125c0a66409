// Rules that only releases in place have: revisions that the kind's controller names, steps that leave no stable pod, and
// rollbacks that go through the steps.

import { describe, expect, it } from 'vitest';
import { ANNOTATION, LABEL } from '../../../../src/api/names.ts';
import {
  BATCH_RELEASES,
  CONTROLLER_REVISIONS,
  PODS,
  ROLLOUTS,
  SERVICES,
  STATEFUL_SETS,
} from '../../../../src/api/resources.ts';
import { released } from './model/ending.ts';
import type { RolloutParts } from './model/objects.ts';
import { approveWaiting } from './model/scenario.ts';
import { World } from './model/world.ts';

const share = (replicas: string | number, traffic?: string) => ({
  replicas,
  ...(traffic === undefined ? {} : { traffic }),
  pause: {},
});
const inPlace = (steps: RolloutParts['steps'] & object, more: RolloutParts = {}): Promise<World> =>
  World.of({ kind: 'StatefulSet', steps, ...more });
const waiting = async (world: World, step: number): Promise<World> => {
  world.setImage('v2');
  for (;;) {
    await world.runUntil(() => world.isWaitingForApproval);
    if (world.status.currentStepIndex === step) return world;
    world.approve();
    await world.settle();
  }
};
const finish = async (world: World): Promise<void> => {
  do await world.advanceUntilQuiet();
  while (approveWaiting(world));
};
const pods = (world: World) =>
  world.server
    .list(PODS)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map(({ metadata, spec }) => ({
      image: (spec as { containers: { image: string }[] }).containers[0]?.image.replace('web:', ''),
      labels: metadata.labels ?? {},
    }));
const images = (world: World): (string | undefined)[] => pods(world).map(({ image }) => image);
const partitionIn = (body: unknown): number | undefined =>
  (body as { spec?: { updateStrategy?: { rollingUpdate?: { partition?: number } } } } | undefined)?.spec?.updateStrategy
    ?.rollingUpdate?.partition;

describe('a revision without a name', () => {
  it('is waited for, with the reason, and adopted once the controller has named it', async () => {
    const world = await inPlace([share('20%'), share('60%')]);
    // Kubernetes does nothing as long as Sluice has something to do.
    world.pick = (from) => from.find((turn) => turn !== 'kubernetes') ?? 'kubernetes';
    const seen = new Set<string>();
    world.onWrite = () => {
      const { message = '', canaryStatus } = world.status;
      if (world.server.list(CONTROLLER_REVISIONS).length === 1)
        seen.add(`${canaryStatus?.canaryRevision ?? ''}|${message}`);
    };
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    expect([...seen].at(-1)).toBe('|the update is held; waits until the controller of StatefulSet web has seen it');
    expect(world.status.canaryStatus?.canaryRevision).toMatch(/^web-\w+$/);
    expect(images(world)).toEqual(['v1', 'v1', 'v1', 'v1', 'v2']);
    await finish(world);
    released('v2')(world);
  });
});

describe('a step that leaves no stable pod', () => {
  const steps = [share('20%', '20%'), share(5, '50%')];
  const selector = (world: World) => (world.server.get(SERVICES, 'web')?.['spec'] as { selector: object }).selector;

  it('opens the stable Service before the last stable pod goes, and everybody has noticed', async () => {
    const world = await waiting(await inPlace(steps, { traffic: true }), 1);
    expect(selector(world)).toMatchObject({
      [LABEL.controllerRevisionHash]: world.status.canaryStatus?.stableRevision,
    });
    let openedAt = Infinity;
    let emptied = 0;
    world.onWrite = ({ resource, before, after }) => {
      if (resource === SERVICES && after?.metadata.name === 'web' && !(LABEL.controllerRevisionHash in selector(world)))
        openedAt = world.now;
      if (resource !== STATEFUL_SETS || partitionIn(after) !== 0 || partitionIn(before) === 0) return;
      emptied += 1;
      expect(world.now - openedAt).toBeGreaterThanOrEqual(3000);
    };
    world.approve();
    await world.runUntil(() => world.isWaitingForApproval);
    expect([emptied, world.status.currentStepIndex, world.weight]).toEqual([1, 2, '20']);
    expect(images(world)).toEqual(['v2', 'v2', 'v2', 'v2', 'v2']);
    await finish(world);
    released('v2')(world);
  });

  it('makes the update what serves: a newer revision is released against it', async () => {
    const world = await waiting(await inPlace([share('40%'), share(5)]), 2);
    const { canaryRevision } = world.status.canaryStatus ?? {};
    world.setImage('v3');
    await world.runUntil(() => world.isWaitingForApproval);
    expect(world.status.canaryStatus).toMatchObject({ stableRevision: canaryRevision, currentStepIndex: 1 });
    expect(images(world)).toEqual(['v2', 'v2', 'v2', 'v3', 'v3']);
    await finish(world);
    released('v3')(world);
  });
});

describe('a rollback in batches', () => {
  const asked = (world: World): World => {
    world.patchRollout({ metadata: { annotations: { [ANNOTATION.rollbackInBatch]: 'true' } } });
    return world;
  };

  it('goes through the steps, leaves pods of the stable revision alone, and marks them', async () => {
    const world = await waiting(asked(await inPlace([share('40%'), share('80%')])), 2);
    expect(images(world)).toEqual(['v1', 'v2', 'v2', 'v2', 'v2']);
    world.setImage('v1');
    await world.runUntil(() => world.isWaitingForApproval && world.status.currentStepIndex === 1);
    expect(images(world)).toEqual(['v1', 'v2', 'v2', 'v1', 'v1']);
    const release = world.server.get(BATCH_RELEASES, 'web');
    expect(release?.metadata.annotations).toMatchObject({ [ANNOTATION.rollbackInBatch]: 'true' });
    const id = world.status.canaryStatus?.observedRolloutID;
    expect(pods(world).map(({ labels }) => labels[LABEL.noNeedUpdate])).toEqual([
      id,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(release?.['status']).toMatchObject({ canaryStatus: { noNeedUpdateReplicas: 1, updatedReplicas: 2 } });
    await finish(world);
    expect(images(world)).toEqual(['v1', 'v1', 'v1', 'v1', 'v1']);
    expect(world.status.phase).toBe('Healthy');
  });

  it('is a plain rollback without the annotation, and with traffic', async () => {
    const plain = await waiting(await inPlace([share('40%'), share('80%')]), 2);
    plain.setImage('v1');
    await plain.advanceUntilQuiet();
    released('v1')(plain);
    const split = await waiting(asked(await inPlace([share('40%', '40%')], { traffic: true })), 1);
    split.setImage('v1');
    await split.advanceUntilQuiet();
    released('v1')(split);
  });
});

describe('a rollback', () => {
  it('is not over before the broken pod of the update is gone, for which all others would wait', async () => {
    const world = await inPlace([share('40%')]);
    world.setImage('broken');
    await world.advanceUntilQuiet();
    const deleted: string[] = [];
    world.onWrite = ({ actor, verb, resource, name }) => {
      if (actor === 'sluice' && verb === 'delete' && resource === PODS) deleted.push(name);
    };
    world.setImage('v1');
    await world.advanceUntilQuiet();
    expect(deleted).toEqual(['web-4']);
    released('v1')(world);
  });

  it('that is taken back while it is carried out releases no pod more than before', async () => {
    const world = await waiting(await inPlace([share('20%'), share('60%')]), 1);
    world.approve();
    await world.runUntil(() => world.status.currentStepIndex === 2);
    let lowest = 99;
    let isBack = false;
    world.onWrite = ({ resource, after }) => {
      const { canaryStatus } = world.status;
      if (resource === STATEFUL_SETS && isBack && canaryStatus?.currentStepIndex === 1)
        lowest = Math.min(lowest, partitionIn(after) ?? 99);
      if (world.reason !== 'Cancelling' || isBack) return;
      isBack = true;
      const annotations = world.server.get(BATCH_RELEASES, 'web')?.metadata.annotations;
      expect(annotations).toMatchObject({ [ANNOTATION.halted]: 'true' });
      world.setImage('v2');
    };
    const updated = (): number => images(world).filter((image) => image === 'v2').length;
    const before = updated();
    world.setImage('v1');
    await world.runUntil(() => isBack && world.isWaitingForApproval);
    expect(updated()).toBeLessThanOrEqual(before);
    expect(lowest).toBeGreaterThanOrEqual(4);
  });

  it('that is taken back before anybody has seen it goes on where it was', async () => {
    const world = await waiting(await inPlace([share('20%'), share('60%')]), 2);
    const halted = { metadata: { annotations: { [ANNOTATION.halted]: 'true' } } };
    world.server.patch('sluice', BATCH_RELEASES, 'web', halted);
    world.server.patch('kubectl', ROLLOUTS, 'web', { metadata: { annotations: { poke: '1' } } });
    await world.advanceUntilQuiet();
    expect(world.server.get(BATCH_RELEASES, 'web')?.metadata.annotations).not.toHaveProperty([ANNOTATION.halted]);
    expect([world.status.currentStepIndex, world.isWaitingForApproval]).toEqual([2, true]);
  });
});
