// How a release stands, in one line as `kubectl rollout status` has it, and whether it is over: from the Rollout and its
// workload alone. Pure.

import { CONDITION, PHASE, STEP } from '../../api/names.ts';
import type { Rollout } from '../../api/rollout.ts';
import { isDisabled, isPaused, subStatus } from '../../api/rollout-view.ts';
import { conditionOf } from '../../objects/status.ts';
import type { WorkloadView } from '../../workloads/workload.ts';
import { isReleasing, stepText, waitsForApproval } from './waiting.ts';

export interface Outcome {
  /** waits: not over. done: everything runs the wanted version. failed: it will not. */
  is: 'waits' | 'done' | 'failed';
  text: string;
}

/** `workload`: undefined when it does not exist or may not be seen. */
export function outcomeOf(rollout: Rollout | undefined, workload: WorkloadView | undefined, name: string): Outcome {
  if (rollout === undefined) return failed(name, 'has been deleted');
  if (rollout.metadata.deletionTimestamp !== undefined) return waits(name, 'it is being deleted');
  const { phase, message = '' } = rollout.status ?? {};
  if (phase === PHASE.disabled) return failed(name, 'is disabled: its workload rolls out without steps');
  if (isDisabled(rollout)) return waits(name, `it is being disabled: ${message}`);
  if (isReleasing(rollout)) return waits(name, progressOf(rollout));
  const accepted = conditionOf(rollout.status?.conditions, CONDITION.accepted);
  if (accepted?.status === 'False') return failed(name, `is not accepted: ${accepted.message}`);
  if (isHeld(workload)) return waits(name, 'the update is held');
  if (phase !== PHASE.healthy) return waits(name, message === '' ? 'Sluice has not seen it yet' : message);
  return ended(rollout, workload, name);
}

/** A hold is the first sign of a release; the Rollout follows. */
const isHeld = (workload: WorkloadView | undefined): boolean => workload?.inProgress !== undefined;

const waits = (name: string, text: string): Outcome => ({
  is: 'waits',
  text: `Waiting for rollout "${name}" to finish: ${text}`,
});
const failed = (name: string, text: string): Outcome => ({ is: 'failed', text: `rollout "${name}" ${text}` });

function progressOf(rollout: Rollout): string {
  const state = subStatus(rollout)?.currentStepState;
  const message = rollout.status?.message ?? '';
  const where = state === undefined ? '' : `${stepText(rollout)}, ${state}`;
  if (isPaused(rollout)) return `${where}: paused by spec.strategy.paused`;
  if (waitsForApproval(rollout)) return `${where}: it waits for an approval`;
  return [where, message].filter((text) => text !== '').join(': ');
}

/** Healthy: by how the last release ended. A Rollout that never released counts as done. */
function ended(rollout: Rollout, workload: WorkloadView | undefined, name: string): Outcome {
  const succeeded = conditionOf(rollout.status?.conditions, CONDITION.succeeded);
  const isDone =
    succeeded === undefined ? subStatus(rollout)?.currentStepState !== STEP.stepPaused : succeeded.status === 'True';
  // An update that was never held, a scale, pods that are being replaced.
  if (isDone && workload?.settled === false) return waits(name, countsOf(workload));
  if (isDone) return { is: 'done', text: `rollout "${name}" successfully rolled out` };
  const message = rollout.status?.message ?? '';
  return failed(name, `was cancelled${message === '' ? '' : `: ${message}`}`);
}

const countsOf = ({ replicas, status }: WorkloadView): string =>
  `${status.updated} of ${replicas} pods of the workload are updated, ${status.available} available`;
