// What an HTTPRoute under release remembers in an annotation: the user's rules as they were before the first change, and what
// each branch wants of them. Written with the first change and taken away with the last one.

import type { JsonObject, KubeObject } from '../../api/kube.ts';
import { ANNOTATION } from '../../api/names.ts';
import { isObject } from '../../lib/json.ts';
import type { RouteRule } from './rules.ts';
import { inBranchOrder, type BranchWish } from './branch-wish.ts';

export interface Stash {
  rules: RouteRule[];
  wishes: BranchWish[];
}

export const stashText = (route: KubeObject): string | undefined =>
  route.metadata.annotations?.[ANNOTATION.originalRules];

function wishFrom(value: unknown): BranchWish[] {
  if (!isObject(value)) return [];
  const { stableService, canaryService, weight, matches, owner = '' } = value;
  const isText = [stableService, canaryService, owner].every((one) => typeof one === 'string');
  const isWish = isText && typeof weight === 'number' && Array.isArray(matches) && matches.every(isObject);
  return isWish ? [value as unknown as BranchWish] : [];
}

/** Undefined when there is none, or when somebody spoilt it. */
export function readStash(route: KubeObject): Stash | undefined {
  const text = stashText(route);
  if (text === undefined) return undefined;
  try {
    const stash: unknown = JSON.parse(text);
    if (!isObject(stash) || !Array.isArray(stash['rules']) || !Array.isArray(stash['wishes'])) return undefined;
    return { rules: stash['rules'].filter(isObject), wishes: stash['wishes'].flatMap(wishFrom) };
  } catch {
    return undefined;
  }
}

/** Undefined when nobody wants anything, so nothing is to be remembered. */
export function writeStash({ rules, wishes }: Stash): string | undefined {
  if (wishes.length === 0) return undefined;
  return JSON.stringify({ rules, wishes: inBranchOrder(wishes) } as unknown as JsonObject);
}
