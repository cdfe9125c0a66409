// The user's rules, read back from what a route shows. As long as it shows what we wrote, they are the remembered ones. Where
// somebody edited or re-applied the rules, the edit becomes part of them, and only what is ours is taken out again: rules that
// we added, references to canary Services, and weights that we divided. A branch may lead to a Service of the user, which rules of
// the user may name too: what names it is ours only where it asks for what a rule of ours asks for.

import { sameJson } from '../../lib/json.ts';
import { backendsOf, isService, weightOf, type BackendRef, type Placed, type RouteRule } from './rules.ts';
import { agreeAll, agrees, wantedRules } from './wanted.ts';
import { isOneService, isToMade, type BranchWish } from './branch-wish.ts';
import type { Stash } from './stash.ts';

interface Ours {
  wishes: readonly BranchWish[];
  namespace: string;
}

const isCanary = (ref: BackendRef, { wishes, namespace }: Ours): boolean =>
  wishes.some((wish) => !isOneService(wish) && isService(ref, wish.canaryService, namespace));

const isMade = (ref: BackendRef, { wishes, namespace }: Ours): boolean =>
  wishes.some((wish) => isToMade(wish) && isService(ref, wish.canaryService, namespace));

const isStable = (ref: BackendRef, { wishes, namespace }: Ours): boolean =>
  wishes.some((wish) => isService(ref, wish.stableService, namespace));

/** What a live rule was before somebody edited it: our rule, and the user's rule that it was made from. */
interface Origin {
  ours: RouteRule;
  theirs: RouteRule;
}

/** `show`: the rules as they are now. `standIns` are for the wishes of a stash that is lost. */
export function userRules(
  show: readonly RouteRule[],
  stash: Stash | undefined,
  standIns: readonly BranchWish[],
  namespace: string,
): RouteRule[] {
  const ours: Ours = { wishes: stash?.wishes ?? standIns.filter(isToMade), namespace };
  const written = stash === undefined ? [] : wantedRules(stash.rules, stash.wishes, namespace);
  if (stash !== undefined && agreeAll(show, written)) return stash.rules;
  const open = [...written];
  const take = (isIt: (placed: Placed) => boolean): Placed | undefined => {
    const index = open.findIndex(isIt);
    return index === -1 ? undefined : open.splice(index, 1)[0];
  };
  // What is as we wrote it is found first, so that nothing else is taken for it.
  const known = show.map((rule) => take((placed) => agrees(rule, placed)));
  return show.flatMap((rule, index) => {
    const unchanged = known[index];
    if (unchanged !== undefined) return unchanged.from === undefined ? [] : [theirsOf(unchanged)];
    if (!isOurs(rule)) return [rule];
    return withoutOurs(rule, originOf(rule), ours);
  });

  function theirsOf({ from }: Placed): RouteRule {
    return stash?.rules[from ?? -1] ?? {};
  }

  /** It names a canary Service, and nobody but us would. */
  function isOurs(rule: RouteRule): boolean {
    const refs = canariesOf(rule, ours);
    if (refs.length === 0 || open.some((placed) => sameJson(rule, theirsOf(placed)))) return false;
    const isOf = (placed: Placed): boolean =>
      !sameJson(placed.rule, theirsOf(placed)) && isCopy(rule, { ours: placed.rule, theirs: theirsOf(placed) }, ours);
    return refs.some((ref) => isMade(ref, ours)) || open.some(isOf);
  }

  /** The split rule that is most like it. */
  function originOf(rule: RouteRule): Origin | undefined {
    const likenesses = open.map((placed) => (isSplit(placed, ours) ? likeness(rule, placed.rule, ours) : -1));
    const best = Math.max(...likenesses);
    const isEnough = best >= (hasOthers(rule, ours) ? 0 : SAME_MATCHES);
    const found = isEnough ? take((placed) => likenesses[open.indexOf(placed)] === best) : undefined;
    return found === undefined ? undefined : { ours: found.rule, theirs: theirsOf(found) };
  }
}

const isSplit = ({ rule, from }: Placed, ours: Ours): boolean =>
  from !== undefined && canariesOf(rule, ours).length > 0;

