// What every traffic provider must keep, over the registry: a plan that is carried out leaves nothing to do, verify agrees with
// it, nothing is touched that is somebody else's, and whatever steps and edits came in whatever order, the user's object is as
// the user wants it once all traffic is stable again.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject, OwnerReference } from '../../src/api/kube.ts';
import type { HttpMatch, RequestHeaderModifier } from '../../src/api/rollout.ts';
import type { Action } from '../../src/objects/actions.ts';
import { sorted } from '../../src/lib/json.ts';
import { PROVIDERS } from '../../src/traffic/index.ts';
import type { DesiredRoute, Routes, TrafficProvider } from '../../src/traffic/provider.ts';
import { merge } from '../unit/traffic/httproute.ts';
import { httpRouteFixture } from './httproute-fixture.ts';
import { ingressFixture } from './ingress-fixture.ts';
import type { Edit, ProviderFixture } from './provider-fixture.ts';

/** By id; a new provider adds one. */
const PROVIDER_FIXTURES: Record<string, ProviderFixture> = { ingress: ingressFixture, gateway: httpRouteFixture };

const owner: OwnerReference = { apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'Rollout', name: 'shop', uid: 'r1' };

const match = fc.constantFrom<HttpMatch>(
  { headers: [{ name: 'x-user', value: 'tester' }] },
  {
    headers: [
      { name: 'X-User', type: 'RegularExpression', value: 'a.*' },
      { name: 'v', value: '2' },
    ],
  },
  { headers: [{ name: 'canary-by-cookie', value: 'session' }], queryParams: [{ name: 'q', value: '1' }] },
  { headers: [{ name: 'a', value: 'b' }], path: { type: 'Exact', value: '/beta' } },
);
const modifier = fc.constantFrom<RequestHeaderModifier | undefined>(
  undefined,
  { set: [{ name: 'x-lane', value: 'gray' }] },
  { add: [{ name: 'x-lane', value: 'gray' }], remove: ['x-debug'] },
);
const wish: fc.Arbitrary<DesiredRoute | 'stable'> = fc.oneof(
  { arbitrary: fc.constant<'stable'>('stable'), weight: 1 },
  {
    weight: 6,
    arbitrary: fc.record({
      stableService: fc.constant('shop'),
      canaryService: fc.constantFrom('shop-canary', 'shop-canary', 'shop'),
      weight: fc.constantFrom(undefined, 0, 1, 20, 33, 50, 100),
      matches: fc.oneof(fc.constant<HttpMatch[]>([]), fc.array(match, { minLength: 1, maxLength: 2 })),
      requestHeaderModifier: modifier,
      owner: fc.constant(owner),
    }),
  },
);
type Step = { wish: DesiredRoute | 'stable' } | { edit: Edit };
const stepsOf = ({ edit }: ProviderFixture): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      wish.map((one): Step => ({ wish: one })),
      edit.map((one): Step => ({ edit: one })),
    ),
    { maxLength: 8 },
  );

/** The objects of a route as a server would keep them. */
class Server {
  readonly provider: TrafficProvider;
  readonly fixture: ProviderFixture;
  routes: Routes = {};
  readonly main: string;

  constructor(provider: TrafficProvider, fixture: ProviderFixture, object: KubeObject) {
    this.provider = provider;
    this.fixture = fixture;
    this.main = provider.refs(fixture.ref).find(({ required }) => required)?.as ?? '';
    this.routes[this.main] = object;
  }

  get object(): KubeObject {
    return this.routes[this.main] as KubeObject;
  }

  plan(desired: DesiredRoute | 'stable'): Action[] {
    return this.provider.plan(this.fixture.ref, this.routes, desired);
  }

  verify(desired: DesiredRoute | 'stable'): string {
    return this.provider.verify(this.fixture.ref, this.routes, desired).is;
  }

  /** Only what the provider has named, and creations only of what it makes. */
  perform(actions: readonly Action[]): void {
    for (const action of actions) {
      const { resource, name, namespace } = action.target;
      const place = this.provider.refs(this.fixture.ref).find((one) => one.resource === resource && one.name === name);
      expect(place, `${action.do} ${resource.plural}/${name}`).toBeDefined();
      expect(namespace).toBe('store');
      if (place === undefined) return;
      if (action.do === 'patch') {
        expect(action.resourceVersion).toBe(this.routes[place.as]?.metadata.resourceVersion);
        this.routes[place.as] = merge(this.routes[place.as], action.patch) as KubeObject;
        continue;
      }
      expect(this.provider.makes).toContain(resource);
      expect(place.required).toBe(false);
      if (action.do === 'delete') expect(action.uid).toBe('made');
      const metadata = { uid: 'made', resourceVersion: '1' };
      this.routes[place.as] = action.do === 'create' ? (merge(action.object, { metadata }) as KubeObject) : undefined;
    }
  }
}

const text = (object: unknown): string => JSON.stringify(sorted(object), undefined, 1);
/** An empty map of annotations is none. */
const bytes = (object: KubeObject): string => text(merge(object, {}));

