// How many pods of which revision a Deployment in partition style may have at a time: its strategy, turned into numbers.

import type { DeploymentStrategy } from '../api/deployment-strategy.ts';
import { ceilScaled, floorScaled, percentOf } from '../lib/int-or-percent.ts';

export interface Bounds {
  replicas: number;
  /** Pods beyond `replicas` that may exist. */
  surge: number;
  /** Pods that must be available. */
  minAvailable: number;
  /** Pods of the new revision that may exist. */
  limit: number;
}

/** A share below all never means all: one pod of the old revision stays. */
export function partitionLimit(partition: unknown, replicas: number): number {
  const reached = ceilScaled(partition, replicas);
  const percent = percentOf(partition);
  const isPartial = percent !== undefined && percent < 100 && replicas > 1;
  return isPartial ? Math.min(reached, replicas - 1) : reached;
}

/** Rounded as Kubernetes rounds a rolling update; where both come to nothing, one pod may be missing. */
export function boundsOf({ rollingUpdate, partition }: DeploymentStrategy, replicas: number): Bounds {
  const surge = ceilScaled(rollingUpdate.maxSurge, replicas);
  const unavailable = floorScaled(rollingUpdate.maxUnavailable, replicas);
  const missing = surge === 0 && unavailable === 0 ? 1 : unavailable;
  return {
    replicas,
    surge,
    minAvailable: Math.max(0, replicas - missing),
    limit: partitionLimit(partition, replicas),
  };
}