/** It leads where ours leads, and asks for the same, or still has a part of the user's rule as we divided it. */
function isCopy(rule: RouteRule, { ours: written, theirs }: Origin, ours: Ours): boolean {
  const shares = canariesOf(written, ours);
  const isIn = (ref: BackendRef, fields: readonly string[]): boolean =>
    canariesOf(rule, ours).some((one) => isSame(one, ref, fields));
  if (sameJson(rule['matches'], written['matches'])) return shares.some((ref) => isIn(ref, IDENTITY));
  if (!hasOthers(rule, ours) || backendsOf(theirs).length === 0 || shares.length === 0) return false;
  const isRestSame = sameJson(othersOf(rule, ours), othersOf(written, ours));
  const added = shares.filter((ref) => !backendsOf(theirs).some((one) => isSame(one, ref, PLACE)));
  return isRestSame || added.some((ref) => isIn(ref, [...PLACE, 'weight']));
}

const canariesOf = (rule: RouteRule, ours: Ours): BackendRef[] => backendsOf(rule).filter((ref) => isCanary(ref, ours));
const othersOf = (rule: RouteRule, ours: Ours): BackendRef[] => backendsOf(rule).filter((ref) => !isCanary(ref, ours));
const hasOthers = (rule: RouteRule, ours: Ours): boolean => othersOf(rule, ours).length > 0;

const SAME_MATCHES = 100;
const SAME_BACKENDS = 10;

/** Of an edited rule to one of ours: the matches tell most, then the backends beside the canary, then all else. */
function likeness(rule: RouteRule, written: RouteRule, ours: Ours): number {
  const equal = Object.keys(rule).filter((field) => sameJson(rule[field], written[field]));
  const matches = equal.includes('matches') ? SAME_MATCHES : 0;
  return matches + (sameJson(othersOf(rule, ours), othersOf(written, ours)) ? SAME_BACKENDS : 0) + equal.length;
}

/** Nothing is left of a rule that leads only to what is ours, unless it was made from a rule of the user. */
function withoutOurs(rule: RouteRule, origin: Origin | undefined, ours: Ours): RouteRule[] {
  if (!hasOthers(rule, ours)) {
    return origin === undefined ? [] : [{ ...rule, backendRefs: origin.theirs['backendRefs'] ?? [] }];
  }
  if (origin === undefined) return [{ ...rule, backendRefs: joined(rule, ours) }];
  const kept = othersOf(rule, ours).map((ref) => withOldWeight(ref, origin, isStable(ref, ours)));
  for (const [index, ref] of backendsOf(origin.theirs).entries()) if (isCanary(ref, ours)) kept.splice(index, 0, ref);
  return [{ ...rule, backendRefs: kept }];
}

/** Where the old weight is not known: what the two parts of a stable weight give together. */
function joined(rule: RouteRule, ours: Ours): BackendRef[] {
  const all = backendsOf(rule);
  return all.flatMap((ref) => {
    if (isCanary(ref, ours)) return [];
    const split = ours.wishes.filter((one) => !isOneService(one) && isService(ref, one.stableService, ours.namespace));
    const parts = all.filter(
      (other) =>
        split.some((wish) => isService(other, wish.canaryService, ours.namespace)) && other['port'] === ref['port'],
    );
    if (parts.length === 0) return [ref];
    return [{ ...ref, weight: parts.reduce((sum, part) => sum + weightOf(part), weightOf(ref)) }];
  });
}

const IDENTITY = ['group', 'kind', 'namespace', 'name'];
const PLACE = [...IDENTITY, 'port'];
const isSame = (a: BackendRef, b: BackendRef, fields: readonly string[]): boolean =>
  fields.every((field) => sameJson(a[field], b[field]));

/** The same backend in another version of the rule; its port may have been edited. */
const sameRef = (refs: readonly BackendRef[], ref: BackendRef): BackendRef | undefined =>
  refs.find((one) => isSame(one, ref, PLACE)) ?? refs.find((one) => isSame(one, ref, IDENTITY));

/** Stable weights are ours while the release lasts; a weight that we multiplied and somebody edited is divided again. */
function withOldWeight(ref: BackendRef, { ours, theirs }: Origin, stable: boolean): BackendRef {
  const before = sameRef(backendsOf(theirs), ref);
  const written = sameRef(backendsOf(ours), ref);
  if (before === undefined || written === undefined) return ref;
  const { weight: _weight, ...rest } = ref;
  const old = before['weight'] === undefined ? rest : { ...ref, weight: before['weight'] };
  if (stable || sameJson(ref['weight'], written['weight'])) return old;
  const factor = weightOf(before) === 0 ? 1 : weightOf(written) / weightOf(before);
  return { ...ref, weight: Math.round(weightOf(ref) / factor) };
}
