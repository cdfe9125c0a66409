// HTTPRoutes at random, and what users do to them: apply their manifest again, edit, add, move and remove rules in what the
// route shows, turn weights of ours, and write metadata.

import fc from 'fast-check';
import type { Json, JsonObject, KubeObject } from '../../src/api/kube.ts';
import { sameJson } from '../../src/lib/json.ts';
import type { Edit, ProviderFixture } from './provider-fixture.ts';

type Rule = JsonObject;

const rulesOf = (object: KubeObject): Rule[] => (object['spec'] as { rules: Rule[] }).rules;
const withRules = (object: KubeObject, rules: Rule[]): KubeObject => ({
  ...object,
  spec: { ...(object['spec'] as JsonObject), rules },
});

const weight = fc.option(fc.constantFrom(0, 1, 3, 7, 100, 999), { nil: undefined });
const target = fc.constantFrom<JsonObject>(
  { name: 'shop' },
  { name: 'shop', kind: 'Service', group: '' },
  { name: 'shop', namespace: 'store' },
  { name: 'shop', namespace: 'elsewhere' },
  { name: 'shop', kind: 'Bucket', group: 'example.com' },
  { name: 'other', kind: 'Service', group: '' },
  { name: 'other', filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['a'] } }] },
);
const backend = fc.record({ target, weight }).map(({ target: one, weight: share }) => ({
  ...one,
  futureField: { kept: true },
  ...(share === undefined ? {} : { weight: share }),
}));
const match = fc.record(
  {
    headers: fc.constantFrom<Json>([{ name: 'x-user', value: 'tester' }], [{ type: 'Exact', name: 'V', value: '2' }]),
    method: fc.constant('GET'),
    queryParams: fc.constant<Json>([{ name: 'q', value: '1' }]),
  },
  { requiredKeys: [] },
);
const filters = fc.constantFrom<Json>(
  [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-lane', value: 'base' }] } }],
  [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } }],
);
const rule = fc
  .record(
    {
      matches: fc.array(match, { maxLength: 2 }),
      filters,
      timeouts: fc.constant<Json>({ request: '7s' }),
      futureField: fc.constant<Json>([1, { deep: true }]),
      backendRefs: fc.array(backend, { maxLength: 3 }),
    },
    { requiredKeys: ['matches'] },
  )
  .map(({ matches, backendRefs, ...rest }) => ({ matches: matches as JsonObject[], backendRefs, rest }));
type RawRule = typeof rule extends fc.Arbitrary<infer T> ? T : never;

/** Rules are told apart by their paths. */
let paths = 0;
function toRule({ matches, backendRefs, rest }: RawRule): Rule {
  paths += 1;
  const first = { path: { type: 'PathPrefix', value: `/p${paths}` } };
  const all = [
    first,
    ...matches.map((one, index) => ({ ...one, path: { type: 'Exact', value: `/p${paths}/${index}` } })),
  ];
  // A backend is told from another one of its Service by its port.
  const refs = backendRefs?.map((ref, index) => ({ ...ref, port: 8000 + index }));
  return { ...rest, matches: all, ...(refs === undefined ? {} : { backendRefs: refs }) } as Rule;
}

const rules = fc.array(rule, { minLength: 1, maxLength: 4 }).map((raw) => raw.map(toRule));

/** Where the route shows a rule of the user. */
const indexOf = (live: KubeObject, theirs: Rule): number =>
  rulesOf(live).findIndex((one) => sameJson(one['matches'], theirs['matches']));

const both = (change: (rule: Rule) => Rule[]) => (live: KubeObject, theirs: KubeObject, pick: number) => {
  const mine = rulesOf(theirs);
  const index = pick % Math.max(mine.length, 1);
  const chosen = mine[index];
  if (chosen === undefined) return { live, theirs };
  const at = indexOf(live, chosen);
  return {
    live: withRules(
      live,
      rulesOf(live).flatMap((one, i) => (i === at ? change(one) : [one])),
    ),
    theirs: withRules(
      theirs,
      mine.flatMap((one, i) => (i === index ? change(one) : [one])),
    ),
  };
};
const pick = fc.nat({ max: 7 });

const applyAgain = rules.map((next): Edit => (live, theirs) => ({
  live: withRules(live, next),
  theirs: withRules(theirs, next),
}));
const applySame = fc.constant<Edit>((live, theirs) => ({ live: withRules(live, rulesOf(theirs)), theirs }));
const editRule = fc.tuple(pick, fc.constantFrom('1s', '2s')).map(
  ([index, request]): Edit =>
    (live, theirs) =>
      both((one) => [{ ...one, timeouts: { request } }])(live, theirs, index),
);
const moveRule = fc.tuple(pick, fc.constantFrom('/moved', '/gone')).map(
  ([index, to]): Edit =>
    (live, theirs) =>
      both((one) => [
        {
          ...one,
          matches: (one['matches'] as JsonObject[]).map((m, i) =>
            i === 0
              ? { path: { type: 'Exact', value: `${to}${index}${(m['path'] as JsonObject)['value'] as string}` } }
              : m,
          ),
        },
      ])(live, theirs, index),
);
const deleteRule = pick.map(
  (index): Edit =>
    (live, theirs) =>
      both(() => [])(live, theirs, index),
);
const addRule = fc.tuple(rule, fc.boolean()).map(([raw, first]): Edit => {
  const added = toRule(raw);
  const add = (list: Rule[]): Rule[] => (first ? [added, ...list] : [...list, added]);
  return (live, theirs) => ({
    live: withRules(live, add(rulesOf(live))),
    theirs: withRules(theirs, add(rulesOf(theirs))),
  });
});
const reverse = fc.constant<Edit>((live, theirs) => ({
  live: withRules(live, [...rulesOf(live)].reverse()),
  theirs: withRules(theirs, [...rulesOf(theirs)].reverse()),
}));
/** Services of branches, which no rule of the user names. */
const CANARIES = ['shop-canary', 'shop-blue', 'shop-green'];
/** No edit: what we divide is ours. */
const turnWeights = fc.nat({ max: 50 }).map((to): Edit => (live, theirs) => ({
  live: withRules(
    live,
    rulesOf(live).map((one) =>
      Array.isArray(one['backendRefs'])
        ? {
            ...one,
            backendRefs: (one['backendRefs'] as JsonObject[]).map((ref) =>
              CANARIES.includes(ref['name'] as string) ? { ...ref, weight: to } : ref,
            ),
          }
        : one,
    ),
  ),
  theirs,
}));
const annotate = fc.constantFrom('a', 'b').map((value): Edit => (live, theirs) => {
  const note = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, team: value } },
  });
  return { live: note(live), theirs: note(theirs) };
});

export const httpRouteFixture: ProviderFixture = {
  ref: { service: 'shop', gateway: { httpRouteName: 'shop' } },
  branches: 3,
  object: rules.map((list) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: {
      name: 'shop',
      namespace: 'store',
      uid: 'h1',
      resourceVersion: '3',
      generation: 1,
      labels: { app: 'shop' },
    },
    spec: { parentRefs: [{ name: 'front' }], rules: list, futureField: { kept: [null] } },
    futureTop: 'kept',
  })),
  edit: fc.oneof(applyAgain, applySame, editRule, moveRule, deleteRule, addRule, reverse, turnWeights, annotate),
};
