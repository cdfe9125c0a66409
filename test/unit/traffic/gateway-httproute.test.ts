import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../../src/api/kube.ts';
import { ANNOTATION } from '../../../src/api/names.ts';
import { gatewayHttpRoute } from '../../../src/traffic/gateway-httproute.ts';
import type { Branch, Wish } from '../../../src/traffic/provider.ts';
import { backend, desired, entry, header, httpRoute, perform, prefix, rule, rulesIn, stable } from './httproute.ts';

const weight = (percent: number): Wish => desired({ weight: percent });
const matching = (...matches: Branch['matches']): Wish => desired({ matches });
const tester = { headers: [{ name: 'x-user', value: 'tester' }] };
const shop = backend('shop');
const split = (stable: number, canary: number): JsonObject[] => [
  backend('shop', { weight: stable }),
  backend('shop-canary', { weight: canary }),
];

const planned = (route: KubeObject, wish: Wish): KubeObject =>
  perform(route, gatewayHttpRoute.plan(entry, { httpRoute: route }, wish));
/** The plan after each wish in turn. */
const after = (route: KubeObject, ...wishes: Wish[]): KubeObject =>
  wishes.reduce((one, wish) => planned(one, wish), route);
const verdict = (route: KubeObject | undefined, wish: Wish) =>
  gatewayHttpRoute.verify(entry, { httpRoute: route }, wish);
const withRules = (route: KubeObject, rules: JsonObject[]): KubeObject => ({
  ...route,
  spec: { ...(route['spec'] as JsonObject), rules },
});

describe('a share of the requests', () => {
  it('goes to the canary Service in every rule that leads to the stable one, in percent', () => {
    const route = httpRoute([rule('/', [shop]), rule('/api', [backend('api')]), rule('/cart', [shop])]);
    const shown = planned(route, weight(20));
    expect(rulesIn(shown)).toEqual([
      rule('/', split(80, 20)),
      rule('/api', [backend('api')]),
      rule('/cart', split(80, 20)),
    ]);
    expect(rulesIn(planned(shown, weight(90)))[0]).toEqual(rule('/', split(10, 90)));
    expect(planned(shown, stable)).toEqual(route);
  });

  it('is written together with what restores it, from the version that was read', () => {
    const route = httpRoute([rule('/', [shop])]);
    const [action, ...more] = gatewayHttpRoute.plan(entry, { httpRoute: route }, weight(20));
    expect(more).toEqual([]);
    expect(action).toMatchObject({ do: 'patch', resourceVersion: '7' });
    expect(Object.keys((action as { patch: JsonObject }).patch).sort()).toEqual(['metadata', 'spec']);
    const back = gatewayHttpRoute.plan(entry, { httpRoute: planned(route, weight(20)) }, stable);
    expect(back).toMatchObject([
      {
        patch: {
          metadata: { annotations: { [ANNOTATION.originalRules]: null } },
          spec: { rules: [rule('/', [shop])] },
        },
      },
    ]);
  });

  it('X10: leaves other backends of the rule their part, and gives the original weights back', () => {
    const route = httpRoute([rule('/', [backend('shop', { weight: 3 }), backend('other', { weight: 7 })])]);
    const refs = rulesIn(planned(route, weight(20)))[0]?.['backendRefs'];
    // 3/10 divided 80 to 20, and 7/10 as before.
    expect(refs).toEqual([
      backend('shop', { weight: 12 }),
      backend('shop-canary', { weight: 3 }),
      backend('other', { weight: 35 }),
    ]);
    expect(after(route, weight(20), weight(50), stable)).toEqual(route);
  });

  it('stays within the weights that the API allows', () => {
    const route = httpRoute([rule('/', [backend('shop', { weight: 333_333 }), backend('other', { weight: 999_999 })])]);
    const refs = rulesIn(planned(route, weight(1)))[0]?.['backendRefs'] as { weight: number }[];
    expect(refs.map((one) => one.weight)).toEqual([330_000, 3333, 999_999]);
  });

  it('of a backend that gets none is none', () => {
    const route = httpRoute([rule('/', [backend('shop', { weight: 0 }), backend('other')])]);
    const refs = rulesIn(planned(route, weight(20)))[0]?.['backendRefs'] as { weight: number }[];
    expect(refs.map((one) => one.weight)).toEqual([0, 0, 1]);
  });

  it.each<[string, JsonObject]>([
    ['X10: kind and group absent', { name: 'shop', port: 8080 }],
    ['kind Service', { kind: 'Service', name: 'shop', port: 8080 }],
    ['the namespace of the route named', { name: 'shop', port: 8080, namespace: 'store' }],
  ])('knows a Service: %s', (_name, one) => {
    const route = httpRoute([{ backendRefs: [one] }]);
    expect(rulesIn(planned(route, weight(20)))).toEqual([
      {
        backendRefs: [
          { ...one, weight: 80 },
          { ...one, name: 'shop-canary', weight: 20 },
        ],
      },
    ]);
    expect(after(route, weight(20), stable)).toEqual(route);
  });

  it.each<[string, JsonObject]>([
    ['a Service of another namespace', backend('shop', { namespace: 'elsewhere' })],
    ['another kind', backend('shop', { group: 'net.example.com', kind: 'Bucket' })],
    ['another group', backend('shop', { group: 'multicluster.x-k8s.io', kind: 'ServiceImport' })],
  ])('X10: %s of the same name is somebody else', (_name, one) => {
    const route = httpRoute([rule('/', [shop]), rule('/other', [one])]);
    expect(rulesIn(planned(route, weight(20)))[1]).toEqual(rule('/other', [one]));
    expect(verdict(httpRoute([rule('/other', [one])]), weight(20)).is).toBe('broken');
  });

  it('X10: rules without backends, such as redirects, stay', () => {
    const redirect = {
      matches: [prefix('/old')],
      filters: [{ type: 'RequestRedirect', requestRedirect: { port: 443 } }],
    };
    const route = httpRoute([redirect, rule('/', [shop])]);
    expect(rulesIn(planned(route, weight(20)))[0]).toEqual(redirect);
    expect(after(route, weight(20), matching(tester), stable)).toEqual(route);
  });

  it('changes the headers of requests to the canary only, by a filter of that backend', () => {
    const set = [{ name: 'x-lane', value: 'gray' }];
    const wish = desired({ weight: 20, headers: { set } });
    const filters = [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set } }];
    expect(rulesIn(planned(httpRoute([rule('/', [shop])]), wish))).toEqual([
      rule('/', [backend('shop', { weight: 80 }), backend('shop-canary', { weight: 20, filters })]),
    ]);
  });
});

