// The one input value of the plan of a Rollout's histories.

import type { KubeObject } from '../../api/kube.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { RolloutHistory } from '../../api/rollout-history.ts';

/** What a release stood on, live; what does not exist, or is not named, is left out. */
export interface HistoryParts {
  workload?: KubeObject;
  service?: KubeObject;
  ingress?: KubeObject;
  httpRoute?: KubeObject;
}

export interface HistoryObserved {
  /** Undefined: it is gone. */
  rollout: Rollout | undefined;
  /** All of this Rollout, completed ones too. */
  histories: RolloutHistory[];
  /** A RolloutHistory of somebody else has this name. */
  isTaken(name: string): boolean;
  parts: HistoryParts;
  /** Pods of the workload that carry a release id, by that id. */
  pods: Readonly<Record<string, KubeObject[]>>;
}
