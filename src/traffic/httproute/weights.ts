// Shares of a rule's requests for canary Services: beside each reference to the stable Service stands a copy for each branch
// that names its Service, and they divide its weight. What other backends of the rule get stays exactly as it was; their numbers
// grow by a common factor where the stable weight alone has no whole-numbered share.

import { withHeaders } from './header-filter.ts';
import { filtersOf, isService, weightOf, type BackendRef } from './rules.ts';
import type { BranchWish } from './branch-wish.ts';

/** Of the API. */
const MAX_WEIGHT = 1_000_000;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
const lcm = (a: number, b: number): number => (a / gcd(a, b)) * b;

/** By which all weights of the rule are multiplied, so that every share is a whole number; capped where the API ends. */
function factorFor(refs: readonly BackendRef[], stable: readonly BackendRef[], percents: number[]): number {
  const parts = stable.flatMap((ref) => percents.map((percent) => weightOf(ref) * percent));
  const exact = parts.map((part) => 100 / gcd(100, part)).reduce(lcm, 1);
  const largest = Math.max(...refs.map(weightOf), 1);
  return exact * largest <= MAX_WEIGHT ? exact : Math.max(1, Math.floor(MAX_WEIGHT / largest));
}

/** The canary's part of a weight; above 0 and below all of it when the share is, if the weight can be divided. */
function partOf(weight: number, percent: number): number {
  const part = Math.round((weight * percent) / 100);
  if (percent <= 0 || percent >= 100 || weight < 2) return part;
  return Math.min(Math.max(part, 1), weight - 1);
}

/** Never more in all than there is. */
function partsOf(weight: number, percents: readonly number[]): number[] {
  let left = weight;
  return percents.map((percent) => {
    const part = Math.min(partOf(weight, percent), left);
    left -= part;
    return part;
  });
}

function canaryRef(ref: BackendRef, weight: number, wish: BranchWish): BackendRef {
  const present = filtersOf(ref);
  const filters = withHeaders(present, wish.requestHeaderModifier);
  return {
    ...ref,
    name: wish.canaryService,
    weight,
    ...(filters.length === 0 && present.length === 0 ? {} : { filters }),
  };
}

/** The backends of a rule with the wished shares of one Service; a rule of one backend shows the percentages themselves. */
export function splitWeights(
  refs: readonly BackendRef[],
  wishes: readonly BranchWish[],
  namespace: string,
): BackendRef[] {
  const percents = wishes.map(({ weight }) => weight);
  const isStable = (ref: BackendRef): boolean =>
    wishes.some(({ stableService }) => isService(ref, stableService, namespace));
  const alone = refs.length === 1 && refs[0] !== undefined && weightOf(refs[0]) > 0;
  const factor = alone ? 1 : factorFor(refs, refs.filter(isStable), percents);
  return refs.flatMap((ref) => {
    const weight = alone ? 100 : weightOf(ref) * factor;
    if (!isStable(ref)) return [factor === 1 ? ref : { ...ref, weight }];
    const parts = partsOf(weight, percents);
    const rest = parts.reduce((left, part) => left - part, weight);
    return [{ ...ref, weight: rest }, ...wishes.map((wish, index) => canaryRef(ref, parts[index] ?? 0, wish))];
  });
}
