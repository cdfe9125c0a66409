// The rules that a route should have: the user's rules and every release's wish, and nothing else, decide it.

import { sameJson } from '../../lib/json.ts';
import { addMatchRules } from './matches.ts';
import { backendsOf, leadsTo, shows, type Placed, type Rule } from './rules.ts';
import { split } from './weights.ts';
import { isOneService, type Wish } from './wish.ts';

function withWeights(rules: readonly Placed[], wish: Wish, namespace: string): Placed[] {
  if (isOneService(wish)) return [...rules];
  return rules.map(({ rule, from }) =>
    from === undefined || !leadsTo(rule, wish.stableService, namespace)
      ? { rule, from }
      : { rule: { ...rule, backendRefs: split(backendsOf(rule), wish, namespace) }, from },
  );
}

/** The wishes are taken in the order of their Services, so that releases that share a route agree. */
export function wantedRules(original: readonly Rule[], wishes: readonly Wish[], namespace: string): Placed[] {
  const inOrder = [...wishes].sort((a, b) => (a.stableService < b.stableService ? -1 : 1));
  return inOrder.reduce<Placed[]>(
    (rules, wish) =>
      wish.matches.length > 0 ? addMatchRules(rules, original, wish, namespace) : withWeights(rules, wish, namespace),
    original.map((rule, from) => ({ rule, from })),
  );
}

/** A user's rule is compared exactly; a rule of ours may have defaults of the server. */
export const agrees = (present: Rule, { rule, from }: Placed): boolean =>
  from === undefined ? shows(present, rule) : sameJson(present, rule);

export const agreeAll = (present: readonly Rule[], wanted: readonly Placed[]): boolean =>
  present.length === wanted.length && wanted.every((placed, index) => agrees(present[index] as Rule, placed));
