// The registry of traffic providers: one line each. Watches and RBAC are derived from it.

import type { TrafficRoutingRef } from '../api/rollout.ts';
import { refusals, servedEntries, type ServedEntry } from './entries.ts';
import { gatewayHttpRoute } from './gateway-httproute.ts';
import { ingress } from './ingress.ts';
import type { RouteRef, Routes, TrafficProvider } from './provider.ts';

export const PROVIDERS: readonly TrafficProvider[] = [ingress, gatewayHttpRoute];

/** The entries of a reference, each with the provider that serves it. */
export const providersFor = (ref: TrafficRoutingRef): ServedEntry[] => servedEntries(ref, PROVIDERS);

/** All objects that carry the routes of a reference. */
export const routeRefsOf = (ref: TrafficRoutingRef): RouteRef[] => providersFor(ref).flatMap(({ refs }) => refs);

/** What its providers also look at, once these objects are read. */
export const followedRefsOf = (ref: TrafficRoutingRef, routes: Routes): RouteRef[] =>
  providersFor(ref).flatMap(({ follows }) => follows(routes));

/** What a reference names and nobody here serves, for people. */
export const unsupportedRoutes = (ref: TrafficRoutingRef, at = 'trafficRoutings[0]'): string[] =>
  refusals(ref, at, PROVIDERS);
