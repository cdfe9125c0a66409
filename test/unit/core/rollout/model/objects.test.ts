// The objects of a release and of its user, deleted or changed by others after each single write.

import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../../src/api/kube.ts';
import { LABEL } from '../../../../../src/api/names.ts';
import { DEPLOYMENTS, INGRESSES, PODS, ROLLOUTS, SERVICES } from '../../../../../src/api/resources.ts';
import { expectNoRemains, expectReleased, released } from './ending.ts';
import * as objects from './objects.ts';
import { approveWaiting, atEachMoment, type Scenario } from './scenario.ts';
import { WEB, World } from './world.ts';

const deletes =
  (resource: typeof SERVICES, name = WEB) =>
  (world: World): void =>
    void world.server.delete('kubectl', resource, name);

describe('the Rollout', () => {
  it('X12: deleted at any moment it promotes the update and leaves nothing held', async () => {
    await atEachMoment(
      {},
      deletes(ROLLOUTS),
      (world) => {
        expect(world.rollout).toBeUndefined();
        expectNoRemains(world);
        expectReleased(world, { image: 'v2' });
      },
      4,
    );
  });

  it('X12: disabled at any moment it promotes the update and leaves nothing held', async () => {
    await atEachMoment(
      {},
      (world) => world.patchRollout({ spec: { disabled: true } }),
      (world) => {
        expect(world.status.phase).toBe('Disabled');
        expectNoRemains(world);
        expectReleased(world, { image: 'v2' });
      },
      4,
    );
  });

  it('disabled and enabled again at once, at any moment', async () => {
    const does = (world: World): void => {
      world.patchRollout({ spec: { disabled: true } });
      world.patchRollout({ spec: { disabled: false } });
    };
    await atEachMoment({}, does, released('v2'), 5);
  });

  it('X42: deleted while a newer revision replaces the update, or while a rollback is under way', async () => {
    for (const image of ['v1', 'v3']) {
      const does = (world: World): void => {
        world.setImage(image);
        world.later(6, deletes(ROLLOUTS));
      };
      const check = (world: World): void => {
        expectNoRemains(world);
        expectReleased(world, { image });
      };
      await atEachMoment({}, does, check, 6);
    }
  });

  it('X39: paused at any moment it stays there until it is resumed', async () => {
    const pause = (paused: true | null) => ({ spec: { strategy: { paused } } });
    const onQuiet = (world: World): boolean => {
      if (world.rollout?.spec.strategy.paused !== true) return approveWaiting(world);
      if (world.status.phase === 'Progressing')
        expect(world.status.message).toMatch(/^Rollout has been paused, you can resume it by kube-cli$/);
      world.patchRollout(pause(null));
      return true;
    };
    await atEachMoment({ onQuiet }, (world) => world.patchRollout(pause(true)), released('v2'), 4);
  });
});

/** Brings back what is missing once nothing moves, and approves. */
const restoring = (resource: typeof SERVICES, object: () => KubeObject, explained: RegExp): Scenario => ({
  onQuiet: (world) => {
    if (world.server.get(resource, WEB) !== undefined) return approveWaiting(world);
    if (world.status.phase === 'Progressing') expect(world.status.message).toMatch(explained);
    world.server.create('kubectl', resource, object());
    return true;
  },
});

const workloadWith = (image: string): KubeObject => ({
  ...objects.deployment(),
  spec: { ...(objects.deployment()['spec'] as object), template: objects.template(image) },
});

