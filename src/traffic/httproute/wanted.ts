// The rules that a route should have: the user's rules and every branch's wish, and nothing else, decide it.

import { sameJson } from '../../lib/json.ts';
import { inBranchOrder, isWeighted, type BranchWish } from './branch-wish.ts';
import { addMatchRules } from './matches.ts';
import { backendsOf, leadsTo, shows, type Placed, type RouteRule } from './rules.ts';
import { splitWeights } from './weights.ts';

/** Shares are of a Service's requests, so those of one Service are divided at once. */
function withWeights(rule: RouteRule, wishes: readonly BranchWish[], namespace: string): RouteRule {
  const byService = Map.groupBy(wishes.filter(isWeighted), ({ stableService }) => stableService);
  return [...byService].reduce(
    (one, [service, shares]) =>
      leadsTo(one, service, namespace)
        ? { ...one, backendRefs: splitWeights(backendsOf(one), shares, namespace) }
        : one,
    rule,
  );
}

export function wantedRules(
  original: readonly RouteRule[],
  wishes: readonly BranchWish[],
  namespace: string,
): Placed[] {
  const ordered = inBranchOrder(wishes);
  const weighted = original.map((rule, from): Placed => ({ rule: withWeights(rule, ordered, namespace), from }));
  return ordered
    .filter(({ matches }) => matches.length > 0)
    .reduce((rules, wish) => addMatchRules(rules, original, wish, namespace), weighted);
}

/** A user's rule is compared exactly; a rule of ours may have defaults of the server. */
export const agrees = (present: RouteRule, { rule, from }: Placed): boolean =>
  from === undefined ? shows(present, rule) : sameJson(present, rule);

export const agreeAll = (present: readonly RouteRule[], wanted: readonly Placed[]): boolean =>
  present.length === wanted.length && wanted.every((placed, index) => agrees(present[index] as RouteRule, placed));
