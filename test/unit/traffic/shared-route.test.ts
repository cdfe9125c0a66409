// Several branches of one Service in one HTTPRoute: of one owner, and of two that know nothing of each other.

import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject, OwnerReference } from '../../../src/api/kube.ts';
import { ANNOTATION } from '../../../src/api/names.ts';
import { gatewayHttpRoute } from '../../../src/traffic/gateway-httproute.ts';
import type { Branch, Wish } from '../../../src/traffic/provider.ts';
import {
  backend,
  branch,
  desired,
  entry,
  header,
  httpRoute,
  owner,
  perform,
  prefix,
  rule,
  rulesIn,
  stable,
} from './httproute.ts';

const shop = backend('shop');
const lane: OwnerReference = { apiVersion: 'example.com/v1', kind: 'Lane', name: 'blue', uid: 'l1' };
const by = (value: string): Branch['matches'] => [{ headers: [{ name: 'x-lane', value }] }];
const to = (name: string, more: Partial<Branch> = {}): Branch =>
  branch({ name, service: `shop-${name}`, matches: by(name), ...more });
const wish = (from: OwnerReference, ...branches: Branch[]): Wish => ({ owner: from, base: 'shop', branches });

const plan = (route: KubeObject, one: Wish) => gatewayHttpRoute.plan(entry, { httpRoute: route }, one);
const verdict = (route: KubeObject, one: Wish) => gatewayHttpRoute.verify(entry, { httpRoute: route }, one);
const after = (route: KubeObject, ...wishes: Wish[]): KubeObject =>
  wishes.reduce((one, next) => perform(one, plan(one, next)), route);
const ruleTo = (name: string, path = '/'): JsonObject => ({
  matches: [prefix(path, { headers: [header('x-lane', name)] })],
  backendRefs: [backend(`shop-${name}`)],
});
const route = httpRoute([rule('/', [shop]), rule('/api', [backend('api')])]);
const stashOf = (one: KubeObject): string | undefined => one.metadata.annotations?.[ANNOTATION.originalRules];
const withRules = (one: KubeObject, rules: JsonObject[]): KubeObject => ({
  ...one,
  spec: { ...(one['spec'] as JsonObject), rules },
});

describe('branches of one owner', () => {
  const both = wish(lane, to('blue'), to('green'));

  it('have rules each, in the order of the wish', () => {
    expect(rulesIn(after(route, both))).toEqual([...rulesIn(route), ruleTo('blue'), ruleTo('green')]);
    expect(rulesIn(after(route, wish(lane, to('green'), to('blue'))))).toEqual([
      ...rulesIn(route),
      ruleTo('green'),
      ruleTo('blue'),
    ]);
    expect(verdict(after(route, both), both)).toEqual({ is: 'verified' });
  });

  it('leave one by one', () => {
    expect(rulesIn(after(route, both, wish(lane, to('green'))))).toEqual([...rulesIn(route), ruleTo('green')]);
    expect(after(route, both, wish(lane, to('green')))).toEqual(after(route, wish(lane, to('green'))));
    expect(after(route, both, wish(lane))).toEqual(route);
  });

  it('share the requests to the Service, each by its part of all of them', () => {
    const shares = wish(lane, to('blue', { weight: 20, matches: [] }), to('green', { weight: 30, matches: [] }));
    const shown = after(httpRoute([rule('/', [shop]), rule('/both', [shop, backend('api')])]), shares);
    const weights = rulesIn(shown).map(({ backendRefs }) =>
      (backendRefs as { name: string; weight: number }[]).map(({ name, weight }) => `${name} ${weight}`),
    );
    expect(weights).toEqual([
      ['shop 50', 'shop-blue 20', 'shop-green 30'],
      ['shop 5', 'shop-blue 2', 'shop-green 3', 'api 10'],
    ]);
  });

  it('that take more than all requests are refused, with the sum', () => {
    const shares = wish(lane, to('blue', { weight: 60, matches: [] }), to('green', { weight: 50, matches: [] }));
    expect(plan(route, shares)).toEqual([]);
    expect(verdict(route, shares)).toEqual({
      is: 'broken',
      reason:
        'branches would take 110 % of the requests to Service shop in HTTPRoute shop; make their shares smaller, 100 % at most in all',
    });
  });

  it('of which one can match nothing are refused, with its name', () => {
    const only = httpRoute([{ matches: [prefix('/', { headers: [header('x-lane', 'blue')] })], backendRefs: [shop] }]);
    expect(verdict(only, both)).toMatchObject({
      is: 'broken',
      reason: expect.stringContaining('the matches of branch green; change one of them') as string,
    });
  });

  it('are named while they are waited for', () => {
    expect(verdict(route, wish(lane, to('blue'), to('green', { weight: 5, matches: [] })))).toEqual({
      is: 'pending',
      reason: 'HTTPRoute shop does not show matching requests for blue and 5 % of requests for green yet',
    });
  });
});

