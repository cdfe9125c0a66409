// Ends a release, whatever state it is in: tasks in the order of the reason, each judged by the objects and not by what was
// done before, so a finalise that begins in the middle of anything skips nothing and repeats nothing.

import { FINALISING_STEP, FINALIZING_POLICY, type FinalisingStep, type FinalizingPolicy } from '../../api/names.ts';
import type { Draft } from './draft.ts';
import { deleteBatchRelease, finishBatchRelease } from './release-pods.ts';
import { removeCanary, restoreStable, routeToStable } from './release-traffic.ts';

export type FinaliseReason = 'success' | 'rollback' | 'disabled' | 'deleted';

const FORWARD: FinalisingStep[] = [
  FINALISING_STEP.restoreStableService,
  FINALISING_STEP.routeTrafficToStable,
  FINALISING_STEP.removeCanaryService,
  FINALISING_STEP.resumeWorkload,
  FINALISING_STEP.releaseWorkloadControl,
];
/** Traffic leaves the new pods before they go. */
const BACK: FinalisingStep[] = [
  FINALISING_STEP.routeTrafficToStable,
  FINALISING_STEP.resumeWorkload,
  FINALISING_STEP.releaseWorkloadControl,
  FINALISING_STEP.restoreStableService,
  FINALISING_STEP.removeCanaryService,
];

const POLICY: Record<FinaliseReason, FinalizingPolicy> = {
  success: FINALIZING_POLICY.waitResume,
  rollback: FINALIZING_POLICY.immediate,
  disabled: FINALIZING_POLICY.immediate,
  deleted: FINALIZING_POLICY.immediate,
};

const TASKS: Record<string, (d: Draft, reason: FinaliseReason) => boolean> = {
  [FINALISING_STEP.restoreStableService]: restoreStable,
  [FINALISING_STEP.routeTrafficToStable]: routeToStable,
  [FINALISING_STEP.removeCanaryService]: removeCanary,
  [FINALISING_STEP.resumeWorkload]: resumeWorkload,
  [FINALISING_STEP.releaseWorkloadControl]: deleteBatchRelease,
};

/** True when nothing of the release is left. */
export function finalise(d: Draft, reason: FinaliseReason): boolean {
  for (const step of reason === 'rollback' ? BACK : FORWARD) {
    if (TASKS[step]?.(d, reason)) continue;
    d.sub.finalisingStep = step;
    return false;
  }
  d.sub.finalisingStep = FINALISING_STEP.end;
  return true;
}

function resumeWorkload(d: Draft, reason: FinaliseReason): boolean {
  return finishBatchRelease(d, POLICY[reason]) && giveBack(d, reason);
}

/**
 * The BatchRelease gives the workload back. Where there was none yet, or a newer template came in between, this does it,
 * unless the Rollout lives on and the newer template is its next release.
 */
function giveBack(d: Draft, reason: FinaliseReason): boolean {
  const { kind, workload, rollout } = d.o;
  if (kind === undefined || workload === undefined) return true;
  const { view, object } = workload;
  if (view.inProgress !== '' && view.inProgress !== rollout.metadata.name) return true;
  const known = view.templateIsStable || view.updateRevision === d.sub.canaryRevision;
  if ((reason === 'success' || reason === 'rollback') && !known) return staysHeld(d, reason);
  const actions = kind.letGo(object);
  d.do(actions);
  if (actions.length > 0) d.wait('the workload is given back');
  return actions.length === 0 && (reason !== 'success' || isSettled(d));
}

function staysHeld(d: Draft, reason: FinaliseReason): boolean {
  if (reason === 'rollback') return true;
  d.wait(
    'a newer template arrived while this release was being promoted; it stays held. Go on by setting the template to the one under promotion or to the stable one',
  );
  return false;
}

function isSettled(d: Draft): boolean {
  if (d.o.workload?.view.settled !== false) return true;
  d.wait('waiting for the workload to finish its own roll-out');
  return false;
}
