// The plan of a TrafficRouting by itself: who shares it, in which order it writes, and what it waits for.

import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../../../src/api/kube.ts';
import { FINALIZER, trafficRoutingProgressFinalizer as share } from '../../../../src/api/names.ts';
import { HTTP_ROUTES, INGRESSES, ROLLOUTS, SERVICES, TRAFFIC_ROUTINGS } from '../../../../src/api/resources.ts';
import type { Rollout } from '../../../../src/api/rollout.ts';
import type { TrafficRouting } from '../../../../src/api/traffic-routing.ts';
import type { Plan } from '../../../../src/core/tasks/plan.ts';
import type { RoutingObserved } from '../../../../src/core/routing/routing-observed.ts';
import { planRouting } from '../../../../src/core/routing/plan-routing.ts';
import { wantedRoute } from '../../../../src/core/routing/routing-traffic.ts';
import { releasesWith } from '../../../../src/core/routing/users.ts';
import { ApiServer } from '../rollout/model/api-server.ts';
import * as objects from '../rollout/model/objects.ts';
import { observeRouting } from '../rollout/model/observe.ts';

const LANE = objects.LANE;
const CANARY = 'web-canary';
const GRACE = objects.GRACE_SECONDS * 1000;

let now: number;
let server: ApiServer;
let writtenAt: Record<string, number>;

const sharing = (name: string): KubeObject => ({
  metadata: { name },
  spec: { strategy: { canary: { steps: [], trafficRoutingRef: LANE } } },
});
const routing = (): TrafficRouting => server.get(TRAFFIC_ROUTINGS, LANE) as TrafficRouting;
const canary = (): KubeObject | undefined => server.get(INGRESSES, CANARY);
const phase = (): unknown => routing().status?.phase;
const observed = async (): Promise<RoutingObserved> =>
  (await observeRouting(server, LANE, now, { writtenAt, nameTaken: false })) as RoutingObserved;
const plan = async (change: Partial<RoutingObserved> = {}): Promise<Plan> =>
  planRouting({ ...(await observed()), ...change });
const texts = ({ actions }: Plan): string[] =>
  actions.map(
    (one) => `${one.do} ${one.target.resource.plural}${one.do === 'patch' && one.subresource ? '/status' : ''}`,
  );

/** One pass; false when there was nothing to write. */
async function pass(): Promise<boolean> {
  const { actions } = await plan();
  for (const action of actions) {
    const { resource, name } = action.target;
    if (action.do === 'create') server.create('sluice', resource, action.object);
    if (action.do === 'delete') server.delete('sluice', resource, name, action.uid);
    if (action.do === 'patch') {
      const { resourceVersion, subresource } = action;
      server.patch('sluice', resource, name, action.patch, { resourceVersion, subresource });
    }
    writtenAt[`${resource.plural}/${server.namespace}/${name}`] = now;
  }
  return actions.length > 0;
}
/** Until it is quiet, deadlines included. */
async function settle(): Promise<void> {
  for (let passes = 0; passes < 20; passes += 1) {
    if (await pass()) continue;
    const { wakeAt } = await plan();
    if (wakeAt === undefined) return;
    expect(wakeAt).toBeGreaterThan(now);
    now = wakeAt;
  }
  throw new Error('no end');
}
const setShares = (...names: string[]): void =>
  void server.patch('user', TRAFFIC_ROUTINGS, LANE, {
    metadata: { finalizers: [FINALIZER.trafficRouting, ...names.map(share)] },
  });
const begin = (name: string): void => {
  server.create('user', ROLLOUTS, sharing(name));
  server.patch('user', ROLLOUTS, name, { status: { phase: 'Progressing' } }, { subresource: 'status' });
};
const edit = (spec: JsonObject): void => void server.patch('user', TRAFFIC_ROUTINGS, LANE, { spec });

beforeEach(() => {
  now = Date.parse('2026-03-01T10:00:00.250Z');
  server = new ApiServer(() => now);
  writtenAt = {};
  server.create('user', SERVICES, objects.service());
  server.create('user', INGRESSES, objects.ingress());
  server.create('user', TRAFFIC_ROUTINGS, objects.trafficRouting({ shared: { weight: 20 } }));
  for (const name of ['a', 'b']) begin(name);
});

