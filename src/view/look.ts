// What was read of a Rollout and of everything it is about, and nothing made of it yet: the input of the view model. Whoever
// may read the API server fills it. What may not be read, or is not there, is left out.

import type { BatchRelease } from '../api/batch-release.ts';
import type { KubeObject, LabelSelector } from '../api/kube.ts';
import type { Rollout, TrafficRoutingRef } from '../api/rollout.ts';
import { readAt } from '../lib/json.ts';
import type { Routes } from '../traffic/provider.ts';
import type { Readable, Registered, Related } from '../workloads/workload.ts';

/** What telling of a workload asks its kind for. */
export type SeenKind = Registered & Readable;

export interface WorkloadLook {
  object: KubeObject;
  kind: SeenKind;
  related: Related;
  pods: KubeObject[];
  /** While a release keeps its new pods apart. */
  batchRelease: BatchRelease | undefined;
}

export interface TrafficLook {
  ref: TrafficRoutingRef;
  stableService: KubeObject | undefined;
  canaryService: KubeObject | undefined;
  routes: Routes;
}

/** The TrafficRouting that a Rollout shares with others. */
export interface SharedLook {
  name: string;
  /** Undefined = it does not exist, or may not be read. */
  object: KubeObject | undefined;
}

/** The controller's Lease; undefined when it is missing, 'hidden' when it may not be read. */
export type LeaseLook = KubeObject | 'hidden' | undefined;

export interface Look {
  /** When it was read, in epoch ms. */
  now: number;
  rollout: Rollout;
  /** Of the workload, whether it exists or not; undefined = unsupported. */
  kind: SeenKind | undefined;
  workload: WorkloadLook | undefined;
  traffic: TrafficLook | undefined;
  /** The TrafficRouting that it refers to. */
  shared: SharedLook | undefined;
  lease: LeaseLook;
}

export const workloadSelector = (workload: KubeObject): LabelSelector | undefined =>
  readAt(workload, ['spec', 'selector']) as LabelSelector | undefined;
