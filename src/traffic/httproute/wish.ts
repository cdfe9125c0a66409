// What one release wants of an HTTPRoute, as far as the rules follow from it. Several releases may share one route, each with a
// Service of its own.

import type { HttpMatch, RequestHeaderModifier } from '../../api/rollout.ts';
import type { DesiredRoute } from '../provider.ts';

export interface Wish {
  stableService: string;
  canaryService: string;
  /** Percent, when no matches are given. */
  weight: number;
  matches: HttpMatch[];
  requestHeaderModifier?: RequestHeaderModifier;
}

export const wishOf = (desired: DesiredRoute): Wish => ({
  stableService: desired.stableService,
  canaryService: desired.canaryService,
  weight: desired.matches.length > 0 ? 0 : (desired.weight ?? 0),
  matches: desired.matches,
  ...(desired.requestHeaderModifier === undefined ? {} : { requestHeaderModifier: desired.requestHeaderModifier }),
});

/** One Service for both versions: its requests cannot be divided by weight. */
export const isOneService = ({ stableService, canaryService }: Wish): boolean => stableService === canaryService;

/** Nothing of the route follows from it. */
export const isIdle = (wish: Wish): boolean => isOneService(wish) && wish.matches.length === 0;
