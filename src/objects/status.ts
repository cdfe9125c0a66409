// How a status is written: conditions with honest times, and a merge patch of only what changed, so that fields which
// others write to the same subresource (approve, jump) are never overwritten by an old copy.

import type { Condition, Json, JsonObject } from '../api/kube.ts';
import { isObject, sameJson } from '../lib/json.ts';

/** RFC 3339 with milliseconds; Go clients read it and cut it to seconds. */
export const timeText = (epochMs: number): string => new Date(epochMs).toISOString();

/**
 * Epoch milliseconds of a time read from an object, never earlier than it was: a time without fraction was cut to the
 * second, so it counts from the second's end.
 */
export function notBefore(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed)) return undefined;
  return text.includes('.') ? parsed : parsed + 1000;
}

export const conditionOf = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((condition) => condition.type === type);

/** `lastUpdateTime` moves with any change, `lastTransitionTime` with status or reason. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  wanted: { type: string; status: 'True' | 'False'; reason: string; message: string },
  now: number,
): Condition[] {
  const list = conditions ?? [];
  const present = conditionOf(list, wanted.type);
  if (
    present !== undefined &&
    (Object.keys(wanted) as (keyof typeof wanted)[]).every((key) => present[key] === wanted[key])
  ) {
    return [...list];
  }
  const moved = present?.status !== wanted.status || present.reason !== wanted.reason;
  const next: Condition = {
    ...wanted,
    lastUpdateTime: timeText(now),
    lastTransitionTime: moved ? timeText(now) : (present.lastTransitionTime ?? timeText(now)),
  };
  return present === undefined ? [...list, next] : list.map((item) => (item === present ? next : item));
}

export const withoutCondition = (conditions: readonly Condition[] | undefined, type: string): Condition[] =>
  (conditions ?? []).filter((condition) => condition.type !== type);

/** JSON merge patch (RFC 7386) that turns `from` into `to`; undefined when they are equal. */
export function mergePatch(from: unknown, to: unknown): JsonObject | undefined {
  const patch: JsonObject = {};
  const source = isObject(from) ? from : {};
  const target = isObject(to) ? to : {};
  for (const [key, value] of Object.entries(target)) {
    const change = changed(source[key], value);
    if (change !== undefined) patch[key] = change;
  }
  for (const key of Object.keys(source)) if (target[key] === undefined) patch[key] = null;
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function changed(from: Json | undefined, to: Json | undefined): Json | undefined {
  if (to === undefined) return undefined;
  if (isObject(from) && isObject(to)) return mergePatch(from, to);
  return sameJson(from, to) ? undefined : to;
}