describe('several Rollouts', () => {
  it('S3-7, S3-10: the first opens the lane, the last closes it', async () => {
    await settle();
    expect([phase(), canary()]).toEqual(['Healthy', undefined]);
    setShares('a');
    await settle();
    expect(phase()).toBe('Progressing');
    const { uid } = canary()?.metadata ?? {};
    setShares('a', 'b');
    await settle();
    expect(routing().status?.message).toBe('Rollouts a and b release with it: 20 % of requests go to the new versions');
    setShares('b');
    await settle();
    expect(canary()?.metadata.uid).toBe(uid);
    setShares();
    await settle();
    expect([phase(), canary()]).toEqual(['Healthy', undefined]);
    expect(server.get(INGRESSES, 'web')).toMatchObject({ spec: objects.ingress()['spec'] });
  });

  it('finalizers of Rollouts that are gone, idle, or release with another one are stale', async () => {
    await settle();
    server.create('user', ROLLOUTS, sharing('idle'));
    server.create('user', ROLLOUTS, { metadata: { name: 'elsewhere' }, spec: { strategy: { canary: { steps: [] } } } });
    setShares('a', 'gone', 'idle', 'elsewhere');
    const { actions } = await plan();
    expect(actions).toMatchObject([
      { do: 'patch', patch: { metadata: { finalizers: [FINALIZER.trafficRouting, share('a')] } } },
    ]);
    expect((await plan()).why).toBe('Rollouts elsewhere, gone and idle do not release with it any more');
  });

  it.each<[string, boolean]>([
    ['Progressing', true],
    ['Disabling', true],
    ['Healthy', false],
    ['Initial', false],
    ['Disabled', false],
  ])('a Rollout that is %s counts: %s', (is, counts) => {
    const rollout = { ...sharing('x'), status: { phase: is } } as unknown as Rollout;
    expect(releasesWith(rollout, LANE)).toBe(counts);
    const deleted = { ...rollout, metadata: { name: 'x', deletionTimestamp: '2026-03-01T10:00:00Z' } };
    expect(releasesWith(deleted, LANE)).toBe(true);
  });
});

it('S3-11: matches win over weight, for every provider', () => {
  const matches = [{ headers: [{ name: 'User-Agent', value: 'foo' }] }];
  edit({ strategy: { weight: 20, matches } });
  expect(wantedRoute(routing()).branches).toMatchObject([{ weight: undefined, matches }]);
  edit({ strategy: { weight: 20, matches: [] } });
  expect(wantedRoute(routing())).toMatchObject({
    base: 'web',
    branches: [{ weight: 20, matches: [], service: 'web' }],
  });
});

describe('the order of writes', () => {
  it('its own finalizer comes first and alone, before anything that would have to be restored', async () => {
    server.patch('user', TRAFFIC_ROUTINGS, LANE, { metadata: { finalizers: [share('a')] } });
    expect(texts(await plan())).toEqual(['patch trafficroutings']);
    await pass();
    expect(routing().metadata.finalizers).toEqual([share('a'), FINALIZER.trafficRouting]);
    expect(texts(await plan())).toEqual(['patch trafficroutings/status', 'create ingresses']);
  });

  it('the status fences the route: both start from the version that was read', async () => {
    await settle();
    setShares('a');
    const [status] = (await plan()).actions;
    expect(status).toMatchObject({ do: 'patch', resourceVersion: routing().metadata.resourceVersion });
    edit({ strategy: { weight: 30 } });
    expect(() => {
      if (status?.do === 'patch')
        server.patch('sluice', TRAFFIC_ROUTINGS, LANE, status.patch, { resourceVersion: status.resourceVersion });
    }).toThrow('Conflict');
  });

  it('X11: its finalizer goes last, when the routes are restored and everybody has noticed', async () => {
    await settle();
    setShares('a');
    await settle();
    now += 60_000;
    server.delete('user', TRAFFIC_ROUTINGS, LANE);
    await pass();
    expect(canary()).toBeUndefined();
    setShares();
    const removedAt = now;
    while (await pass()) expect(routing().metadata.finalizers).toEqual([FINALIZER.trafficRouting]);
    now = (await plan()).wakeAt ?? NaN;
    expect(now - removedAt).toBeGreaterThanOrEqual(GRACE);
    while (server.get(TRAFFIC_ROUTINGS, LANE) !== undefined) expect(await pass()).toBe(true);
  });
});

