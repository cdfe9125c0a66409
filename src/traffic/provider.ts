// The contract of a traffic provider: which objects carry a route, which writes bring them to the wanted split, and
// whether they show it. Pure; one implementation per file; index.ts is the registry. A provider restores what it
// touched byte for byte.

import type { KubeObject, OwnerReference, Resource } from '../api/kube.ts';
import type { HttpMatch, RequestHeaderModifier, TrafficRoutingRef } from '../api/rollout.ts';
import type { Action } from '../objects/actions.ts';

export interface RouteRef {
  as: string;
  resource: Resource;
  name: string;
  /** The release cannot begin without it. */
  required: boolean;
}
/** Live objects by `RouteRef.as`; undefined = not found. With 'stable', only those that were made for this Rollout. */
export type Routes = Record<string, KubeObject | undefined>;

export interface DesiredRoute {
  stableService: string;
  canaryService: string;
  /** Percent of traffic for the canary; undefined when only matches route. */
  weight: number | undefined;
  matches: HttpMatch[];
  requestHeaderModifier: RequestHeaderModifier | undefined;
  owner: OwnerReference;
}

export type Verdict = { is: 'verified' } | { is: 'pending'; reason: string } | { is: 'broken'; reason: string };

export interface TrafficProvider {
  id: string;
  /** Resources it reads and changes. */
  resources: readonly Resource[];
  /** Those of them of which it makes and removes objects of its own. */
  makes: readonly Resource[];
  /** This provider serves the reference. */
  handles(ref: TrafficRoutingRef): boolean;
  refs(ref: TrafficRoutingRef): RouteRef[];
  /** Writes towards `desired`; 'stable' = all traffic to stable and everything of ours removed. */
  plan(ref: TrafficRoutingRef, routes: Routes, desired: DesiredRoute | 'stable'): Action[];
  verify(ref: TrafficRoutingRef, routes: Routes, desired: DesiredRoute | 'stable'): Verdict;
}