describe('requests that match', () => {
  it('X10: have a rule of their own, and the rule of all others keeps its stable backend', () => {
    const route = httpRoute([rule('/', [shop], { timeouts: { request: '5s' }, name: 'main' })]);
    const shown = after(route, weight(20), matching(tester));
    expect(rulesIn(shown)).toEqual([
      rule('/', [shop], { timeouts: { request: '5s' }, name: 'main' }),
      {
        matches: [prefix('/', { headers: [header('x-user', 'tester')] })],
        timeouts: { request: '5s' },
        backendRefs: [backend('shop-canary')],
      },
    ]);
    expect(rulesIn(planned(shown, weight(50)))).toEqual([
      rule('/', split(50, 50), { timeouts: { request: '5s' }, name: 'main' }),
    ]);
    expect(planned(shown, stable)).toEqual(route);
  });

  it('X10: each of several rules and matches is asked for on top of what the rule asks for', () => {
    const either = { matches: [prefix('/store', { headers: [header('v', '2')] }), prefix('/v2')], backendRefs: [shop] };
    const wish = matching(tester, { queryParams: [{ name: 'beta', value: '1' }] });
    const [, , added, second] = rulesIn(planned(httpRoute([either, rule('/cart', [shop])]), wish));
    const beta = { queryParams: [{ type: 'Exact', name: 'beta', value: '1' }] };
    expect(added?.['matches']).toEqual([
      prefix('/store', { headers: [header('v', '2'), header('x-user', 'tester')] }),
      prefix('/store', { headers: [header('v', '2')], ...beta }),
      prefix('/v2', { headers: [header('x-user', 'tester')] }),
      prefix('/v2', beta),
    ]);
    expect(second?.['matches']).toEqual([
      prefix('/cart', { headers: [header('x-user', 'tester')] }),
      prefix('/cart', beta),
    ]);
  });

  it('X10: a path is used as it stands, once, also beside matches without one', () => {
    const path = { type: 'Exact' as const, value: '/beta' };
    const wish = matching(tester, { path, headers: [{ name: 'v', value: '3' }] });
    const rules = rulesIn(planned(httpRoute([rule('/a', [shop]), rule('/b', [shop])]), wish)).slice(2);
    expect(rules.map(({ matches }) => matches)).toEqual([
      [{ path, headers: [header('v', '3')] }, prefix('/a', { headers: [header('x-user', 'tester')] })],
      [prefix('/b', { headers: [header('x-user', 'tester')] })],
    ]);
  });

  it('come before a rule that is as specific and leads to the stable Service, and after those of others', () => {
    const route = httpRoute([rule('/a', [backend('a')]), rule('/b', [shop]), rule('/c', [backend('c')])]);
    const paths = (wish: Wish) =>
      rulesIn(planned(route, wish)).map((one) => (one['backendRefs'] as { name: string }[])[0]?.name);
    expect(paths(matching({ path: { value: '/b' } }))).toEqual(['a', 'shop-canary', 'shop', 'c']);
    expect(paths(matching({ path: { value: '/c' } }))).toEqual(['a', 'shop', 'c', 'shop-canary']);
    expect(paths(matching(tester))).toEqual(['a', 'shop', 'c', 'shop-canary']);
  });

  it('a header that the rule asks for already is asked for once; conditions that exclude each other make no rule', () => {
    const rules = (mine: JsonObject, match: JsonObject) =>
      rulesIn(
        planned(httpRoute([{ matches: [prefix('/', { headers: [mine] })], backendRefs: [shop] }]), matching(match)),
      )
        .filter(({ backendRefs }) => (backendRefs as { name: string }[])[0]?.name === 'shop-canary')
        .map(({ matches }) => (matches as { headers: unknown }[])[0]?.headers);
    expect(rules(header('X-User', 'tester'), tester)).toEqual([[header('X-User', 'tester')]]);
    expect(rules(header('x-user', 'other'), tester)).toEqual([]);
    expect(rules(header('x-user', 't.*', 'RegularExpression'), tester)).toEqual([[header('x-user', 'tester')]]);
  });

  it('keep their single match where the rule rewrites a prefix', () => {
    const filters = [
      { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } },
    ];
    const wish = matching(tester, { queryParams: [{ name: 'beta', value: '1' }] });
    const added = rulesIn(planned(httpRoute([rule('/shop', [shop], { filters })]), wish)).slice(1);
    expect(added.map(({ matches }) => (matches as unknown[]).length)).toEqual([1, 1]);
    expect(added.every((one) => one['filters'] !== undefined)).toBe(true);
  });

  it('win over a share, and get their headers changed by the rule', () => {
    const set = [{ name: 'x-lane', value: 'gray' }];
    const theirs = [
      {
        type: 'RequestHeaderModifier',
        requestHeaderModifier: { set: [{ name: 'X-Lane', value: 'none' }], remove: ['a'] },
      },
    ];
    const wish = desired({ weight: 20, matches: [tester], headers: { set } });
    const [first, added] = rulesIn(planned(httpRoute([rule('/', [shop], { filters: theirs })]), wish));
    expect(first).toEqual(rule('/', [shop], { filters: theirs }));
    expect(added?.['filters']).toEqual([
      { type: 'RequestHeaderModifier', requestHeaderModifier: { set, remove: ['a'] } },
    ]);
    expect(added?.['backendRefs']).toEqual([backend('shop-canary')]);
  });
});