describe('two owners', () => {
  const canary = desired({ weight: 20 });
  const matched = desired({ matches: by('canary') });
  const blue = wish(lane, to('blue'));

  it.each([
    ['a share', canary],
    ['matches', matched],
  ])(
    'a canary by %s and a lane show both, whoever comes first, and have nothing to quarrel about',
    (_name, release) => {
      const shown = after(route, release, blue);
      expect(shown).toEqual(after(route, blue, release));
      expect(rulesIn(shown)).toContainEqual(ruleTo('blue'));
      expect(JSON.stringify(rulesIn(shown))).toContain('shop-canary');
      for (const one of [release, blue]) {
        expect(plan(shown, one)).toEqual([]);
        expect(verdict(shown, one)).toEqual({ is: 'verified' });
      }
    },
  );

  it('go in any order, each taking only what is its own', () => {
    const shown = after(route, canary, blue);
    expect(after(shown, wish(lane))).toEqual(after(route, canary));
    expect(after(shown, stable)).toEqual(after(route, blue));
    expect(after(shown, wish(lane), stable)).toEqual(route);
    expect(after(shown, stable, wish(lane))).toEqual(route);
  });

  it('one that wants nothing, or wants something again, touches nothing of the other', () => {
    expect(plan(after(route, canary), wish(lane))).toEqual([]);
    expect(verdict(after(route, canary), wish(lane))).toEqual({ is: 'verified' });
    expect(plan(after(route, blue), stable)).toEqual([]);
    expect(verdict(after(route, blue), stable)).toEqual({ is: 'verified' });
  });

  it('steps of the release leave the lane alone, and branches of the lane the release', () => {
    const shown = after(route, canary, blue, matched, wish(lane, to('blue'), to('green')), desired({ weight: 50 }));
    expect(rulesIn(shown)).toEqual([
      rule('/', [backend('shop', { weight: 50 }), backend('shop-canary', { weight: 50 })]),
      rule('/api', [backend('api')]),
      ruleTo('blue'),
      ruleTo('green'),
    ]);
  });

  it('lanes of the same branch name are told apart', () => {
    const other = { ...lane, name: 'other', uid: 'l2' };
    const second = wish(other, to('blue', { service: 'shop-other', matches: by('other') }));
    const shown = after(route, blue, second);
    expect(rulesIn(shown)).toEqual([...rulesIn(route), ruleTo('blue'), ruleTo('other')]);
    expect(after(shown, wish(lane))).toEqual(after(route, second));
  });

  it("edits of the user's rules survive both", () => {
    const shown = after(route, canary, blue);
    const [first, api, added] = rulesIn(shown) as [JsonObject, JsonObject, JsonObject];
    const extra = rule('/extra', [backend('extra')]);
    const edited = withRules(shown, [extra, { ...first, matches: [prefix('/moved')] }, api, added]);
    const again = after(edited, blue);
    expect(rulesIn(again)).toContainEqual(ruleTo('blue', '/moved'));
    expect(rulesIn(after(again, canary, stable, wish(lane)))).toEqual([
      extra,
      rule('/moved', [shop]),
      rule('/api', [backend('api')]),
    ]);
  });

  it('that take more than all requests together: the second one is refused, and the first one is not disturbed', () => {
    const shown = after(route, desired({ weight: 90 }));
    const second = wish(lane, to('blue', { weight: 20, matches: [] }));
    expect(plan(shown, second)).toEqual([]);
    expect(verdict(shown, second)).toMatchObject({ is: 'broken', reason: expect.stringContaining('110 %') as string });
    expect(verdict(shown, desired({ weight: 90 }))).toEqual({ is: 'verified' });
  });
});

