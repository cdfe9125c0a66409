// The one input value of a Rollout's plan: objects as they are, the time, and what the process remembers of its own writes.

import type { KubeObject } from '../../api/kube.ts';
import type { Gates } from '../../api/names.ts';
import type { BatchRelease } from '../../api/batch-release.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { TrafficRouting } from '../../api/traffic-routing.ts';
import type { Announced } from '../tasks/plan.ts';
import type { Answers } from '../tasks/questions.ts';
import type { Routes } from '../../traffic/provider.ts';
import type { Related, Workload, WorkloadView } from '../../workloads/workload.ts';

export interface ObservedWorkload {
  object: KubeObject;
  view: WorkloadView;
  related: Related;
}

export interface RolloutObserved {
  now: number;
  rollout: Rollout;
  /** Implementation of the referenced kind and style; undefined = unsupported. */
  kind: Workload | undefined;
  /** Why there is no `kind`. */
  unsupported: string;
  workload: ObservedWorkload | undefined;
  /** Name of the Rollout that governs this workload: this one or another. */
  governor: string;
  /** Broken rules of the Rollout itself, one line each. */
  violations: string[];
  batchRelease: BatchRelease | undefined;
  /** The user's Service named by trafficRoutings[0], and the one we make beside it. */
  stableService: KubeObject | undefined;
  canaryService: KubeObject | undefined;
  routes: Routes;
  /** The TrafficRouting that it releases with, live; undefined also while it needs none. */
  shared: TrafficRouting | undefined;
  /** What earlier rounds of this look asked for. */
  answers?: Answers;
  /** Epoch ms of the last write of this process, by `resource/namespace/name`; empty after a restart. */
  writtenAt: Record<string, number>;
  /** Switches of the process. */
  gates: Gates;
  /** What the API server said when it refused the last attempt for good (quota, policy, an invalid object); '' = it did not. */
  refused?: string;
  /** The last attempt with it ended in an error. */
  hasFailed?: boolean;
  /** Which wait the status tells of (`Plan.announces`), as the process remembers it; undefined after a restart. */
  announced?: Announced | undefined;
  /** The same of its BatchRelease. */
  podsAnnounced?: Announced | undefined;
}
