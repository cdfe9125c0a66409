// Traffic through an HTTPRoute of the Gateway API. The route is the user's, so its rules are remembered in an annotation with the
// first change, computed anew from them each time, and put back in the same write that takes the annotation away. Several
// releases may share a route.

import type { JsonObject, KubeObject } from '../api/kube.ts';
import { ANNOTATION, canaryNameOf, FIELD_MANAGER } from '../api/names.ts';
import { HTTP_ROUTES } from '../api/resources.ts';
import type { TrafficRoutingRef } from '../api/rollout.ts';
import { patch, type Action } from '../objects/actions.ts';
import { sameJson } from '../lib/json.ts';
import { userRules } from './httproute/edits.ts';
import { wordOf } from './httproute/parents.ts';
import { leadsTo, MAX_RULES, rulesOf, type Placed, type Rule } from './httproute/rules.ts';
import { readStash, stashText, writeStash } from './httproute/stash.ts';
import { agreeAll, wantedRules } from './httproute/wanted.ts';
import { isIdle, wishOf, type Wish } from './httproute/wish.ts';
import type { DesiredRoute, RouteRef, Routes, TrafficProvider, Verdict } from './provider.ts';

const ROUTE = 'httpRoute';

const nameOf = (ref: TrafficRoutingRef): string => ref.gateway?.httpRouteName ?? '';
const namespaceOf = (route: KubeObject): string => route.metadata.namespace ?? '';

interface Wanted {
  /** The user's rules. */
  theirs: Rule[];
  rules: Placed[];
  /** Text of the annotation; undefined = none. */
  stash: string | undefined;
}

/** What an annotation that nobody can read stood for. */
const spoiltWish = ({ service }: TrafficRoutingRef): Wish => ({
  stableService: service,
  canaryService: canaryNameOf(service),
  weight: 0,
  matches: [],
});

/** Nothing of this Service's release is in the route. */
function isUntouched(ref: TrafficRoutingRef, route: KubeObject): boolean {
  const stash = readStash(route);
  if (stash === undefined) return stashText(route) === undefined;
  return stash.wishes.every(({ stableService }) => stableService !== ref.service);
}

function wantedOf(ref: TrafficRoutingRef, route: KubeObject, desired: DesiredRoute | 'stable'): Wanted {
  const stash = readStash(route);
  const wish = desired === 'stable' ? spoiltWish(ref) : wishOf(desired);
  const others = (stash?.wishes ?? []).filter(({ stableService }) => stableService !== ref.service);
  const wishes = desired === 'stable' || isIdle(wish) ? others : [...others, wish];
  const namespace = namespaceOf(route);
  const theirs = userRules(rulesOf(route), stash, wish, namespace);
  return { theirs, rules: wantedRules(theirs, wishes, namespace), stash: writeStash({ rules: theirs, wishes }) };
}

const shareText = (desired: DesiredRoute): string =>
  desired.matches.length > 0 ? 'matching requests' : `${desired.weight ?? 0} % of requests`;

const whyText = (desired: DesiredRoute | 'stable'): string =>
  desired === 'stable' ? 'route all traffic to the stable version' : `route ${shareText(desired)} to the new version`;

/** As wanted, or as we wrote it and want it still, with what the server added to rules of ours. */
function isShown(route: KubeObject, wanted: readonly Rule[]): boolean {
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
function obstacle(ref: TrafficRoutingRef, route: KubeObject | undefined, desired: DesiredRoute): string | undefined {
  const name = nameOf(ref);
  const { stableService: service, matches } = desired;
  if (route === undefined) return `HTTPRoute ${name} does not exist`;
  const namespace = namespaceOf(route);
  const { theirs, rules } = wantedOf(ref, route, desired);
  if (!theirs.some((rule) => leadsTo(rule, service, namespace))) {
    return `HTTPRoute ${name} has no rule that leads to Service ${service}; give it a rule with a backendRef of kind Service named ${service}`;
  }
  if (matches.length > 0 && wantedRules(theirs, [wishOf(desired)], namespace).length === theirs.length) {
    return `no request can match both the rules of HTTPRoute ${name} that lead to Service ${service} and the matches of the step; change one of them`;
  }
  if (rules.length > MAX_RULES) {
    return `HTTPRoute ${name} would need ${rules.length} rules for these matches, and the API allows ${MAX_RULES}; join rules, or route by weight`;
  }
  return undefined;
}

function planFor(ref: TrafficRoutingRef, routes: Routes, desired: DesiredRoute | 'stable'): Action[] {
  const { [ROUTE]: route } = routes;
  if (route === undefined) return [];
  if (desired === 'stable' ? isUntouched(ref, route) : obstacle(ref, route, desired) !== undefined) return [];
  const body = change(route, wantedOf(ref, route, desired));
  return Object.keys(body).length === 0 ? [] : [patch(HTTP_ROUTES, route, body, whyText(desired))];
}

const wroteIt = (route: KubeObject): boolean =>
  (route.metadata.managedFields ?? []).some(({ manager }) => manager === FIELD_MANAGER);

function verify(ref: TrafficRoutingRef, routes: Routes, desired: DesiredRoute | 'stable'): Verdict {
  const { [ROUTE]: route } = routes;
  const broken = desired === 'stable' ? undefined : obstacle(ref, route, desired);
  if (broken !== undefined) return { is: 'broken', reason: broken };
  if (route === undefined) return { is: 'verified' };
  const word = controllersSay(route, desired);
  if (word.is === 'broken' || planFor(ref, routes, desired).length === 0) return word;
  const what = desired === 'stable' ? 'still shows a release' : `does not show ${shareText(desired)} yet`;
  return { is: 'pending', reason: `HTTPRoute ${nameOf(ref)} ${what}` };
}

/** Where nothing of ours is wanted, only our own writes are waited for, and nothing hangs on a refusal of the user's rules. */
function controllersSay(route: KubeObject, desired: DesiredRoute | 'stable'): Verdict {
  if (desired !== 'stable' && !isIdle(wishOf(desired))) {
    return wordOf(route, desired.requestHeaderModifier !== undefined);
  }
  const word: Verdict = wroteIt(route) ? wordOf(route) : { is: 'verified' };
  return word.is === 'broken' ? { is: 'verified' } : word;
}

export const gatewayHttpRoute: TrafficProvider = {
  id: 'gateway',
  resources: [HTTP_ROUTES],
  makes: [],
  handles: (ref) => ref.gateway !== undefined,
  refs: (ref): RouteRef[] => [{ as: ROUTE, resource: HTTP_ROUTES, name: nameOf(ref), required: true }],
  plan: planFor,
  verify,
};
