// Traffic through an HTTPRoute of the Gateway API. The route is the user's, so its rules are remembered in an annotation with the
// first change, computed anew from them each time, and put back in the same write that takes the annotation away. Several
// branches and owners may share a route.

import type { JsonObject, KubeObject } from '../api/kube.ts';
import { ANNOTATION, canaryServiceNameOf, FIELD_MANAGER } from '../api/names.ts';
import { HTTP_ROUTES } from '../api/resources.ts';
import { patch, type Action } from '../objects/actions.ts';
import { sameJson } from '../lib/json.ts';
import { branchWishesOf, isIdle, isOf, isWeighted, type BranchWish } from './httproute/branch-wish.ts';
import { userRules } from './httproute/user-rules.ts';
import { wordOf } from './httproute/parents.ts';
import { backendsOf, leadsTo, MAX_RULES, rulesOf, type Placed, type RouteRule } from './httproute/rules.ts';
import { readStash, stashText, writeStash } from './httproute/stash.ts';
import { agreeAll, wantedRules } from './httproute/wanted.ts';
import type { Entry, RouteRef, Routes, TrafficProvider, RouteVerdict, Wish } from './provider.ts';
import { shareText, whyText } from './wish.ts';

const ROUTE = 'httpRoute';

const nameOf = ({ gateway }: Entry): string => gateway?.httpRouteName ?? '';
const namespaceOf = (route: KubeObject): string => route.metadata.namespace ?? '';

interface Wanted {
  /** The user's rules. */
  theirs: RouteRule[];
  /** Of everybody. */
  wishes: BranchWish[];
  rules: Placed[];
  /** Text of the annotation; undefined = none. */
  stash: string | undefined;
}

/** What an annotation that nobody can read stood for. */
const spoiltWish = ({ base }: Wish): BranchWish => ({
  stableService: base,
  canaryService: canaryServiceNameOf(base),
  weight: 0,
  matches: [],
});

/** Nothing of the owner is in the route. */
function isUntouched(route: KubeObject, wish: Wish): boolean {
  const stash = readStash(route);
  if (stash === undefined) return stashText(route) === undefined;
  return !stash.wishes.some((one) => isOf(one, wish));
}

function wantedOf(route: KubeObject, wish: Wish): Wanted {
  const stash = readStash(route);
  const mine = branchWishesOf(wish);
  const others = (stash?.wishes ?? []).filter((one) => !isOf(one, wish));
  const wishes = [...others, ...mine.filter((one) => !isIdle(one))];
  const namespace = namespaceOf(route);
  const theirs = userRules(rulesOf(route), stash, mine.length === 0 ? [spoiltWish(wish)] : mine, namespace);
  return {
    theirs,
    wishes,
    rules: wantedRules(theirs, wishes, namespace),
    stash: writeStash({ rules: theirs, wishes }),
  };
}

/** As wanted, or as we wrote it and want it still, with what the server added to rules of ours. */
function isShown(route: KubeObject, wanted: readonly RouteRule[]): boolean {
  if (sameJson(rulesOf(route), wanted)) return true;
  const stash = readStash(route);
  if (stash === undefined) return false;
  const written = wantedRules(stash.rules, stash.wishes, namespaceOf(route));
  return (
    agreeAll(rulesOf(route), written) &&
    sameJson(
      written.map(({ rule }) => rule),
      wanted,
    )
  );
}

function change(route: KubeObject, { rules: placed, stash }: Wanted): JsonObject {
  const isStashed = stash === stashText(route);
  const rules = placed.map(({ rule }) => rule);
  return {
    ...(isStashed ? {} : { metadata: { annotations: { [ANNOTATION.originalRules]: stash ?? null } } }),
    ...(isShown(route, rules) ? {} : { spec: { rules } }),
  };
}

