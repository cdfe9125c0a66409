// A share of a rule's requests for the canary Service: beside each reference to the stable Service stands a copy that names the
// canary Service, and the two divide its weight. What other backends of the rule get stays exactly as it was; their numbers
// grow by a common factor where the stable weight alone has no whole-numbered share.

import { withHeaders } from './header-filter.ts';
import { filtersOf, isService, weightOf, type BackendRef } from './rules.ts';
import type { Wish } from './wish.ts';

/** Of the API. */
const MAX_WEIGHT = 1_000_000;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
const lcm = (a: number, b: number): number => (a / gcd(a, b)) * b;

/** By which all weights of the rule are multiplied, so that every share is a whole number; capped where the API ends. */
function factorFor(refs: readonly BackendRef[], stable: readonly BackendRef[], percent: number): number {
  const exact = stable.map((ref) => 100 / gcd(100, weightOf(ref) * percent)).reduce(lcm, 1);
  const largest = Math.max(...refs.map(weightOf), 1);
  return exact * largest <= MAX_WEIGHT ? exact : Math.max(1, Math.floor(MAX_WEIGHT / largest));
}

/** The canary's part of a weight; above 0 and below all of it when the share is, if the weight can be divided. */
function partOf(weight: number, percent: number): number {
  const part = Math.round((weight * percent) / 100);
  if (percent <= 0 || percent >= 100 || weight < 2) return part;
  return Math.min(Math.max(part, 1), weight - 1);
}

function canaryRef(ref: BackendRef, weight: number, wish: Wish): BackendRef {
  const present = filtersOf(ref);
  const filters = withHeaders(present, wish.requestHeaderModifier);
  return {
    ...ref,
    name: wish.canaryService,
    weight,
    ...(filters.length === 0 && present.length === 0 ? {} : { filters }),
  };
}

/** The backends of a rule with the wished share; a rule of one backend shows the percentages themselves. */
export function split(refs: readonly BackendRef[], wish: Wish, namespace: string): BackendRef[] {
  const percent = wish.weight;
  const isStable = (ref: BackendRef): boolean => isService(ref, wish.stableService, namespace);
  const alone = refs.length === 1 && refs[0] !== undefined && weightOf(refs[0]) > 0;
  const factor = alone ? 1 : factorFor(refs, refs.filter(isStable), percent);
  return refs.flatMap((ref) => {
    const weight = alone ? 100 : weightOf(ref) * factor;
    if (!isStable(ref)) return [factor === 1 ? ref : { ...ref, weight }];
    const part = partOf(weight, percent);
    return [{ ...ref, weight: weight - part }, canaryRef(ref, part, wish)];
  });
}