it('changed headers of an earlier step leave with it', () => {
  const route = httpRoute([rule('/', [shop])]);
  const marked = desired({ matches: [tester], headers: { set: [{ name: 'x-lane', value: 'gray' }] } });
  expect(after(route, marked, matching(tester))).toEqual(planned(route, matching(tester)));
});

describe('X10: one Service for both versions', () => {
  const one = (more: Partial<Branch>): Wish => desired({ service: 'shop', ...more });
  const route = httpRoute([rule('/', [shop]), rule('/mine', [backend('shop-canary')])]);

  it('a share changes nothing', () => {
    expect(gatewayHttpRoute.plan(entry, { httpRoute: route }, one({ weight: 20 }))).toEqual([]);
    expect(verdict(route, one({ weight: 20 }))).toEqual({ is: 'verified' });
  });

  it('matches have a rule with the changed headers that leads to the same Service', () => {
    const set = [{ name: 'x-lane', value: 'gray' }];
    const wish = one({ matches: [tester], headers: { set } });
    const shown = planned(route, wish);
    expect(rulesIn(shown)).toEqual([
      ...rulesIn(route),
      {
        matches: [prefix('/', { headers: [header('x-user', 'tester')] })],
        filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set } }],
        backendRefs: [shop],
      },
    ]);
    expect(verdict(shown, wish)).toEqual({ is: 'verified' });
    expect(planned(shown, one({ weight: 20 }))).toEqual(route);
    expect(planned(shown, stable)).toEqual(route);
  });
});

