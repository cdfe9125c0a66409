// A Deployment in partition style rolls: the new revision grows to its limit, the stable one keeps the rest or is grown to it.
// Of the old pods those that do not serve go first, then those of middle revisions, then stable ones.

import type { Part, Parts } from './replica-set-roles.ts';
import type { Sizing } from './sizing.ts';

/**
 * Pods that the new revision shall have. When people wrote the annotation, a partition below what there is moves nothing back:
 * the annotation may be there before the template changes. A Deployment that was scaled down meanwhile keeps the share.
 */
export function wantedFresh({ parts: { fresh, old, isStableKnown }, bounds }: Sizing, isNamed: boolean): number {
  const { replicas, limit } = bounds;
  if (old.length === 0) return replicas;
  if (isNamed && isStableKnown) return limit;
  const before = Math.max(fresh.desired ?? replicas, replicas, 1);
  return Math.max(limit, Math.min(replicas, Math.floor((fresh.size * replicas) / before)));
}

/**
 * kube-controller-manager takes all pods from old ReplicaSets when the new one has them all and says that it was sized for
 * that. Where the limit is lower it must not say so.
 */
export const isSaturated = ({ fresh }: Parts, replicas: number): boolean =>
  fresh.object !== undefined && fresh.size === replicas && fresh.desired === replicas;

/**
 * The new revision gets `wanted` pods, the stable one the rest. Pods of the middle all go: what a Service pins to the stable
 * revision must be able to carry its share again when a newer revision takes the place of one half released.
 */
export function roll(sizing: Sizing, wanted: number): void {
  const { parts, bounds } = sizing;
  const { fresh, old, stable } = parts;
  const kept = bounds.replicas - wanted;
  if (wanted > fresh.size) sizing.grow(fresh, wanted);
  if (stable !== undefined && kept > stable.size) sizing.grow(stable, kept);
  if (wanted < fresh.size && !isSaturated(parts, bounds.replicas)) sizing.shrinkFresh(fresh.size - wanted);
  // Without a first new pod the old ones stay complete.
  const isBegun = wanted === 0 || sizing.of(fresh) > 0;
  const most = isBegun ? Infinity : Math.max(0, sizing.total(old) - bounds.replicas);
  shrinkOld(sizing, (part) => (part === stable ? kept : 0), most);
}

/** Towards the goals, by `most` pods in all: those that do not serve first. */
function shrinkOld(sizing: Sizing, goal: (part: Part) => number, most: number): void {
  const { old } = sizing.parts;
  let left = most;
  const surplus = (part: Part): number => Math.max(0, Math.min(left, sizing.of(part) - goal(part)));
  for (const part of old) left -= sizing.shrinkUnavailable(part, surplus(part));
  for (const part of old) left -= sizing.shrink(part, surplus(part));
}
