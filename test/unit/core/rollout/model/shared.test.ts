// A release with a TrafficRouting instead of routes of its own: who opens and closes the lane, when, and what is left,
// whatever happens after whichever write.

import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../../../../src/api/kube.ts';
import { ANNOTATION, FINALIZER, trafficRoutingProgressFinalizer, FIELD_MANAGER } from '../../../../../src/api/names.ts';
import {
  DEPLOYMENTS,
  INGRESSES,
  PODS,
  ROLLOUTS,
  SERVICES,
  TRAFFIC_ROUTINGS,
} from '../../../../../src/api/resources.ts';
import { AnswerLost, Killed, SLUICE } from './controller.ts';
import { expectNoRemains, finalObjects, released } from './ending.ts';
import * as objects from './objects.ts';
import { approveWaiting, atEachMoment, play, type Scenario } from './scenario.ts';
import { World } from './world.ts';

const LANE = objects.LANE;
const MINE = trafficRoutingProgressFinalizer('web');
const HEADERS: JsonObject = { matches: [{ headers: [{ name: 'User-Agent', type: 'Exact', value: 'foo' }] }] };
const shared: Scenario = { parts: { shared: HEADERS } };

const lane = (world: World): KubeObject | undefined => world.server.get(INGRESSES, 'web-canary');
const shown = (world: World) => world.routing?.status;
const finalizers = (world: World): string[] => world.routing?.metadata.finalizers ?? [];
const waiting = async (parts: objects.RolloutParts = { shared: HEADERS }): Promise<World> => {
  const world = await World.of(parts);
  world.setImage('v2');
  await world.runUntil(() => world.isWaitingForApproval && lane(world) !== undefined);
  await world.advanceUntilQuiet();
  return world;
};
const closed = (world: World): void => {
  expect(shown(world)?.phase).toBe('Healthy');
  expect(finalizers(world)).toEqual([FINALIZER.trafficRouting]);
  expect(world.routing?.metadata.annotations).toEqual({ 'user.example/note': 'keep me' });
};

/** The lane is open only while a Rollout shares it, and a pod goes only when the lane is closed and everybody knows. */
function guard(world: World): void {
  let openUntil = -Infinity;
  const then = world.onWrite;
  world.onWrite = (write, index) => {
    const { resource, name, verb, before, after, actor } = write;
    if (resource === INGRESSES && name === 'web-canary' && verb === 'create' && !finalizers(world).includes(MINE)) {
      throw new Error('the lane opens and nobody shares it');
    }
    if (resource === INGRESSES && after === undefined) openUntil = world.now + objects.GRACE_SECONDS * 1000;
    const isNew = resource === DEPLOYMENTS && name !== 'web';
    if (isNew && verb === 'create' && !finalizers(world).includes(MINE)) throw new Error('new pods before the share');
    const goes = isNew && actor === FIELD_MANAGER && after?.metadata.finalizers?.length === 0;
    const isAgain = world.image() === 'v3' && finalizers(world).includes(MINE);
    if (goes && before !== undefined && !isAgain && (lane(world) !== undefined || world.now < openUntil)) {
      throw new Error('new pods go while the lane is open');
    }
    then(write, index);
  };
}

describe('S3: one Rollout and its TrafficRouting', () => {
  it('S3-1, S3-2, S3-5: matching requests go to the Service as soon as the Rollout shares the lane', async () => {
    const world = await waiting();
    expect(finalizers(world)).toEqual([FINALIZER.trafficRouting, MINE]);
    expect(shown(world)).toMatchObject({
      phase: 'Progressing',
      message: 'Rollout web releases with it: matching requests go to the new versions',
    });
    expect(lane(world)?.metadata.annotations).toMatchObject({
      'nginx.ingress.kubernetes.io/canary': 'true',
      'nginx.ingress.kubernetes.io/canary-by-header': 'User-Agent',
      'nginx.ingress.kubernetes.io/canary-by-header-value': 'foo',
    });
    expect(JSON.stringify(lane(world)?.['spec'])).toContain('"service":{"name":"web"');
    expect(world.server.list(SERVICES)).toHaveLength(1);
    expect(world.isPinned).toBe(false);
  });

  it('S3-2: the annotation does the same as the field', async () => {
    const world = await World.of({ shared: HEADERS });
    const annotations = { [ANNOTATION.trafficRouting]: LANE };
    world.patchRollout({ metadata: { annotations }, spec: { strategy: { canary: { trafficRoutingRef: null } } } });
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval && lane(world) !== undefined);
    expect(finalizers(world)).toContain(MINE);
  });

  it('S3-8: a weight gives that share, and S3-11: matches win over it', async () => {
    const weighted = await waiting({ shared: { weight: 20 } });
    expect(weighted.weight).toBe('20');
    expect(shown(weighted)?.message).toContain('20 % of requests go to the new versions');
    const both = await waiting({ shared: { ...HEADERS, weight: 20 } });
    expect(both.weight).toBeUndefined();
    expect(lane(both)?.metadata.annotations).toHaveProperty(['nginx.ingress.kubernetes.io/canary-by-header']);
  });

  it('a strategy that names no requests splits none, and says so', async () => {
    const world = await World.of({ shared: {} });
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    await world.advanceUntilQuiet();
    expect(lane(world)).toBeUndefined();
    expect(shown(world)?.message).toContain('spec.strategy has neither matches nor weight');
  });

  it('S3-9: with the last approval the lane closes, the workload upgrades natively and the canary goes', async () => {
    const world = await waiting();
    guard(world);
    world.approve();
    await world.advanceUntilQuiet();
    released('v2')(world);
    closed(world);
  });

  it('drift of the lane is repaired while it is open', async () => {
    const world = await waiting();
    world.server.delete('kubectl', INGRESSES, 'web-canary');
    await world.advanceUntilQuiet();
    expect(lane(world)).toBeDefined();
    const annotations = { 'nginx.ingress.kubernetes.io/canary-by-header-value': 'bar' };
    world.server.patch('kubectl', INGRESSES, 'web-canary', { metadata: { annotations } });
    await world.advanceUntilQuiet();
    expect(lane(world)?.metadata.annotations).toMatchObject({
      'nginx.ingress.kubernetes.io/canary-by-header-value': 'foo',
    });
    world.server.patch('kubectl', TRAFFIC_ROUTINGS, LANE, { spec: { strategy: { matches: null, weight: 5 } } });
    await world.advanceUntilQuiet();
    expect(world.weight).toBe('5');
  });
});