describe('edits while a release goes on', () => {
  const route = httpRoute([rule('/', [backend('shop', { weight: 5 })]), rule('/api', [backend('api')])]);
  const shown = planned(route, weight(20));
  const canaryIn = (one: KubeObject) => JSON.stringify(rulesIn(one)).includes('shop-canary');

  it('rules that were applied again get their share again', () => {
    const applied = withRules(shown, rulesIn(route));
    expect(verdict(applied, weight(20)).is).toBe('pending');
    expect(planned(applied, weight(20))).toEqual(shown);
  });

  it('new rules are split, and are what is restored', () => {
    const edited = [rule('/new', [backend('shop', { weight: 9, port: 9090 })], { timeouts: { request: '1s' } })];
    const again = planned(withRules(shown, edited), weight(50));
    expect(rulesIn(again)[0]?.['backendRefs']).toEqual([
      backend('shop', { port: 9090, weight: 50 }),
      backend('shop-canary', { port: 9090, weight: 50 }),
    ]);
    expect(planned(again, stable)).toEqual(withRules(route, edited));
    expect(planned(withRules(shown, edited), stable)).toEqual(withRules(route, edited));
  });

  it('an edit beside our backends survives, and what was ours goes', () => {
    const [first, api] = rulesIn(shown) as [JsonObject, JsonObject];
    const extra = rule('/extra', [backend('extra')]);
    const edited = withRules(shown, [
      extra,
      { ...first, matches: [prefix('/moved')], timeouts: { request: '2s' } },
      api,
    ]);
    const restored = [
      extra,
      rule('/moved', [backend('shop', { weight: 5 })], { timeouts: { request: '2s' } }),
      rule('/api', [backend('api')]),
    ];
    expect(planned(edited, stable)).toEqual(withRules(route, restored));
    expect(rulesIn(planned(edited, weight(20)))[1]?.['backendRefs']).toEqual(split(80, 20));
    expect(after(edited, weight(20), weight(60), stable)).toEqual(withRules(route, restored));
  });

  it('a weight of ours that somebody turned is put right, and is no edit', () => {
    const turned = withRules(shown, [rule('/', split(50, 50)), rule('/api', [backend('api')])]);
    expect(planned(turned, weight(20))).toEqual(shown);
    expect(planned(turned, stable)).toEqual(route);
  });

  it('an edited weight of another backend keeps its meaning', () => {
    const two = httpRoute([rule('/', [shop, backend('other')])]);
    const [first] = rulesIn(planned(two, weight(20))) as [{ backendRefs: JsonObject[] }];
    // 4 : 1 : 5 is written; somebody makes the last a 15, thrice its part.
    const refs = first.backendRefs.map((one) => (one['name'] === 'other' ? { ...one, weight: 15 } : one));
    const edited = withRules(planned(two, weight(20)), [rule('/', refs)]);
    expect(rulesIn(planned(edited, stable))).toEqual([rule('/', [shop, backend('other', { weight: 3 })])]);
  });

  it('a rule of ours that somebody edited goes all the same', () => {
    const matched = planned(route, matching(tester));
    const [first, api, added] = rulesIn(matched) as [JsonObject, JsonObject, JsonObject];
    const edited = withRules(matched, [first, api, { ...added, timeouts: { request: '1s' }, matches: [prefix('/x')] }]);
    expect(planned(edited, stable)).toEqual(route);
    expect(planned(edited, matching(tester))).toEqual(matched);
  });

  it('a deleted rule stays deleted', () => {
    const edited = withRules(shown, [rulesIn(shown)[0] as JsonObject]);
    expect(planned(edited, stable)).toEqual(withRules(route, [rule('/', [backend('shop', { weight: 5 })])]));
  });

  it('an annotation that was taken away or spoilt leaves no canary behind', () => {
    const { annotations: _gone, ...metadata } = shown.metadata;
    const bare = { ...shown, metadata };
    const restored = after(bare, weight(30), stable);
    expect(canaryIn(restored)).toBe(false);
    // The weight that is not known any more is what both parts made.
    expect(rulesIn(restored)[0]).toEqual(rule('/', [backend('shop', { weight: 100 })]));
    const spoilt = { ...shown, metadata: { ...metadata, annotations: { [ANNOTATION.originalRules]: '{"rules":[nu' } } };
    expect(canaryIn(planned(spoilt, stable))).toBe(false);
    expect(planned(spoilt, stable).metadata.annotations).toBeUndefined();
  });

  it('defaults that the server adds to a rule of ours start no quarrel', () => {
    const matched = planned(route, matching(tester));
    const rules = rulesIn(matched).map((one) => ({ ...one, sessionPersistence: { type: 'Cookie' } }));
    const defaulted = withRules(matched, [...rulesIn(route), rules[2] as JsonObject]);
    expect(gatewayHttpRoute.plan(entry, { httpRoute: defaulted }, matching(tester))).toEqual([]);
    expect(planned(defaulted, stable)).toEqual(route);
  });
});