describe("the user's objects", () => {
  it('the Service deleted at any moment, and made again', async () => {
    const scenario = restoring(SERVICES, objects.service, /Service web does not exist/);
    await atEachMoment(scenario, deletes(SERVICES), released('v2'), 4);
  });

  it('the Ingress deleted at any moment, and made again', async () => {
    const scenario = restoring(INGRESSES, objects.ingress, /Ingress web does not exist/);
    await atEachMoment(scenario, deletes(INGRESSES), released('v2'), 5);
  });

  it('X12, X13: the workload deleted at any moment restores Service and route; one made anew is released again', async () => {
    const scenario = restoring(DEPLOYMENTS, () => workloadWith('v2'), /./);
    await atEachMoment(
      scenario,
      deletes(DEPLOYMENTS),
      async (world) => {
        released('v2')(world);
        world.setImage('v4');
        await world.runUntil(() => world.isWaitingForApproval);
        world.setImage('v2');
        await world.advanceUntilQuiet();
        released('v2')(world);
      },
      4,
    );
  });

  it('X13: workload and Rollout deleted together at any moment: the Service is as its user wrote it', async () => {
    const does = (world: World): void => {
      deletes(DEPLOYMENTS)(world);
      deletes(ROLLOUTS)(world);
    };
    const check = (world: World): void => {
      expect(world.rollout).toBeUndefined();
      expectNoRemains(world);
    };
    await atEachMoment({}, does, check, 5);
  });

  it('the workload deleted and made anew at once, at any moment', async () => {
    const does = (world: World): void => {
      world.invariants.excused = true;
      deletes(DEPLOYMENTS)(world);
      world.server.create('kubectl', DEPLOYMENTS, workloadWith('v2'));
    };
    await atEachMoment({}, does, released('v2'), 5);
  });

  it.each([0, 2, 8])('scaled to %i at any moment', async (replicas) => {
    const onQuiet = (world: World): boolean => {
      if (replicas !== 0 || (world.workload?.['spec'] as { replicas: number }).replicas > 0)
        return approveWaiting(world);
      world.update({ spec: { replicas: 5 } });
      return true;
    };
    const does = (world: World): void => {
      world.invariants.excused = replicas === 0;
      world.update({ spec: { replicas } });
    };
    await atEachMoment({ onQuiet }, does, released('v2', replicas || 5), 6);
  });

  it('X38: scaled to zero while a step waits, its new pods and its routes go, it says so, and they come back', async () => {
    const world = await World.of();
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    world.invariants.excused = true;
    world.update({ spec: { replicas: 0 } });
    await world.advanceUntilQuiet();
    expect(world.server.list(PODS)).toEqual([]);
    expect([world.weight, world.isPinned]).toEqual([undefined, false]);
    expect(world.controller.events.join()).toMatch(/the workload is scaled to zero: its new pods go/);
    expect(world.status.message).toMatch(/step\(1\/2\), and you need manually confirm/);
    world.update({ spec: { replicas: 5 } });
    await world.advanceUntilQuiet();
    expect([world.weight, world.isPinned]).toEqual(['20', true]);
    expect(world.server.list(PODS)).toHaveLength(6);
  });

  it('X38: scaled to zero, the steps that are approved go on and the release ends', async () => {
    const world = await World.of();
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    world.invariants.excused = true;
    world.update({ spec: { replicas: 0 } });
    do await world.advanceUntilQuiet();
    while (approveWaiting(world));
    released('v2', 0)(world);
  });

  it('taken out of our hands at any moment: Services and routes go back, the workload is not touched', async () => {
    const does = (world: World): void => {
      world.invariants.excused = true;
      world.update({ metadata: { labels: { [LABEL.enrolled]: 'false' } } });
      world.onWrite = ({ actor, resource, name }) => {
        if (resource === DEPLOYMENTS && name === WEB) expect(actor).not.toBe('sluice');
      };
    };
    await atEachMoment({}, does, expectNoRemains, 6);
  });
});

describe('drift: what Sluice made is put back', () => {
  const excused = (does: (world: World) => void) => (world: World) => {
    world.invariants.excused = true;
    does(world);
  };
  const CANARY = `${WEB}-canary`;

  it.each<[string, (world: World) => void]>([
    ['the canary Service', deletes(SERVICES, CANARY)],
    ['the canary Ingress', deletes(INGRESSES, CANARY)],
    [
      'the pin',
      ({ server }) =>
        void server.patch('kubectl', SERVICES, WEB, { spec: { selector: { [LABEL.podTemplateHash]: null } } }),
    ],
    [
      'the weight',
      ({ server }) => {
        const annotations = { 'nginx.ingress.kubernetes.io/canary-weight': '77' };
        server.patch('kubectl', INGRESSES, CANARY, { metadata: { annotations } });
      },
    ],
  ])('%s, at any moment', async (_name, does) => {
    await atEachMoment({}, excused(does), released('v2'), 6);
  });

  it('a canary Deployment deleted by hand serves until another one has taken its place', async () => {
    const does = (world: World): void => {
      const { canary } = world;
      if (canary !== undefined) world.server.delete('kubectl', DEPLOYMENTS, canary.metadata.name);
    };
    await atEachMoment({}, does, released('v2'), 4);
  });
});
