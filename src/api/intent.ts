// What is wanted of a release, whatever the API object is called that says it: what the core works on. Rollout v1beta1 is one
// face of it; another CRD that asks for releases is another.

import type { KubeObject } from './kube.ts';
import { ANNOTATION } from './names.ts';
import type { ObjectReference, PodMetadata, RolloutStep, TrafficRoutingRef } from './rollout.ts';
import {
  disablesCanaryService,
  failureThresholdOf,
  gracePeriodSeconds,
  isDisabled,
  isPaused,
  patchedPodMetadata,
  stepsOf,
  strategyHash,
  trafficRoutingOf,
  trafficRoutingRefOf,
  trafficRoutingsOf,
  workloadRefOf,
} from './rollout-view.ts';

export interface Intent {
  workload: ObjectReference;
  steps: readonly RolloutStep[];
  /** The Service and its routes; undefined = requests are not touched. */
  routing: TrafficRoutingRef | undefined;
  /** Name of a TrafficRouting that several releases share; '' = none. */
  sharedRouting: string;
  /** The new pods get a Service of their own, and the stable one is pinned. */
  splitsService: boolean;
  /** Milliseconds between two changes of traffic. */
  graceMs: number;
  /** New pods of a step that may be unready while it still counts as ready. */
  failureThreshold: number | string | undefined;
  podMetadata: PodMetadata | undefined;
  /** The way back goes through the steps as well; traffic has no part in it. */
  rollsBackInBatches: boolean;
  isPaused: boolean;
  isDisabled: boolean;
  /** Identity of steps and routing, without pauses. */
  hash: string;
}

export const intentOf = (rollout: KubeObject): Intent => ({
  workload: workloadRefOf(rollout),
  steps: stepsOf(rollout),
  routing: trafficRoutingOf(rollout),
  sharedRouting: trafficRoutingRefOf(rollout),
  splitsService: !disablesCanaryService(rollout),
  graceMs: gracePeriodSeconds(rollout) * 1000,
  failureThreshold: failureThresholdOf(rollout),
  podMetadata: patchedPodMetadata(rollout),
  rollsBackInBatches:
    rollout.metadata.annotations?.[ANNOTATION.rollbackInBatch] === 'true' && trafficRoutingsOf(rollout).length === 0,
  isPaused: isPaused(rollout),
  isDisabled: isDisabled(rollout),
  hash: strategyHash(rollout),
});
