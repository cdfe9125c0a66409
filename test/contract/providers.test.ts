// What every traffic provider must keep, over the registry: a plan that is carried out leaves nothing to do, verify agrees with
// it, nothing is touched that is somebody else's, branches and owners keep out of each other's way, and whatever steps and edits
// came in whatever order, the user's object is as the user wants it once all traffic is stable again.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject, OwnerReference } from '../../src/api/kube.ts';
import type { HttpMatch, RequestHeaderModifier } from '../../src/api/rollout.ts';
import type { Action } from '../../src/objects/actions.ts';
import { belongsTo } from '../../src/objects/ownership.ts';
import { sorted } from '../../src/lib/json.ts';
import { PROVIDERS, routeRefsOf } from '../../src/traffic/index.ts';
import { entriesOf } from '../../src/traffic/entries.ts';
import type { Branch, Entry, Routes, TrafficProvider, Wish } from '../../src/traffic/provider.ts';
import { merge } from '../unit/traffic/httproute.ts';
import { httpRouteFixture } from './httproute-fixture.ts';
import { ingressFixture } from './ingress-fixture.ts';
import type { Edit, ProviderFixture } from './provider-fixture.ts';

/** By id; a new provider adds one. */
const PROVIDER_FIXTURES: Record<string, ProviderFixture> = { ingress: ingressFixture, gateway: httpRouteFixture };

const owner: OwnerReference = { apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'Rollout', name: 'shop', uid: 'r1' };
const another: OwnerReference = { apiVersion: 'example.com/v1', kind: 'Lane', name: 'blue', uid: 'l1' };

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
const branch = (name: string, ...services: string[]): fc.Arbitrary<Branch> =>
  fc.record({
    name: fc.constant(name),
    service: fc.constantFrom(...services),
    weight: fc.constantFrom(undefined, 0, 1, 20, 33, 50, 100),
    matches: fc.oneof(fc.constant<HttpMatch[]>([]), fc.array(match, { minLength: 1, maxLength: 2 })),
    headers: modifier,
  });
const BRANCHES = [
  branch('canary', 'shop-canary', 'shop-canary', 'shop'),
  branch('blue', 'shop-blue', 'shop'),
  branch('green', 'shop-green', 'shop-canary'),
];
const wishOf = (branches: Branch[], by = owner): Wish => ({ owner: by, base: 'shop', branches });
const NOTHING = wishOf([]);
const several = (count: number, by: OwnerReference): fc.Arbitrary<Wish> =>
  fc.tuple(...BRANCHES.slice(0, count)).map((branches) => wishOf(branches.map(by === owner ? asItIs : told), by));
const asItIs = (one: Branch): Branch => one;
/** Owners tell their requests apart: what both ask for to the letter is one rule, and nobody can say whose. */
const told = (one: Branch): Branch => ({ ...one, matches: one.matches.map(toldApart) });
const toldApart = ({ headers, queryParams, ...rest }: HttpMatch): HttpMatch => ({
  ...rest,
  ...(headers === undefined
    ? {}
    : { headers: headers.map((header) => ({ ...header, value: `${header.value}-blue` })) }),
  ...(queryParams === undefined ? {} : { queryParams: queryParams.map((q) => ({ ...q, value: `${q.value}-blue` })) }),
});
/** Of as many branches as the provider can carry, or of none. */
const wishFor = ({ branches }: ProviderFixture, by = owner): fc.Arbitrary<Wish> =>
  fc.oneof(
    { arbitrary: fc.constant(wishOf([], by)), weight: 1 },
    { arbitrary: several(1, by), weight: 4 },
    ...[2, 3].filter((count) => count <= branches).map((count) => ({ arbitrary: several(count, by), weight: 2 })),
  );
const CANARY: Branch = { name: 'canary', service: 'shop-canary', weight: 20, matches: [] };

type Step = { wish: Wish } | { edit: Edit };
const stepsOf = (fixture: ProviderFixture, ...owners: OwnerReference[]): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      ...owners.map((by) => wishFor(fixture, by).map((one): Step => ({ wish: one }))),
      fixture.edit.map((one): Step => ({ edit: one })),
    ),
    { maxLength: 8 },
  );

