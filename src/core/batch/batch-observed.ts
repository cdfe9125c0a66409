// The one input value of a BatchRelease's plan.

import type { BatchRelease } from '../../api/batch-release.ts';
import type { KubeObject } from '../../api/kube.ts';
import type { Gates } from '../../api/names.ts';
import type { Announced } from '../tasks/plan.ts';
import type { Related, Workload, WorkloadView } from '../../workloads/workload.ts';

export interface BatchWorkload {
  object: KubeObject;
  view: WorkloadView;
}

export interface BatchObserved {
  now: number;
  batchRelease: BatchRelease;
  kind: Workload | undefined;
  unsupported: string;
  /** BatchReleases that name the same workload, this one included. */
  siblings: readonly BatchRelease[];
  /** Read live: what is copied into new objects comes from here. */
  workload: BatchWorkload | undefined;
  related: Related;
  /** Pods of the release, live; empty when there are none yet. */
  pods: KubeObject[];
  /** All pods of the workload, live, where the kind may have to clear some out of the way. */
  allPods?: KubeObject[];
  /** The name of the last create belongs to somebody else: take the next one. */
  nameTaken: boolean;
  /** Epoch ms of the last write of this process, by `resource/namespace/name`; empty after a restart. */
  writtenAt: Readonly<Record<string, number>>;
  /** Switches of the process. */
  gates: Gates;
  /** What the API server said when it refused the last attempt for good; '' = it did not. */
  refused?: string;
  /** Which wait the status tells of (`Plan.announces`), as the process remembers it; undefined after a restart. */
  announced?: Announced | undefined;
}
