// The contract of a traffic provider: which objects carry a route, which writes bring them to the wanted split, and
// whether they show it. Pure; one implementation per file; index.ts is the registry. A provider restores what it
// touched byte for byte.

import type { KubeObject, OwnerReference, Resource } from '../api/kube.ts';
import type { HttpMatch, ObjectReference, RequestHeaderModifier, TrafficRoutingRef } from '../api/rollout.ts';
import type { Action } from '../objects/actions.ts';

/** One route object that a reference names; each is served by exactly one provider, or refused. */
export interface Entry extends Pick<TrafficRoutingRef, 'ingress' | 'gateway'> {
  /** Where it stands in the reference, such as `customNetworkRefs[1]`; no other entry stands there. */
  at: string;
  /** An element of customNetworkRefs. */
  object?: ObjectReference;
}

export interface RouteRef {
  /** No other object of the reference has it: made of `at`, where an entry may be one of several. */
  as: string;
  resource: Resource;
  name: string;
  /** The release cannot begin without it. */
  required: boolean;
}
/** Live objects by `RouteRef.as`; undefined = not found. For a wish without branches, only those made for its owner. */
export type Routes = Record<string, KubeObject | undefined>;

/** Some of the requests to a Service, led to another one. */
export interface Branch {
  /** The owner gives it to one branch only. */
  name: string;
  service: string;
  /** Percent of the requests to the base; undefined when only matches route. */
  weight?: number | undefined;
  matches: HttpMatch[];
  /** What is changed in the headers of its requests. */
  headers?: RequestHeaderModifier | undefined;
}

/** What one owner wants of a route. What no branch takes goes to the base; of two that match, the first one takes it. */
export interface Wish {
  owner: OwnerReference;
  /** Service that the user's route leads to. */
  base: string;
  /** None = nothing of this owner is in the way of requests, and nothing of it is left. */
  branches: Branch[];
}

/** `because`: what makes it another wait than that for the change to be taken up. */
export type RouteVerdict =
  { is: 'verified' } | { is: 'pending'; reason: string; because?: string } | { is: 'broken'; reason: string };

export interface TrafficProvider {
  id: string;
  /** Resources it reads and changes. */
  resources: readonly Resource[];
  /** Those of them of which it makes and removes objects of its own. */
  makes: readonly Resource[];
  /** Resources that it only looks at, and can do without. */
  looksAt?: readonly Resource[];
  /** This provider serves the entry. */
  handles(entry: Entry): boolean;
  refs(entry: Entry): RouteRef[];
  /** What else it wants to see, as far as only the objects of `refs` name it; none of it is required. */
  follows?(entry: Entry, routes: Routes): RouteRef[];
  /** Writes towards the wish; what other owners want of the same objects stays. None for a wish that is broken. */
  plan(entry: Entry, routes: Routes, wish: Wish): Action[];
  /** A wish that it cannot carry is broken and says by what: no branch is dropped. */
  verify(entry: Entry, routes: Routes, wish: Wish): RouteVerdict;
}