/** Why no write can help, for people. */
function obstacle(entry: Entry, route: KubeObject | undefined, wish: Wish): string | undefined {
  const name = nameOf(entry);
  const { base: service } = wish;
  if (route === undefined) return `HTTPRoute ${name} does not exist`;
  const { theirs, rules, wishes } = wantedOf(route, wish);
  if (!theirs.some((rule) => leadsTo(rule, service, namespaceOf(route)))) {
    return `HTTPRoute ${name} has no rule that leads to Service ${service}; give it a rule with a backendRef of kind Service named ${service}`;
  }
  const at = branchWishesOf(wish).findIndex((one) => isImpossible(one, theirs, namespaceOf(route)));
  if (at !== -1) {
    const whose = wish.branches.length === 1 ? 'the step' : `branch ${wish.branches[at]?.name ?? ''}`;
    return `no request can match both the rules of HTTPRoute ${name} that lead to Service ${service} and the matches of ${whose}; change one of them`;
  }
  const percents = sharesOf(service, wishes);
  const percent = percents.reduce((sum, one) => sum + one, 0);
  if (percents.length > 1 && percent > 100) {
    return `branches would take ${percent} % of the requests to Service ${service} in HTTPRoute ${name}; make their shares smaller, 100 % at most in all`;
  }
  if (rules.length > MAX_RULES) {
    return `HTTPRoute ${name} would need ${rules.length} rules for these matches, and the API allows ${MAX_RULES}; join rules, or route by weight`;
  }
  return undefined;
}

const isImpossible = (one: BranchWish, theirs: readonly RouteRule[], namespace: string): boolean =>
  one.matches.length > 0 && wantedRules(theirs, [one], namespace).length === theirs.length;

const sharesOf = (service: string, wishes: readonly BranchWish[]): number[] =>
  wishes.filter((one) => one.stableService === service && isWeighted(one)).map(({ weight }) => weight);

function planFor(entry: Entry, routes: Routes, wish: Wish): Action[] {
  const { [ROUTE]: route } = routes;
  if (route === undefined) return [];
  if (wish.branches.length === 0 ? isUntouched(route, wish) : obstacle(entry, route, wish) !== undefined) return [];
  const body = change(route, wantedOf(route, wish));
  return Object.keys(body).length === 0 ? [] : [patch(HTTP_ROUTES, route, body, whyText(wish))];
}

const wroteIt = (route: KubeObject): boolean =>
  (route.metadata.managedFields ?? []).some(({ manager }) => manager === FIELD_MANAGER);

function verify(entry: Entry, routes: Routes, wish: Wish): RouteVerdict {
  const { [ROUTE]: route } = routes;
  const broken = wish.branches.length === 0 ? undefined : obstacle(entry, route, wish);
  if (broken !== undefined) return { is: 'broken', reason: broken };
  if (route === undefined) return { is: 'verified' };
  const word = controllersSay(route, wish);
  if (word.is === 'broken' || planFor(entry, routes, wish).length === 0) return word;
  const what = wish.branches.length === 0 ? 'still shows a release' : `does not show ${shareText(wish)} yet`;
  return { is: 'pending', reason: `HTTPRoute ${nameOf(entry)} ${what}` };
}

/** Where nothing of ours is wanted, only our own writes are waited for, and nothing hangs on a refusal of the user's rules. */
function controllersSay(route: KubeObject, wish: Wish): RouteVerdict {
  const usesFilters = wish.branches.some(({ headers }) => headers !== undefined);
  const led = rulesOf(route)
    .flatMap(backendsOf)
    .flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
  const ours = wish.branches.map(({ service }) => service).filter((name) => name !== wish.base && led.includes(name));
  const others = led.filter((name) => !ours.includes(name));
  if (!branchWishesOf(wish).every(isIdle)) return wordOf(route, { usesFilters, ours, others });
  const word: RouteVerdict = wroteIt(route) ? wordOf(route) : { is: 'verified' };
  return word.is === 'broken' ? { is: 'verified' } : word;
}

export const gatewayHttpRoute: TrafficProvider = {
  id: 'gateway',
  resources: [HTTP_ROUTES],
  makes: [],
  handles: ({ gateway }) => gateway !== undefined,
  refs: (entry): RouteRef[] => [{ as: ROUTE, resource: HTTP_ROUTES, name: nameOf(entry), required: true }],
  plan: planFor,
  verify,
};