describe('grace', () => {
  const opened = async (): Promise<void> => {
    await settle();
    setShares('a');
    await settle();
  };

  it('passes between two changes of a route, and says until when', async () => {
    await opened();
    edit({ strategy: { weight: 30 } });
    const waiting = await plan();
    expect(texts(waiting).filter((text) => text.includes('ingresses'))).toEqual([]);
    expect(waiting.wakeAt).toBe(writtenAt[`ingresses/${server.namespace}/${CANARY}`]! + GRACE);
    expect(waiting.why).toMatch(/routes were changed; waits since .* until .* for everybody to notice/);
    await settle();
    expect(JSON.stringify(canary()?.metadata.annotations)).toContain('"30"');
  });

  it.each(['the process goes on', 'the process was killed in between'])(
    'X28: passes after the lane was closed, although that leaves no trace on it: %s',
    async (how) => {
      await opened();
      now += 60_000;
      setShares();
      await pass();
      expect(canary()).toBeUndefined();
      expect(phase()).toBe('Finalizing');
      const removedAt = now;
      if (how !== 'the process goes on') writtenAt = {};
      await settle();
      expect(phase()).toBe('Healthy');
      expect(now - removedAt).toBeGreaterThanOrEqual(GRACE);
      expect(now - removedAt).toBeLessThanOrEqual(GRACE + 2_000);
    },
  );
});

it('S3-5: on an HTTPRoute the lane is a rule of its own, with the added header, and the rules come back', async () => {
  const backendRefs = [{ name: 'web', port: 80 }];
  const rules = [{ backendRefs, future: { field: 1 } }];
  server.create('user', HTTP_ROUTES, { metadata: { name: 'web' }, spec: { rules } });
  const set = [{ name: 'x-mse-tag', value: 'gray' }];
  const headers = [{ type: 'Exact', name: 'User-Agent', value: 'foo' }];
  edit({
    objectRef: [{ service: 'web', gateway: { httpRouteName: 'web' } }],
    strategy: { weight: null, matches: [{ headers }], requestHeaderModifier: { set } },
  });
  await settle();
  setShares('a');
  await settle();
  const spec = server.get(HTTP_ROUTES, 'web')?.['spec'] as { rules: JsonObject[] };
  expect(spec.rules).toHaveLength(2);
  const lane = spec.rules.find(({ matches }) => JSON.stringify(matches)?.includes('User-Agent'));
  expect(lane).toMatchObject({ backendRefs: [{ name: 'web', port: 80 }] });
  expect(JSON.stringify(lane)).toContain('x-mse-tag');
  setShares();
  await settle();
  expect(server.get(HTTP_ROUTES, 'web')).toMatchObject({ spec: { rules } });
  expect(server.get(HTTP_ROUTES, 'web')?.metadata.annotations ?? {}).toEqual({});
  expect(phase()).toBe('Healthy');
});

describe('what it says', () => {
  it.each<[string, () => void, RegExp]>([
    ['a missing Service', () => void server.delete('user', SERVICES, 'web'), /Service web does not exist/],
    ['a missing Ingress', () => void server.delete('user', INGRESSES, 'web'), /Ingress web does not exist/],
    [
      'a provider that nobody serves',
      () => edit({ objectRef: [{ service: 'web', customNetworkRefs: [{ apiVersion: 'v1', kind: 'X', name: 'x' }] }] }),
      /spec\.objectRef\[0\]\.customNetworkRefs is not supported; supported providers: ingress/,
    ],
    [
      'an unknown class',
      () => edit({ objectRef: [{ service: 'web', ingress: { name: 'web', classType: 'nope' } }] }),
      /ingress class "nope" is not known; known classes: /,
    ],
    [
      'an Ingress of somebody else in its place',
      () => void server.create('user', INGRESSES, { ...objects.ingress(), metadata: { name: CANARY } }),
      /Ingress web-canary exists and was not made for TrafficRouting lane; rename or delete it/,
    ],
  ])('of %s, before a Rollout begins to share it', async (_what, spoil, why) => {
    spoil();
    await settle();
    expect(phase()).toBe('Initial');
    expect(routing().status?.message).toMatch(why);
  });

  it('of what vanished while the lane is open, where it stays Progressing', async () => {
    await settle();
    setShares('a');
    await settle();
    server.delete('user', INGRESSES, 'web');
    await settle();
    expect(phase()).toBe('Progressing');
    expect(routing().status?.message).toBe(
      'Rollout a releases with it: requests cannot be split: Ingress web does not exist',
    );
  });

  it('of a write that the API server refused for good', async () => {
    await settle();
    setShares('a');
    const [status] = (await plan({ refused: 'exceeded quota' })).actions;
    expect(JSON.stringify(status)).toContain('the API server refused it: exceeded quota');
  });

  it('of routes beside the first, which nobody uses', async () => {
    const [first] = routing().spec.objectRef as unknown as JsonObject[];
    edit({ objectRef: [first as JsonObject, { service: 'x', ingress: { name: 'x' } }] });
    await settle();
    expect(routing().status?.message).toMatch(/of spec\.objectRef only the first is used/);
  });
});
