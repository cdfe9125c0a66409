// What an HTTPRoute under release remembers in an annotation: the user's rules as they were before the first change, and what
// each release wants of them. Written with the first change and taken away with the last one.

import type { JsonObject, KubeObject } from '../../api/kube.ts';
import { ANNOTATION } from '../../api/names.ts';
import { isObject } from '../../lib/json.ts';
import type { Rule } from './rules.ts';
import type { Wish } from './wish.ts';

export interface Stash {
  rules: Rule[];
  wishes: Wish[];
}

export const stashText = (route: KubeObject): string | undefined =>
  route.metadata.annotations?.[ANNOTATION.originalRules];

function wishFrom(value: unknown): Wish[] {
  if (!isObject(value)) return [];
  const { stableService, canaryService, weight, matches } = value;
  const isWish = typeof stableService === 'string' && typeof canaryService === 'string' && typeof weight === 'number';
  return isWish && Array.isArray(matches) && matches.every(isObject) ? [value as unknown as Wish] : [];
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
  const inOrder = [...wishes].sort((a, b) => (a.stableService < b.stableService ? -1 : 1));
  return JSON.stringify({ rules, wishes: inOrder } as unknown as JsonObject);
}