const rows = PROVIDERS.map((provider) => ({ id: provider.id, provider }));

it('there is a fixture for every line of the registry', () => {
  expect(Object.keys(PROVIDER_FIXTURES).sort()).toEqual(rows.map(({ id }) => id).sort());
});

describe.each(rows)('$id', ({ id, provider }) => {
  const fixture = PROVIDER_FIXTURES[id] as ProviderFixture;

  it('is found by its field, and names its objects and what it makes', () => {
    expect(provider.handles(fixture.ref)).toBe(true);
    expect(PROVIDERS.filter((one) => one.handles(fixture.ref))).toEqual([provider]);
    expect(provider.handles({ service: 'shop' })).toBe(false);
    for (const { resource, required } of provider.refs(fixture.ref)) {
      expect(provider.resources).toContain(resource);
      if (!required) expect(provider.makes).toContain(resource);
    }
  });

  it('a plan that is carried out leaves nothing to do, and verify agrees', () => {
    fc.assert(
      fc.property(fixture.object, fc.array(wish, { maxLength: 5 }), (object, wishes) => {
        const server = new Server(provider, fixture, object);
        for (const desired of wishes) {
          const actions = server.plan(desired);
          if (server.verify(desired) === 'broken') {
            expect(actions).toEqual([]);
            continue;
          }
          expect(server.verify(desired)).toBe(actions.length === 0 ? 'verified' : 'pending');
          server.perform(actions);
          expect(server.plan(desired)).toEqual([]);
          expect(server.verify(desired)).toBe('verified');
        }
      }),
      { numRuns: 300 },
    );
  });

  it("X10: steps and edits in any order, then all traffic stable: the object is the user's, byte for byte", () => {
    fc.assert(
      fc.property(fixture.object, stepsOf(fixture), (object, steps) => {
        const server = new Server(provider, fixture, object);
        let theirs = object;
        let current: DesiredRoute | 'stable' = 'stable';
        for (const step of steps) {
          if ('wish' in step) current = step.wish;
          // An edit wakes a pass, so the next edit finds the release as it wants to be.
          server.perform(server.plan(current));
          if ('wish' in step) continue;
          const edited = step.edit(server.object, theirs);
          server.routes[server.main] = edited.live;
          theirs = edited.theirs;
        }
        server.perform(server.plan('stable'));
        expect(bytes(server.object)).toBe(bytes(theirs));
        expect(server.verify('stable')).toBe('verified');
        expect(server.plan('stable')).toEqual([]);
        const left = Object.entries(server.routes).filter(([as, one]) => as !== server.main && one !== undefined);
        expect(left).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('steps leave no trace in one another: the last one alone decides what is shown', () => {
    fc.assert(
      fc.property(fixture.object, wish, wish, (object, before, last) => {
        const direct = new Server(provider, fixture, object);
        direct.perform(direct.plan(last));
        const around = new Server(provider, fixture, object);
        around.perform(around.plan(before));
        if (around.verify(last) === 'broken') return;
        around.perform(around.plan(last));
        expect(text(around.routes)).toBe(text(direct.routes));
      }),
      { numRuns: 300 },
    );
  });

  it("nothing of the user's is written that was never changed", () => {
    fc.assert(
      fc.property(fixture.object, (object) => {
        expect(provider.plan(fixture.ref, new Server(provider, fixture, object).routes, 'stable')).toEqual([]);
      }),
    );
  });

  it('an object of somebody else under a name of ours is left alone, and is said', () => {
    const desired = { stableService: 'shop', canaryService: 'shop-canary', weight: 20, matches: [], owner };
    const wanted: DesiredRoute = { ...desired, requestHeaderModifier: undefined };
    const routes = (object: KubeObject): Routes => new Server(provider, fixture, object).routes;
    for (const { as, name, required } of provider.refs(fixture.ref)) {
      if (required) continue;
      const foreign: KubeObject = { metadata: { name, namespace: 'store', uid: 'f1', resourceVersion: '1' } };
      fc.assert(
        fc.property(fixture.object, (object) => {
          expect(provider.plan(fixture.ref, { ...routes(object), [as]: foreign }, wanted)).toEqual([]);
          expect(provider.verify(fixture.ref, { ...routes(object), [as]: foreign }, wanted).is).toBe('broken');
        }),
      );
    }
  });

  it('a missing route is said, and restoring it is done', () => {
    const desired = { stableService: 'shop', canaryService: 'shop-canary', weight: 20, matches: [], owner };
    const wanted: DesiredRoute = { ...desired, requestHeaderModifier: undefined };
    expect(provider.plan(fixture.ref, {}, wanted)).toEqual([]);
    expect(provider.verify(fixture.ref, {}, wanted)).toMatchObject({
      is: 'broken',
      reason: expect.stringMatching(/shop does not exist/) as string,
    });
    expect(provider.plan(fixture.ref, {}, 'stable')).toEqual([]);
    expect(provider.verify(fixture.ref, {}, 'stable')).toEqual({ is: 'verified' });
  });
});