describe('what a release remembers in the route', () => {
  const headers = { set: [{ name: 'x-lane', value: 'gray' }] };
  const RULES =
    '[{"matches":[{"path":{"type":"PathPrefix","value":"/"}}],"backendRefs":[{"group":"","kind":"Service","name":"shop","port":8080,"weight":1}]}]';
  const CANARY = `{"stableService":"shop","canaryService":"shop-canary","weight":20,"matches":[],"requestHeaderModifier":{"set":[{"name":"x-lane","value":"gray"}]}}`;
  const plain = httpRoute([rule('/', [shop])]);
  const share = desired({ weight: 20, headers });
  const blueLane = wish(lane, to('blue'));

  it.each(['Rollout', 'TrafficRouting'])('is what it was before there were branches, for a %s alone', (kind) => {
    const shown = after(plain, { ...share, owner: { ...owner, kind } });
    expect(stashOf(shown)).toBe(`{"rules":${RULES},"wishes":[${CANARY}]}`);
  });

  it('is read where an earlier version wrote it: nothing is written again, and it is restored', () => {
    const shown = after(plain, share);
    const annotations = { [ANNOTATION.originalRules]: `{"rules":${RULES},"wishes":[${CANARY}]}` };
    const old = { ...shown, metadata: { ...shown.metadata, annotations } };
    expect(plan(old, share)).toEqual([]);
    expect(after(old, stable)).toEqual(plain);
    expect(after(old, blueLane, stable)).toEqual(after(plain, blueLane));
  });

  it('stays as it was when a lane comes, and names the lane', () => {
    const LANE =
      '{"stableService":"shop","canaryService":"shop-blue","weight":0,"matches":[{"headers":[{"name":"x-lane","value":"blue"}]}],"owner":"Lane.example.com/blue","branch":"blue"}';
    expect(stashOf(after(plain, blueLane, share))).toBe(`{"rules":${RULES},"wishes":[${CANARY},${LANE}]}`);
  });

  it('follows a release from one branch to two and back', () => {
    const two = wish(owner, branch({ weight: 20, headers }), to('green'));
    expect(after(plain, share, two, share)).toEqual(after(plain, share));
    expect(after(plain, share, two, stable)).toEqual(plain);
    expect(rulesIn(after(plain, share, two))).toHaveLength(2);
  });
});

describe('rules of the user that lead to the Service of a branch', () => {
  const blue = wish(lane, to('blue'));
  const none = wish(lane);
  const own = rule('/blue', [backend('shop-blue')]);
  const both = rule('/both', [backend('shop', { weight: 9 }), backend('shop-blue')]);
  const mixed = httpRoute([rule('/', [shop]), own, both]);
  const share = wish(lane, to('blue', { weight: 20, matches: [] }));
  /** The user edits one rule of what the route shows. */
  const edited = (one: KubeObject, at: JsonObject, ...next: JsonObject[]): KubeObject => {
    const found = rulesIn(one).filter(({ matches }) => JSON.stringify(matches) === JSON.stringify(at['matches']));
    expect(found).toHaveLength(1);
    return withRules(
      one,
      rulesIn(one).flatMap((each) => (each === found[0] ? next : [each])),
    );
  };

  it.each([
    ['matches', blue],
    ['a share', share],
  ])('stay, and come back as they were, after %s', (_name, lead) => {
    expect(after(mixed, lead, none)).toEqual(mixed);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['a timeout', own, { ...own, timeouts: { request: '1s' } }],
    ['a path', own, { ...own, matches: [prefix('/moved')] }],
    ['a port', own, { ...own, backendRefs: [backend('shop-blue', { port: 9090 })] }],
    ['a timeout beside the base', both, { ...both, timeouts: { request: '1s' } }],
    ['a path beside the base', both, { ...both, matches: [prefix('/moved')] }],
  ])('keep what is edited: %s', (_name, from, next) => {
    const shown = edited(after(mixed, blue), from, next);
    const wanted = withRules(mixed, rulesIn(edited(mixed, from, next)));
    expect(after(shown, none)).toEqual(wanted);
    expect(after(shown, blue, none)).toEqual(wanted);
    expect(after(shown, blue)).toEqual(after(wanted, blue));
  });

  it('are not lost where the share of a branch stands beside them', () => {
    const shown = after(mixed, share);
    const written = rulesIn(shown)[2] as JsonObject;
    expect(written['backendRefs']).toHaveLength(3);
    const next = edited(shown, both, { ...written, timeouts: { request: '1s' } });
    expect(rulesIn(after(next, share, none))).toEqual([
      rule('/', [shop]),
      own,
      { ...both, timeouts: { request: '1s' } },
    ]);
  });

  it('may be new, also when all rules are applied again', () => {
    const added = rule('/new', [backend('shop-blue')]);
    const first = withRules(after(mixed, blue), [added, ...rulesIn(after(mixed, blue))]);
    expect(rulesIn(after(first, blue, none))).toEqual([added, ...rulesIn(mixed)]);
    const applied = withRules(after(mixed, blue), [...rulesIn(mixed), added]);
    expect(rulesIn(after(applied, blue, none))).toEqual([...rulesIn(mixed), added]);
  });

  it('are not those of ours that somebody edited', () => {
    const shown = after(route, blue);
    const next = edited(shown, ruleTo('blue'), {
      ...ruleTo('blue'),
      backendRefs: [backend('shop-blue', { port: 9090 })],
    });
    expect(after(next, none)).toEqual(route);
    expect(after(next, blue)).toEqual(shown);
    const split = after(httpRoute([rule('/', [shop])]), share);
    const [first] = rulesIn(split) as [JsonObject];
    const moved = withRules(split, [{ ...first, matches: [prefix('/moved')] }]);
    expect(rulesIn(after(moved, none))).toEqual([rule('/moved', [shop])]);
  });
});