const entryOf = ({ ref }: ProviderFixture): Entry => entriesOf(ref)[0] as Entry;

/** The objects of a route as a server would keep them. */
class Server {
  readonly provider: TrafficProvider;
  readonly fixture: ProviderFixture;
  readonly entry: Entry;
  routes: Routes = {};
  readonly main: string;

  constructor(provider: TrafficProvider, fixture: ProviderFixture, object: KubeObject) {
    this.provider = provider;
    this.fixture = fixture;
    this.entry = entryOf(fixture);
    this.main = provider.refs(this.entry).find(({ required }) => required)?.as ?? '';
    this.routes[this.main] = object;
  }

  get object(): KubeObject {
    return this.routes[this.main] as KubeObject;
  }

  plan(wish: Wish): Action[] {
    return this.provider.plan(this.entry, this.#seenBy(wish), wish);
  }

  verify(wish: Wish): string {
    return this.provider.verify(this.entry, this.#seenBy(wish), wish).is;
  }

  /** Who wants nothing sees only what was made for it. */
  #seenBy({ owner: by, branches }: Wish): Routes {
    if (branches.length > 0) return this.routes;
    const isSeen = ([as, object]: [string, KubeObject | undefined]): boolean =>
      as === this.main || (object !== undefined && belongsTo(object, by.uid));
    return Object.fromEntries(Object.entries(this.routes).filter(isSeen));
  }

  /** Only what the provider has named, and creations only of what it makes. */
  perform(actions: readonly Action[]): void {
    for (const action of actions) {
      const { resource, name, namespace } = action.target;
      const place = this.provider.refs(this.entry).find((one) => one.resource === resource && one.name === name);
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

it('no two objects of one reference go by the same name', () => {
  const refs = Object.values(PROVIDER_FIXTURES).map(({ ref }) => ref);
  const names = routeRefsOf({
    ...Object.assign({}, ...refs),
    customNetworkRefs: refs.flatMap(({ customNetworkRefs: [first] = [] }) =>
      first === undefined ? [] : [first, { ...first, name: 'second' }],
    ),
  }).map(({ as }) => as);
  expect(names.length).toBeGreaterThan(2);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(rows)('$id', ({ id, provider }) => {
  const fixture = PROVIDER_FIXTURES[id] as ProviderFixture;
  const entry = entryOf(fixture);
  const wish = wishFor(fixture);

  it('is found by its field, and names its objects and what it makes', () => {
    expect(entriesOf(fixture.ref)).toEqual([entry]);
    expect(provider.handles(entry)).toBe(true);
    expect(PROVIDERS.filter((one) => one.handles(entry))).toEqual([provider]);
    const unknown = { apiVersion: 'example.com/v1', kind: 'Unknown', name: 'shop' };
    expect(provider.handles({ at: 'customNetworkRefs[0]', object: unknown })).toBe(false);
    for (const { resource, required } of provider.refs(entry)) {
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

  it.each([
    ['one owner', [owner]],
    ['two owners', [owner, another]],
  ])(
    "X10: steps of %s and edits in any order, then all traffic stable: the object is the user's, byte for byte",
    (_name, owners) => {
      fc.assert(
        fc.property(fixture.object, stepsOf(fixture, ...owners), (object, steps) => {
          const server = new Server(provider, fixture, object);
          let theirs = object;
          const current = owners.map((by) => wishOf([], by));
          for (const step of steps) {
            if ('wish' in step) current[owners.indexOf(step.wish.owner)] = step.wish;
            // An edit wakes a pass, so the next edit finds the release as it wants to be.
            for (const desired of current) server.perform(server.plan(desired));
            if ('wish' in step) continue;
            const edited = step.edit(server.object, theirs);
            server.routes[server.main] = edited.live;
            theirs = edited.theirs;
          }
          for (const by of owners) server.perform(server.plan(wishOf([], by)));
          expect(bytes(server.object)).toBe(bytes(theirs));
          for (const by of owners) {
            expect(server.verify(wishOf([], by))).toBe('verified');
            expect(server.plan(wishOf([], by))).toEqual([]);
          }
          const left = Object.entries(server.routes).filter(([as, one]) => as !== server.main && one !== undefined);
          expect(left).toEqual([]);
        }),
        { numRuns: 1000 },
      );
    },
  );

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

  it('a branch that leaves is gone as if it had never been there, and the others stay', () => {
    fc.assert(
      fc.property(fixture.object, several(fixture.branches, owner), fc.nat(), (object, all, pick) => {
        const fewer = wishOf(all.branches.filter((_, index) => index !== pick % all.branches.length));
        const server = new Server(provider, fixture, object);
        if (server.verify(all) === 'broken') return;
        server.perform(server.plan(all));
        server.perform(server.plan(fewer));
        const direct = new Server(provider, fixture, object);
        direct.perform(direct.plan(fewer));
        expect(text(server.routes)).toBe(text(direct.routes));
      }),
      { numRuns: 300 },
    );
  });

  it('more branches than it can carry are said, and none is dropped', () => {
    fc.assert(
      fc.property(fixture.object, several(BRANCHES.length, owner), (object, { branches: all }) => {
        const server = new Server(provider, fixture, object);
        for (const desired of [2, 3].map((count) => wishOf(all.slice(0, count)))) {
          if (desired.branches.length <= fixture.branches) continue;
          expect(server.verify(desired)).toBe('broken');
          expect(server.plan(desired)).toEqual([]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('what one owner wants leaves alone what another one wants, or is said to be in its way', () => {
    fc.assert(
      fc.property(fixture.object, wish, wishFor(fixture, another), (object, first, second) => {
        const server = new Server(provider, fixture, object);
        if (server.verify(first) === 'broken') return;
        server.perform(server.plan(first));
        const alone = text(server.routes);
        const isBroken = server.verify(second) === 'broken';
        server.perform(server.plan(second));
        if (isBroken) expect(text(server.routes)).toBe(alone);
        expect(server.plan(first)).toEqual([]);
        expect(server.verify(first)).toBe('verified');
        server.perform(server.plan(wishOf([], another)));
        expect(text(server.routes)).toBe(alone);
        server.perform(server.plan(second));
        server.perform(server.plan(NOTHING));
        const other = new Server(provider, fixture, object);
        if (!isBroken) other.perform(other.plan(second));
        expect(text(server.routes)).toBe(text(other.routes));
      }),
      { numRuns: 300 },
    );
  });

  it("nothing of the user's is written that was never changed", () => {
    fc.assert(
      fc.property(fixture.object, (object) => {
        expect(new Server(provider, fixture, object).plan(NOTHING)).toEqual([]);
      }),
    );
  });

  it('an object of somebody else under a name of ours is left alone, and is said', () => {
    const wanted = wishOf([CANARY]);
    const routes = (object: KubeObject): Routes => new Server(provider, fixture, object).routes;
    for (const { as, name, required } of provider.refs(entry)) {
      if (required) continue;
      const foreign: KubeObject = { metadata: { name, namespace: 'store', uid: 'f1', resourceVersion: '1' } };
      fc.assert(
        fc.property(fixture.object, (object) => {
          expect(provider.plan(entry, { ...routes(object), [as]: foreign }, wanted)).toEqual([]);
          expect(provider.verify(entry, { ...routes(object), [as]: foreign }, wanted).is).toBe('broken');
        }),
      );
    }
  });

  it('a missing route is said, and restoring it is done', () => {
    const wanted = wishOf([CANARY]);
    expect(provider.plan(entry, {}, wanted)).toEqual([]);
    expect(provider.verify(entry, {}, wanted)).toMatchObject({
      is: 'broken',
      reason: expect.stringMatching(/shop does not exist/) as string,
    });
    expect(provider.plan(entry, {}, NOTHING)).toEqual([]);
    expect(provider.verify(entry, {}, NOTHING)).toEqual({ is: 'verified' });
  });
});
