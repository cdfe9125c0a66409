// What one branch wants of an HTTPRoute, as far as the rules follow from it, and whose it is. Several may share one route: those
// of one owner, and those of several, on Services of their own or on the same one.

import type { OwnerReference } from '../../api/kube.ts';
import { canaryServiceNameOf, GROUP } from '../../api/names.ts';
import type { HttpMatch, RequestHeaderModifier } from '../../api/rollout.ts';
import type { Branch, Wish } from '../provider.ts';

export interface BranchWish {
  stableService: string;
  canaryService: string;
  /** Percent, when no matches are given. */
  weight: number;
  matches: HttpMatch[];
  requestHeaderModifier?: RequestHeaderModifier;
  /** Absent: of a Rollout or TrafficRouting that wants no other one. They wrote so before a Service had several branches. */
  owner?: string;
  branch?: string;
}

const UNNAMED = ['Rollout', 'TrafficRouting'];
const groupOf = ({ apiVersion }: OwnerReference): string => apiVersion.split('/')[0] ?? '';
const isUnnamed = (owner: OwnerReference): boolean => groupOf(owner) === GROUP && UNNAMED.includes(owner.kind);
const nameOf = (owner: OwnerReference): string => `${owner.kind}.${groupOf(owner)}/${owner.name}`;

const branchWish = (base: string, { service, weight = 0, matches, headers }: Branch): BranchWish => ({
  stableService: base,
  canaryService: service,
  weight: matches.length > 0 ? 0 : weight,
  matches,
  ...(headers === undefined ? {} : { requestHeaderModifier: headers }),
});

export function branchWishesOf({ owner, base, branches }: Wish): BranchWish[] {
  const named = branches.length > 1 || !isUnnamed(owner);
  return branches.map((branch) => ({
    ...branchWish(base, branch),
    ...(named ? { owner: nameOf(owner), branch: branch.name } : {}),
  }));
}

/** It stands for what this owner wanted of this Service before. */
export const isOf = ({ stableService, owner }: BranchWish, wish: Wish): boolean =>
  stableService === wish.base && (owner === undefined ? isUnnamed(wish.owner) : owner === nameOf(wish.owner));

const orderOf = ({ stableService, owner = '' }: BranchWish): string => `${stableService} ${owner}`;

/** So that all who share a route agree; the branches of one owner stay in the order of its wish. */
export const inBranchOrder = (wishes: readonly BranchWish[]): BranchWish[] =>
  [...wishes].sort((a, b) => (orderOf(a) === orderOf(b) ? 0 : orderOf(a) < orderOf(b) ? -1 : 1));

/** One Service for both versions: its requests cannot be divided by weight. */
export const isOneService = ({ stableService, canaryService }: BranchWish): boolean => stableService === canaryService;

/** It leads to a Service that a release makes and takes away, so no rule of a user means it. Other Services are the user's. */
export const isToMade = ({ stableService, canaryService }: BranchWish): boolean =>
  canaryService === canaryServiceNameOf(stableService);

/** It divides the requests of the rules that are there. */
export const isWeighted = (wish: BranchWish): boolean => wish.matches.length === 0 && !isOneService(wish);

/** Nothing of the route follows from it. */
export const isIdle = (wish: BranchWish): boolean => isOneService(wish) && wish.matches.length === 0;
