// The one input value of a TrafficRouting's plan: objects as they are, the time, and what the process remembers.

import type { KubeObject } from '../../api/kube.ts';
import type { TrafficRouting } from '../../api/traffic-routing.ts';
import type { Announced } from '../tasks/plan.ts';
import type { Routes } from '../../traffic/provider.ts';

export interface RoutingObserved {
  now: number;
  routing: TrafficRouting;
  /** Names of Rollouts that hold a finalizer although a live look says that they do not release with it. */
  stale: string[];
  stableService: KubeObject | undefined;
  /** Live objects of objectRef[0]. */
  routes: Routes;
  /** Epoch ms of the last write of this process, by `resource/namespace/name`; empty after a restart. */
  writtenAt: Readonly<Record<string, number>>;
  /** What the API server said when it refused the last attempt for good; '' = it did not. */
  refused?: string;
  /** The last attempt with it ended in an error. */
  hasFailed?: boolean;
  /** Which wait the status tells of (`Plan.announces`), as the process remembers it; undefined after a restart. */
  announced?: Announced | undefined;
}