describe('what the release waits for', () => {
  const begin = async (spoil: (world: World) => void): Promise<World> => {
    const world = await World.of({ shared: HEADERS });
    spoil(world);
    await world.advanceUntilQuiet();
    world.setImage('v2');
    await world.advanceUntilQuiet();
    expect(world.server.list(DEPLOYMENTS)).toHaveLength(1);
    expect(world.reason).toBe('Initializing');
    return world;
  };
  const goesOn = async (world: World): Promise<void> => {
    await world.runUntil(() => world.isWaitingForApproval);
    do await world.advanceUntilQuiet();
    while (approveWaiting(world));
    released('v2')(world);
    closed(world);
  };
  const drop = (world: World): void => {
    world.server.patch('kubectl', TRAFFIC_ROUTINGS, LANE, { metadata: { finalizers: null } });
    world.server.delete('kubectl', TRAFFIC_ROUTINGS, LANE);
  };

  it('a missing TrafficRouting', async () => {
    const world = await begin(drop);
    expect(world.status.message).toMatch(/the update stays held: TrafficRouting lane does not exist/);
    world.server.create('kubectl', TRAFFIC_ROUTINGS, objects.trafficRouting({ shared: HEADERS }));
    await goesOn(world);
  });

  it.each<[string, (world: World) => void, RegExp, (world: World) => void]>([
    [
      'Ingress',
      ({ server }) => void server.delete('kubectl', INGRESSES, 'web'),
      /TrafficRouting lane is not ready: requests cannot be split: Ingress web does not exist/,
      ({ server }) => void server.create('kubectl', INGRESSES, objects.ingress()),
    ],
    [
      'Service',
      ({ server }) => void server.delete('kubectl', SERVICES, 'web'),
      /Service web does not exist/,
      ({ server }) => void server.create('kubectl', SERVICES, objects.service()),
    ],
    [
      'Ingress class',
      ({ server }) => {
        const objectRef = [{ service: 'web', ingress: { name: 'web', classType: 'nope' } }];
        server.patch('kubectl', TRAFFIC_ROUTINGS, LANE, { spec: { objectRef } });
      },
      /ingress class "nope" is not known/,
      ({ server }) =>
        void server.patch('kubectl', TRAFFIC_ROUTINGS, LANE, {
          spec: objects.trafficRouting({ shared: HEADERS })['spec'] as JsonObject,
        }),
    ],
    [
      'Ingress of somebody else in its place',
      ({ server }) =>
        void server.create('kubectl', INGRESSES, { ...objects.ingress(), metadata: { name: 'web-canary' } }),
      /Ingress web-canary exists and was not made for/,
      ({ server }) => void server.delete('kubectl', INGRESSES, 'web-canary'),
    ],
  ])('a TrafficRouting that cannot split: %s', async (_what, spoil, why, mend) => {
    const world = await begin(spoil);
    expect(shown(world)?.phase).toBe('Initial');
    expect(world.status.message).toMatch(why);
    mend(world);
    await goesOn(world);
  });

  it('a TrafficRouting that is being deleted', async () => {
    const other = { metadata: { finalizers: [FINALIZER.trafficRouting, 'user.example/keep'] } };
    const world = await begin(({ server }) => {
      server.patch('kubectl', TRAFFIC_ROUTINGS, LANE, other);
      server.delete('kubectl', TRAFFIC_ROUTINGS, LANE);
    });
    expect(world.status.message).toMatch(/TrafficRouting lane is being deleted; make it again once it is gone/);
    expect(finalizers(world)).toEqual(['user.example/keep']);
  });

  it('a TrafficRouting that ends another release first', async () => {
    const world = await World.of({ shared: HEADERS });
    world.server.patch(
      'kubectl',
      TRAFFIC_ROUTINGS,
      LANE,
      { status: { phase: 'Finalizing' } },
      { subresource: 'status' },
    );
    world.onWrite = ({ resource, after }) => {
      if (resource === TRAFFIC_ROUTINGS && after?.metadata.finalizers?.includes(MINE) === true)
        expect(shown(world)?.phase).not.toBe('Finalizing');
    };
    world.setImage('v2');
    await goesOn(world);
  });
});

