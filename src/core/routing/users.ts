// Which Rollouts release with a TrafficRouting: each holds a finalizer on it, and a finalizer whose Rollout does not release
// with it any more is stale.

import type { KubeObject } from '../../api/kube.ts';
import { PHASE, rolloutOfProgressFinalizer, trafficRoutingProgressFinalizer } from '../../api/names.ts';
import type { Rollout } from '../../api/rollout.ts';
import { trafficRoutingRefOf } from '../../api/rollout-view.ts';

/** Names of the Rollouts that hold a finalizer, in order. */
export const usersOf = ({ metadata }: KubeObject): string[] =>
  (metadata.finalizers ?? []).flatMap((finalizer) => rolloutOfProgressFinalizer(finalizer) ?? []).sort();

export const isUsedBy = ({ metadata }: KubeObject, rolloutName: string): boolean =>
  (metadata.finalizers ?? []).includes(trafficRoutingProgressFinalizer(rolloutName));

/** `Rollout a`, `Rollouts a and b` */
export function rolloutsText(names: readonly string[]): string {
  if (names.length < 2) return `Rollout ${names.join('')}`;
  return `Rollouts ${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

const IDLE: unknown[] = [undefined, PHASE.initial, PHASE.healthy, PHASE.disabled];

/**
 * Judged by the Rollout as it is now, read after the finalizer was seen: a Rollout leaves Healthy before it takes the
 * finalizer, and gives that back before it is Healthy again.
 */
export function releasesWith(rollout: Rollout | undefined, routingName: string): boolean {
  if (rollout === undefined || trafficRoutingRefOf(rollout) !== routingName) return false;
  return rollout.metadata.deletionTimestamp !== undefined || !IDLE.includes(rollout.status?.phase);
}
