// Requests that match a step lead to the canary Service: for each rule that leads to the stable Service one more rule, the same
// but for its backends, that asks for the step's conditions as well. A path is used as it stands, in the first such rule only,
// because two paths cannot be asked for at once. The user's own rules stay untouched.

import type { Json, JsonObject } from '../../api/kube.ts';
import type { HttpMatch } from '../../api/rollout.ts';
import { isObject, sameJson } from '../../lib/json.ts';
import { withHeaders } from './header-filter.ts';
import {
  backendsOf,
  filtersOf,
  isService,
  leadsTo,
  matchesOf,
  weightOf,
  type Placed,
  type RouteRule,
} from './rules.ts';
import type { BranchWish } from './branch-wish.ts';

/** What a rule without matches asks for. */
const ANYTHING: JsonObject = { path: { type: 'PathPrefix', value: '/' } };
const PREFIX_REWRITE = 'ReplacePrefixMatch';

interface Condition {
  name: string;
  type?: string;
  value: string;
}

const isCondition = (value: Json): boolean => isObject(value) && typeof value['name'] === 'string';
const conditionsOf = (value: unknown): Condition[] =>
  Array.isArray(value) ? ((value as Json[]).filter(isCondition) as unknown as Condition[]) : [];
const EXACT = 'Exact';
const complete = ({ name, type = EXACT, value }: Condition): JsonObject => ({ type, name, value });

/**
 * Both lists of conditions at once, undefined when they contradict each other. A name may stand in a list only once: of two
 * conditions on it the exact one is kept, being the narrower.
 */
function both(theirs: Condition[], ours: Condition[], keyOf: (name: string) => string): JsonObject[] | undefined {
  const all = new Map(theirs.map((one) => [keyOf(one.name), complete(one)]));
  for (const one of ours) {
    const known = all.get(keyOf(one.name));
    const wanted = complete(one);
    if (known?.['type'] === EXACT && wanted['type'] === EXACT && known['value'] !== wanted['value']) return undefined;
    if (known?.['type'] !== EXACT) all.set(keyOf(one.name), wanted);
  }
  return [...all.values()];
}

const withList = (match: JsonObject, field: string, list: JsonObject[]): JsonObject =>
  list.length === 0 ? match : { ...match, [field]: list };

/** A match of the rule and one of the step as one match. */
function combined(theirs: JsonObject, ours: HttpMatch): JsonObject | undefined {
  const headers = both(conditionsOf(theirs['headers']), conditionsOf(ours.headers), (name) => name.toLowerCase());
  const query = both(conditionsOf(theirs['queryParams']), conditionsOf(ours.queryParams), (name) => name);
  if (headers === undefined || query === undefined) return undefined;
  return withList(withList(theirs, 'headers', headers), 'queryParams', query);
}

function asItStands({ path, headers, queryParams }: HttpMatch): JsonObject {
  const match = { path: { type: path?.type ?? 'PathPrefix', value: path?.value ?? '/' } };
  const withHeader = withList(match, 'headers', conditionsOf(headers).map(complete));
  return withList(withHeader, 'queryParams', conditionsOf(queryParams).map(complete));
}

const listOf = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

function distinct(matches: JsonObject[]): JsonObject[] {
  return matches.filter((match, index) => matches.findIndex((other) => sameJson(other, match)) === index);
}

function matchesFor(rule: RouteRule, wish: BranchWish, isFirst: boolean): JsonObject[] {
  const theirs = matchesOf(rule).length === 0 ? [ANYTHING] : matchesOf(rule);
  const withPath = wish.matches.filter(({ path }) => path !== undefined && isFirst).map(asItStands);
  const others = wish.matches.filter(({ path }) => path === undefined);
  const crossed = theirs.flatMap((their) => others.flatMap((one): JsonObject[] => listOf(combined(their, one))));
  return distinct([...withPath, ...crossed]);
}

/** A rule that rewrites its prefix may have only one match. */
const rewritesPrefix = (rule: RouteRule): boolean => {
  const filters = [...filtersOf(rule), ...backendsOf(rule).flatMap(filtersOf)];
  return filters.some((filter) => JSON.stringify(filter).includes(`"${PREFIX_REWRITE}"`));
};

function addedFor(rule: RouteRule, wish: BranchWish, namespace: string, isFirst: boolean): RouteRule[] {
  const matches = matchesFor(rule, wish, isFirst);
  // Names are unique within a route.
  const { name: _name, ...same } = rule;
  const filters = withHeaders(filtersOf(rule), wish.requestHeaderModifier);
  const backendRefs = backendsOf(rule)
    .filter((ref) => isService(ref, wish.stableService, namespace) && weightOf(ref) > 0)
    .map((ref) => ({ ...ref, name: wish.canaryService }));
  if (matches.length === 0 || backendRefs.length === 0) return [];
  const lists = rewritesPrefix(rule) ? matches.map((match) => [match]) : [matches];
  return lists.map((list) => ({ ...same, matches: list, ...(filters.length === 0 ? {} : { filters }), backendRefs }));
}

const count = (match: JsonObject, field: string): number => conditionsOf(match[field]).length;

/** Neither is the more specific one to a gateway, so the first rule of the list wins. */
const ties = (a: JsonObject, b: JsonObject): boolean =>
  sameJson(a['path'] ?? ANYTHING['path'], b['path'] ?? ANYTHING['path']) &&
  sameJson(a['method'], b['method']) &&
  count(a, 'headers') === count(b, 'headers') &&
  count(a, 'queryParams') === count(b, 'queryParams');

/**
 * The rules with those for the step. They stand at the end, where they lose against rules of others that are as specific;
 * only what would lose against a rule to the stable Service stands before that.
 */
export function addMatchRules(
  rules: readonly Placed[],
  original: readonly RouteRule[],
  wish: BranchWish,
  namespace: string,
): Placed[] {
  const isStable = (rule: RouteRule): boolean => leadsTo(rule, wish.stableService, namespace);
  const stable = original.filter(isStable);
  const all = [...rules];
  for (const [index, rule] of stable.entries()) {
    for (const added of addedFor(rule, wish, namespace, index === 0)) {
      const rival = all.findIndex(({ from }) => from !== undefined && isRival(original[from] as RouteRule, added));
      all.splice(rival === -1 ? all.length : rival, 0, { rule: added, from: undefined });
    }
  }
  return all;

  function isRival(rule: RouteRule, added: RouteRule): boolean {
    const theirs = matchesOf(rule).length === 0 ? [ANYTHING] : matchesOf(rule);
    return isStable(rule) && matchesOf(added).some((match) => theirs.some((their) => ties(match, their)));
  }
}
