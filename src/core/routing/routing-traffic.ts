// The routes of a TrafficRouting as the engine of routes sees them, and the split that its strategy wishes for.

import { API_VERSION, CANARY_BRANCH, DEFAULT_GRACE_PERIOD_SECONDS, FINALISING_STEP } from '../../api/names.ts';
import type { OwnerReference } from '../../api/kube.ts';
import type { TrafficRoutingRef } from '../../api/rollout.ts';
import type { TrafficRouting } from '../../api/traffic-routing.ts';
import { notBefore } from '../../objects/status.ts';
import type { Wish } from '../../traffic/provider.ts';
import { brokenRoutes, missingObjects } from '../traffic/route-changes.ts';
import type { TrafficScene } from '../traffic/scene.ts';
import type { RoutingObserved } from './routing-observed.ts';

/** Only the first one is used. */
export const routeRefOf = ({ spec }: TrafficRouting): TrafficRoutingRef => spec.objectRef[0] as TrafficRoutingRef;

export const routingOwner = ({ metadata }: TrafficRouting): OwnerReference => ({
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

export function routingScene({ routing, routes, stableService, now, writtenAt }: RoutingObserved): TrafficScene {
  const removedAt = notBefore(routing.status?.lastUpdateTime);
  return {
    now,
    owner: routingOwner(routing),
    ref: routeRefOf(routing),
    at: 'spec.objectRef[0]',
    routes,
    stableService,
    // Old and new pods share the Service, and it stays as it is.
    services: [],
    graceMs: graceMsOf(routing),
    unsettled: 'routes were changed',
    memory: { writtenAt, namespace: routing.metadata.namespace ?? '' },
    lastRemoval: removedAt === undefined ? undefined : { by: FINALISING_STEP.routeTrafficToStable, at: removedAt },
  };
}

/** Old and new pods share the Service: who serves whom inside is the business of service discovery. */
export function wantedRoute(routing: TrafficRouting): Wish {
  const { matches = [], weight, requestHeaderModifier: headers } = routing.spec.strategy;
  const { service } = routeRefOf(routing);
  const stable: Wish = { owner: routingOwner(routing), base: service, branches: [] };
  if (matches.length === 0 && weight === undefined) return stable;
  const share = matches.length > 0 ? undefined : weight;
  return { ...stable, branches: [{ name: CANARY_BRANCH, service, weight: share, matches, headers }] };
}

/** Why requests cannot be split; nothing is half-applied before. */
export function routingObstacles(o: RoutingObserved): string[] {
  const scene = routingScene(o);
  const wanted = wantedRoute(o.routing);
  const found = missingObjects(scene, ({ resource, name }) => `${resource.kind} ${name} does not exist`);
  return found.length > 0 || wanted.branches.length === 0 ? found : brokenRoutes(scene, wanted);
}
