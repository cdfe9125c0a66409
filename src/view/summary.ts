// A Rollout in one line of a list, from itself alone.

import type { Rollout } from '../api/rollout.ts';
import { stepsOf, styleOf, workloadRefOf, type RolloutStyle } from '../api/rollout-view.ts';
import { momentOf } from './times.ts';

export interface Summary {
  namespace: string;
  name: string;
  created: number | undefined;
  /** All '' or undefined before Sluice has seen it. */
  phase: string;
  step: number | undefined;
  state: string;
  message: string;
  steps: number;
  style: RolloutStyle;
  workload: { kind: string; name: string };
}

export function summaryOf(rollout: Rollout): Summary {
  const { metadata, status } = rollout;
  const { kind, name } = workloadRefOf(rollout);
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    created: momentOf(metadata.creationTimestamp),
    phase: status?.phase ?? '',
    step: status?.currentStepIndex,
    state: status?.currentStepState ?? '',
    message: status?.message ?? '',
    steps: stepsOf(rollout).length,
    style: styleOf(rollout),
    workload: { kind, name },
  };
}