describe('X11 X28: whatever happens after whichever write', () => {
  const changingTo = (image: string): Scenario => ({
    ...shared,
    onQuiet: (world) => {
      if (world.isWaitingForApproval && world.image() === 'v2') {
        world.setImage(image);
        return true;
      }
      return approveWaiting(world);
    },
  });

  it.each<[string, Scenario, string]>([
    ['a whole release', shared, 'v2'],
    ['a rollback', changingTo('v1'), 'v1'],
    ['a newer revision', changingTo('v3'), 'v3'],
  ])('%s ends the same when the process is killed or an answer is lost', async (_name, scenario, image) => {
    const guarded = { ...scenario, prepare: guard };
    const clean = await play(guarded);
    released(image)(clean);
    closed(clean);
    const faults = clean.writes.flatMap(({ actor }, index) => (actor === SLUICE ? [index] : []));
    expect(faults.length).toBeGreaterThan(20);
    for (const at of faults) {
      for (const error of [Killed, AnswerLost]) {
        const world = await play({ ...guarded, fault: { at, error } });
        expect(finalObjects(world), `${error.name} after write ${at}`).toEqual(finalObjects(clean));
      }
    }
  });

  it.each<[string, (world: World) => void, (world: World) => void]>([
    ['the Rollout is disabled', (world) => world.patchRollout({ spec: { disabled: true } }), closed],
    ['the Rollout is deleted', (world) => void world.server.delete('kubectl', ROLLOUTS, 'web'), closed],
    [
      'the Rollout is deleted by force',
      (world) => {
        world.patchRollout({ metadata: { finalizers: null } });
        world.server.delete('kubectl', ROLLOUTS, 'web');
      },
      closed,
    ],
    [
      'the Rollout forgets the TrafficRouting',
      (world) => world.patchRollout({ spec: { strategy: { canary: { trafficRoutingRef: null } } } }),
      closed,
    ],
    [
      'the workload is deleted',
      (world) => {
        world.invariants.excused = true;
        world.server.delete('kubectl', DEPLOYMENTS, 'web');
      },
      closed,
    ],
  ])('the lane closes when %s', async (_what, does, check) => {
    await atEachMoment(
      shared,
      does,
      (world) => {
        check(world);
        expect(lane(world)).toBeUndefined();
      },
      3,
    );
  });

  it('a TrafficRouting that is deleted is restored before it goes, and the release ends all the same', async () => {
    await atEachMoment(
      shared,
      (world) => void world.server.delete('kubectl', TRAFFIC_ROUTINGS, LANE),
      (world) => {
        expect(world.routing).toBeUndefined();
        expect(lane(world)).toBeUndefined();
        const isThrough = world.status.phase === 'Healthy';
        if (isThrough) expectNoRemains(world);
        else expect(world.status.message).toContain('TrafficRouting lane does not exist');
      },
      2,
    );
  });

  it('X11: deleted while a Rollout releases: the routes are restored, and it waits and says for whom', async () => {
    const world = await waiting();
    world.server.delete('kubectl', TRAFFIC_ROUTINGS, LANE);
    await world.advanceUntilQuiet();
    expect(lane(world)).toBeUndefined();
    expect(shown(world)).toMatchObject({ phase: 'Terminating' });
    expect(shown(world)?.message).toBe(
      'TrafficRouting is being deleted: all requests go to the stable versions; waits for Rollout web to finish, which began to release with it',
    );
    expect(finalizers(world)).toEqual([FINALIZER.trafficRouting, MINE]);
    world.approve();
    await world.advanceUntilQuiet();
    expect(world.routing).toBeUndefined();
    released('v2')(world);
  });

  it('what was left of the TrafficRouting by a wiped status is found and taken away', async () => {
    const world = await waiting();
    world.patchRollout({ metadata: { finalizers: null, annotations: { [ANNOTATION.hash]: null } } });
    world.server.delete('kubectl', ROLLOUTS, 'web');
    world.server.patch('kubectl', TRAFFIC_ROUTINGS, LANE, { status: null }, { subresource: 'status' });
    world.server.patch('kubectl', TRAFFIC_ROUTINGS, LANE, { metadata: { finalizers: [FINALIZER.trafficRouting] } });
    await world.advanceUntilQuiet();
    expect(lane(world)).toBeUndefined();
    closed(world);
    expect(world.server.list(PODS).length).toBeGreaterThan(4);
  });
});
