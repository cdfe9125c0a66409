// Whether a release is over and how it ended, from the Rollout and its workload alone.

import { CONDITION, PHASE, STEP } from '../api/names.ts';
import type { Rollout } from '../api/rollout.ts';
import { progressOf } from '../api/progress.ts';
import { isDisabled, isPaused } from '../api/rollout-view.ts';
import { conditionOf } from '../objects/status.ts';
import type { WorkloadView } from '../workloads/workload.ts';
import { isReleasing, stepText, waitsForApproval } from './stage.ts';

export interface Ending {
  /** waits: not over. done: everything runs the wanted version. failed: it will not. */
  is: 'waits' | 'done' | 'failed';
  /** What the Rollout did or is, or what is waited for; '' when it is done. */
  why: string;
}

/** `workload`: undefined when it does not exist or may not be seen. */
export function endingOf(rollout: Rollout | undefined, workload: WorkloadView | undefined): Ending {
  if (rollout === undefined) return hasFailed('has been deleted');
  if (rollout.metadata.deletionTimestamp !== undefined) return stillWaits('it is being deleted');
  const { phase, message = '' } = rollout.status ?? {};
  if (phase === PHASE.disabled) return hasFailed('is disabled: its workload rolls out without steps');
  if (isDisabled(rollout)) return stillWaits(`it is being disabled: ${message}`);
  if (isReleasing(rollout)) return stillWaits(progressText(rollout));
  const accepted = conditionOf(rollout.status?.conditions, CONDITION.accepted);
  if (accepted?.status === 'False') return hasFailed(`is not accepted: ${accepted.message}`);
  if (isUpdateHeld(workload)) return stillWaits('the update is held');
  if (phase !== PHASE.healthy) return stillWaits(message === '' ? 'Sluice has not seen it yet' : message);
  return ended(rollout, workload);
}

/** A hold is the first sign of a release; the Rollout follows. */
const isUpdateHeld = (workload: WorkloadView | undefined): boolean => workload?.inProgress !== undefined;

const stillWaits = (why: string): Ending => ({ is: 'waits', why });
const hasFailed = (why: string): Ending => ({ is: 'failed', why });

function progressText(rollout: Rollout): string {
  const state = progressOf(rollout)?.state;
  const message = rollout.status?.message ?? '';
  const where = state === undefined ? '' : `${stepText(rollout)}, ${state}`;
  if (isPaused(rollout)) return `${where}: paused by spec.strategy.paused`;
  if (waitsForApproval(rollout)) return `${where}: it waits for an approval`;
  return [where, message].filter((text) => text !== '').join(': ');
}

/** Healthy: by how the last release ended. A Rollout that never released counts as done. */
function ended(rollout: Rollout, workload: WorkloadView | undefined): Ending {
  const succeeded = conditionOf(rollout.status?.conditions, CONDITION.succeeded);
  const isDone = succeeded === undefined ? progressOf(rollout)?.state !== STEP.stepPaused : succeeded.status === 'True';
  // An update that was never held, a scale, pods that are being replaced.
  if (isDone && workload?.settled === false) return stillWaits(countsOf(workload));
  if (isDone) return { is: 'done', why: '' };
  const message = rollout.status?.message ?? '';
  return hasFailed(`was cancelled${message === '' ? '' : `: ${message}`}`);
}

const countsOf = ({ replicas, status }: WorkloadView): string =>
  `${status.updated} of ${replicas} pods of the workload are updated, ${status.available} available`;
