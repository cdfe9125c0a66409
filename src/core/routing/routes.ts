// The routes of a TrafficRouting: split as its strategy says, or restored. Each task looks at the objects, answers `true`
// when it is done, and else has put writes or a wait into the draft. Between two changes the grace period passes.

import { API_VERSION, CANARY_BRANCH, DEFAULT_GRACE_PERIOD_SECONDS } from '../../api/names.ts';
import type { OwnerReference } from '../../api/kube.ts';
import type { TrafficRoutingRef } from '../../api/rollout.ts';
import type { TrafficRouting } from '../../api/traffic-routing.ts';
import { providersFor, routeRefsOf, unsupportedRoutes } from '../../traffic/index.ts';
import type { Served } from '../../traffic/entries.ts';
import type { Routes, Wish } from '../../traffic/provider.ts';
import type { Action } from '../../objects/actions.ts';
import { belongsTo } from '../../objects/ownership.ts';
import { notBefore, timeText } from '../../objects/status.ts';
import { changedAt, latest, remembered, type Memory } from '../../objects/write-times.ts';
import type { RoutingDraft } from './draft.ts';
import type { RoutingObserved } from './observed.ts';

/** Only the first one is used. */
export const routeRefOf = ({ spec }: TrafficRouting): TrafficRoutingRef => spec.objectRef[0] as TrafficRoutingRef;

const ownerOf = ({ metadata }: TrafficRouting): OwnerReference => ({
  apiVersion: API_VERSION.v1alpha1,
  kind: 'TrafficRouting',
  name: metadata.name,
  uid: metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});

/** Milliseconds between two changes of routes. */
export const graceMsOf = (routing: TrafficRouting): number =>
  (routeRefOf(routing).gracePeriodSeconds ?? DEFAULT_GRACE_PERIOD_SECONDS) * 1000;

/** All traffic to the stable versions. */
export const stableRoute = (routing: TrafficRouting): Wish => ({
  owner: ownerOf(routing),
  base: routeRefOf(routing).service,
  branches: [],
});

/** Old and new pods share the Service: who serves whom inside is the business of service discovery. */
export function wantedRoute(routing: TrafficRouting): Wish {
  const { matches = [], weight, requestHeaderModifier: headers } = routing.spec.strategy;
  const stable = stableRoute(routing);
  if (matches.length === 0 && weight === undefined) return stable;
  const share = matches.length > 0 ? undefined : weight;
  return { ...stable, branches: [{ name: CANARY_BRANCH, service: stable.base, weight: share, matches, headers }] };
}

/** Why requests cannot be split; nothing is half-applied before. */
export function obstaclesOf({ routing, routes, stableService }: RoutingObserved): string[] {
  const ref = routeRefOf(routing);
  const wanted = wantedRoute(routing);
  const missing = routeRefsOf(ref).filter(({ as, required }) => required && routes[as] === undefined);
  const found = [
    ...unsupportedRoutes(ref, 'spec.objectRef[0]'),
    ...(stableService === undefined ? [`Service ${ref.service} does not exist`] : []),
    ...missing.map(({ resource, name }) => `${resource.kind} ${name} does not exist`),
  ];
  if (found.length > 0 || wanted.branches.length === 0) return found;
  return providersFor(ref).flatMap((provider) => {
    const verdict = provider.verify(routes, wanted);
    return verdict.is === 'broken' ? [verdict.reason] : [];
  });
}

/** Requests are split as wanted; where no branch is wanted also: and everybody has noticed. */
export function route(d: RoutingDraft, wanted: Wish): boolean {
  const isStable = wanted.branches.length === 0;
  const routes = isStable ? ownRoutes(d.o) : d.o.routes;
  return providersFor(routeRefOf(d.o.routing)).every((provider) => {
    if (!change(d, provider.plan(routes, wanted), isStable)) return false;
    const verdict = provider.verify(routes, wanted);
    if (verdict.is !== 'verified') d.wait(verdict.reason);
    return verdict.is === 'verified' && (!isStable || isNoticed(d, provider));
  });
}

/** Without those that were made for somebody else under the same name. */
export function ownRoutes({ routing, routes }: Pick<RoutingObserved, 'routing' | 'routes'>): Routes {
  const ref = routeRefOf(routing);
  const refs = routeRefsOf(ref);
  const isOurs = (as: string): boolean => {
    const object = routes[as];
    return object !== undefined && belongsTo(object, routing.metadata.uid);
  };
  return Object.fromEntries(refs.map(({ as, required }) => [as, required || isOurs(as) ? routes[as] : undefined]));
}

/** Something that we made beside the user's objects is there. */
export function hasLeftover(o: RoutingObserved): boolean {
  return Object.values(ownRoutes(o)).some(
    (object) => object !== undefined && belongsTo(object, o.routing.metadata.uid),
  );
}

function change(d: RoutingDraft, actions: Action[], takesAway: boolean): boolean {
  const [first] = actions;
  if (first === undefined) return true;
  if (!isSettled(d)) return false;
  d.do(actions);
  d.wait(first.why);
  if (takesAway) d.touch();
  return false;
}

const memoryOf = ({ writtenAt, routing }: RoutingObserved): Memory => ({
  writtenAt,
  namespace: routing.metadata.namespace ?? '',
});

/** The grace after whatever of ours changed last is over. */
function isSettled(d: RoutingDraft): boolean {
  const times = routeRefsOf(routeRefOf(d.o.routing)).map(({ as, resource, name }) =>
    changedAt(memoryOf(d.o), { resource, name, object: d.o.routes[as] }),
  );
  return isOver(d, latest(...times), 'routes were changed');
}

/** The grace after the routes were taken away is over: exact while the process lives, else by what the status tells. */
function isNoticed(d: RoutingDraft, { refs }: Served): boolean {
  const known = latest(...refs.map((one) => remembered(memoryOf(d.o), one)));
  const told = notBefore(d.o.routing.status?.lastUpdateTime);
  const since = told === undefined || (known !== undefined && known >= told) ? known : told + WRITING_MS;
  return isOver(d, since, 'all requests go to the stable version');
}

/** The write comes up to this long after the time in the status. */
const WRITING_MS = 1000;

function isOver(d: RoutingDraft, since: number | undefined, what: string): boolean {
  if (since === undefined) return true;
  const until = since + graceMsOf(d.o.routing);
  if (until <= d.o.now) return true;
  d.wait(`${what}; waits since ${timeText(since)} until ${timeText(until)} for everybody to notice`, until);
  return false;
}