describe('releases that share a route', () => {
  const route = httpRoute([rule('/', [shop, backend('api')]), rule('/api', [backend('api')])]);
  const api = desired({ service: 'api-canary', weight: 50 }, 'api');
  const apiStable: Wish = { ...stable, base: 'api' };

  it('end in any order, each restoring only what is its own', () => {
    const both = planned(planned(route, weight(20)), api);
    expect(both).toEqual(planned(planned(route, api), weight(20)));
    expect(planned(both, apiStable)).toEqual(planned(route, weight(20)));
    expect(planned(both, stable)).toEqual(planned(route, api));
    expect(planned(planned(both, stable), apiStable)).toEqual(route);
  });

  it('one that has changed nothing restores nothing', () => {
    const shown = planned(route, weight(20));
    expect(gatewayHttpRoute.plan(entry, { httpRoute: shown }, apiStable)).toEqual([]);
    expect(gatewayHttpRoute.verify(entry, { httpRoute: shown }, apiStable)).toEqual({ is: 'verified' });
  });
});

describe('what a route says', () => {
  const route = httpRoute([rule('/', [shop])]);

  it('is verified once the route shows it, and pending before', () => {
    expect(verdict(route, weight(20))).toEqual({
      is: 'pending',
      reason: 'HTTPRoute shop does not show 20 % of requests yet',
    });
    expect(verdict(planned(route, weight(20)), weight(20))).toEqual({ is: 'verified' });
    expect(verdict(planned(route, weight(20)), stable).is).toBe('pending');
    expect(verdict(route, stable)).toEqual({ is: 'verified' });
    expect(verdict(undefined, stable)).toEqual({ is: 'verified' });
  });

  const many = Array.from({ length: 9 }, (_, index) => rule(`/${index}`, [shop]));
  it.each<[string, KubeObject | undefined, Wish, string]>([
    ['no route', undefined, weight(20), 'HTTPRoute shop does not exist'],
    [
      'no rule to the Service',
      httpRoute([rule('/', [backend('api')])]),
      weight(20),
      'HTTPRoute shop has no rule that leads to Service shop; give it a rule with a backendRef of kind Service named shop',
    ],
    [
      'matches that exclude those of the rules',
      httpRoute([{ matches: [prefix('/', { headers: [header('x-user', 'other')] })], backendRefs: [shop] }]),
      matching(tester),
      'no request can match both',
    ],
    [
      'too many rules',
      httpRoute(many),
      matching(tester),
      'would need 18 rules for these matches, and the API allows 16',
    ],
  ])('is broken: %s', (_name, object, wish, reason) => {
    expect(gatewayHttpRoute.plan(entry, { httpRoute: object }, wish)).toEqual([]);
    expect(verdict(object, wish)).toMatchObject({ is: 'broken', reason: expect.stringContaining(reason) as string });
  });

  const parent = (...conditions: JsonObject[]): JsonObject => ({
    parentRef: { name: 'front' },
    controllerName: 'example.com/gateway',
    conditions,
  });
  const word = (status: string, observedGeneration: number, more: JsonObject = {}): JsonObject => ({
    type: 'Accepted',
    status,
    reason: 'UnsupportedValue',
    message: 'no such filter',
    observedGeneration,
    ...more,
  });
  const told = (wish: Wish, ...parents: JsonObject[]): KubeObject => {
    const shown = planned(httpRoute([rule('/', [shop])], { generation: 4 }), wish);
    return { ...shown, status: { parents } };
  };

  it.each<[string, JsonObject[], string]>([
    ['accepted', [parent(word('True', 4))], 'verified'],
    ['accepted without a generation', [parent({ type: 'Accepted', status: 'True' })], 'verified'],
    ['nobody has spoken', [], 'verified'],
    ['an older generation', [parent(word('True', 3))], 'pending'],
    ['no word yet', [parent()], 'pending'],
    ['refused', [parent(word('False', 4))], 'broken'],
    ['refused before the last change', [parent(word('False', 3))], 'pending'],
    ['refused by one of two', [parent(word('False', 4)), parent(word('True', 4))], 'verified'],
    ['late in one of two', [parent(word('True', 3)), parent(word('True', 4))], 'pending'],
  ])('waits for its controllers: %s', (_name, parents, is) => {
    expect(verdict(told(weight(20), ...parents), weight(20)).is).toBe(is);
  });

  it('tells who has not followed, or has refused, and why', () => {
    expect(verdict(told(weight(20), parent(word('True', 3))), weight(20))).toEqual({
      is: 'pending',
      reason:
        'controller example.com/gateway of Gateway front has not taken up the rules of HTTPRoute shop yet: it shows generation 3 of 4; if that controller is gone, remove its entry from status.parents',
    });
    expect(verdict(told(weight(20), parent(word('False', 4))), weight(20))).toEqual({
      is: 'broken',
      reason:
        'controller example.com/gateway of Gateway front does not accept HTTPRoute shop (UnsupportedValue: no such filter); correct the route or its Gateway',
    });
  });

  it('a route that nobody accepts is broken before it is changed; one whose rules are to stay is not asked about', () => {
    const refused = {
      ...httpRoute([rule('/', [shop])], { generation: 4 }),
      status: { parents: [parent(word('False', 4))] },
    };
    expect(verdict(refused, weight(20)).is).toBe('broken');
    const late = { ...refused, status: { parents: [parent(word('True', 3))] } };
    for (const route_ of [refused, late]) {
      expect(verdict(route_, desired({ service: 'shop', weight: 20 }))).toEqual({ is: 'verified' });
    }
  });

  it('a rule dropped by the gateway matters where ours has a filter of its own', () => {
    const wish = desired({ weight: 20, headers: { remove: ['x-debug'] } });
    const partial = word('True', 4, { type: 'PartiallyInvalid' });
    expect(verdict(told(wish, parent(word('True', 4), partial)), wish).is).toBe('broken');
    expect(verdict(told(weight(20), parent(word('True', 4), partial)), weight(20)).is).toBe('verified');
  });

  describe('a backend that a controller does not find', () => {
    const lost = (generation: number) => ({
      ...word('False', generation, { type: 'ResolvedRefs' }),
      reason: 'BackendNotFound',
      message: 'service "shop-canary" not found',
    });

    it('is waited for once a rule leads to ours, in the words of the controller', () => {
      const verdictOf = verdict(told(weight(20), parent(word('True', 4), lost(4))), weight(20));
      expect(verdictOf).toMatchObject({ is: 'pending', because: 'BackendNotFound' });
      expect('reason' in verdictOf ? verdictOf.reason : '').toContain(
        'does not find what a rule of HTTPRoute shop leads to (BackendNotFound: service "shop-canary" not found), and fails its requests',
      );
    });

    it('does not count where it names another backend of the route, or is said by a Gateway that refuses the route', () => {
      const another = { ...lost(4), message: 'service "shop" not found' };
      expect(verdict(told(weight(20), parent(word('True', 4), another)), weight(20)).is).toBe('verified');
      const refusing = told(weight(20), parent(word('True', 4)), parent(word('False', 4), lost(4)));
      expect(verdict(refusing, weight(20)).is).toBe('verified');
    });

    it('said of earlier rules does not count', () => {
      expect(verdict(told(weight(20), parent(word('True', 4), lost(3))), weight(20)).is).toBe('verified');
    });

    it('does not count before a rule leads to ours, and never keeps a route from being restored', () => {
      const before = {
        ...httpRoute([rule('/', [shop])], { generation: 4 }),
        status: { parents: [parent(word('True', 4), lost(4))] },
      };
      expect(verdict(before, weight(20)).is).toBe('pending');
      expect(verdict(before, stable)).toEqual({ is: 'verified' });
    });
  });

  it('a restored route waits for its controllers when the write was ours, and for nothing else', () => {
    const restored = {
      ...httpRoute([rule('/', [shop])], { generation: 4 }),
      status: { parents: [parent(word('True', 3))] },
    };
    expect(verdict(restored, stable)).toEqual({ is: 'verified' });
    const ours = { ...restored, metadata: { ...restored.metadata, managedFields: [{ manager: 'sluice' }] } };
    expect(verdict(ours, stable).is).toBe('pending');
    const refused = { ...ours, status: { parents: [parent(word('False', 4))] } };
    expect(verdict(refused, stable)).toEqual({ is: 'verified' });
  });
});
