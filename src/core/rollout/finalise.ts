// Ends a release, whatever state it is in: tasks in the order of the reason, each judged by the objects and not by what was
// done before, so an end that begins in the middle of anything skips nothing and repeats nothing.

import { FINALISING_STEP, FINALIZING_POLICY, type FinalisingStep } from '../../api/names.ts';
import type { Draft } from './draft.ts';
import type { ObservedWorkload } from './observed.ts';
import { deleteBatchRelease, finishBatchRelease } from './release-pods.ts';
import { removeCanary, restoreStable, routeToStable } from './release-traffic.ts';
import { isHeldForUs, isNewTemplate, isStableTemplate } from './revisions.ts';
import { leaveShared } from './shared-routing.ts';

/** `lost`: the workload is gone, or is not held any more. */
export type FinaliseReason = 'success' | 'rollback' | 'disabled' | 'deleted' | 'lost';

type Task = (d: Draft, reason: FinaliseReason) => boolean;

const TASKS = {
  [FINALISING_STEP.restoreStableService]: restoreStable,
  [FINALISING_STEP.routeTrafficToStable]: routeToStable,
  [FINALISING_STEP.removeCanaryService]: removeCanary,
  [FINALISING_STEP.resumeWorkload]: resumeWorkload,
  [FINALISING_STEP.releaseWorkloadControl]: deleteBatchRelease,
} satisfies Partial<Record<FinalisingStep, Task>>;
type TaskName = keyof typeof TASKS;

const FORWARD: TaskName[] = [
  FINALISING_STEP.restoreStableService,
  FINALISING_STEP.routeTrafficToStable,
  FINALISING_STEP.removeCanaryService,
  FINALISING_STEP.resumeWorkload,
  FINALISING_STEP.releaseWorkloadControl,
];
/** Requests leave the new pods before these go. */
const BACK: TaskName[] = [
  FINALISING_STEP.routeTrafficToStable,
  FINALISING_STEP.resumeWorkload,
  FINALISING_STEP.releaseWorkloadControl,
  FINALISING_STEP.restoreStableService,
  FINALISING_STEP.removeCanaryService,
];
/** A Rollout that has begun no release has changed no traffic: what looks pinned belongs to another one. */
const IDLE: TaskName[] = [FINALISING_STEP.resumeWorkload, FINALISING_STEP.releaseWorkloadControl];

/** True when nothing of the release is left. */
export function finalise(d: Draft, reason: FinaliseReason): boolean {
  if (!leaveShared(d)) return false;
  const order = reason === 'rollback' ? BACK : FORWARD;
  const open = (d.releasing ? order : IDLE).find((name) => !(TASKS[name] as Task)(d, reason));
  // What was taken away last is kept in the status until it is noticed; only then the next task shows.
  const isShown = open === undefined || d.unnoticed === undefined;
  if (d.status.canaryStatus !== undefined && isShown) d.set({ finalisingStep: open ?? FINALISING_STEP.end });
  return open === undefined;
}

/**
 * Success, disabled and deleted promote the update: the BatchRelease hands the workload over. In a rollback it must not,
 * because the template that it releases may come back at any moment, and then it is a new release.
 */
function resumeWorkload(d: Draft, reason: FinaliseReason): boolean {
  if (reason === 'lost') return true;
  if (isToFreeze(d, reason)) return freeze(d);
  const policy = reason === 'success' ? FINALIZING_POLICY.waitResume : FINALIZING_POLICY.immediate;
  if (reason !== 'rollback' && !finishBatchRelease(d, policy)) return false;
  const { workload } = d.o;
  if (workload === undefined) return true;
  return giveBack(d, workload, reason) && (reason !== 'rollback' || isUnblocked(d, workload));
}

/** Only where a person ends the Rollout itself, and never after success or a rollback. */
const isToFreeze = ({ o: { gates, kind } }: Draft, reason: FinaliseReason): boolean =>
  gates.KeepWorkloadPausedOnRolloutDeletion &&
  (reason === 'disabled' || reason === 'deleted') &&
  kind?.freeze !== undefined;

/** The workload stays as far as it is released, and a person goes on with it. A promotion that has begun is not stopped. */
function freeze(d: Draft): boolean {
  const { kind, workload } = d.o;
  if (!deleteBatchRelease(d)) return false;
  if (workload === undefined || workload.view.inProgress !== d.o.rollout.metadata.name) return true;
  const actions = kind?.freeze?.(workload.object) ?? [];
  d.do(actions);
  if (actions.length > 0) d.pass(actions[0]?.why ?? '');
  return actions.length === 0;
}

/** Nothing that the given-up revision has left stands in the way of the stable one. */
function isUnblocked(d: Draft, { object, view }: ObservedWorkload): boolean {
  const { kind, pods = [] } = d.o;
  if (kind?.unblock === undefined) return true;
  if (!view.observed) {
    d.wait('the controller of the workload has not seen the rollback yet');
    return false;
  }
  const actions = kind.unblock(object, pods, d.sub.stableRevision ?? '');
  d.do(actions);
  if (actions.length > 0) d.pass(actions[0]?.why ?? '');
  return actions.length === 0;
}

/** Where no BatchRelease has done it: there was none yet, or a newer template came in between. */
function giveBack(d: Draft, workload: ObservedWorkload, reason: FinaliseReason): boolean {
  const { kind } = d.o;
  if (kind !== undefined && isHeldForUs(d, workload)) {
    if (!mayGo(d, workload, reason)) return staysHeld(d, workload, reason);
    d.do(kind.letGo(workload.object));
    d.pass('the workload is given back');
    return false;
  }
  if (reason !== 'success' || workload.view.settled) return true;
  if (!isUnblocked(d, workload)) return false;
  const { updated, available } = workload.view.status;
  d.wait(
    `the workload rolls out by itself: ${updated} of ${workload.view.replicas} pods updated, ${available} available`,
  );
  return false;
}

/** Whoever ends the release decides which template may roll out natively. */
function mayGo(d: Draft, workload: ObservedWorkload, reason: FinaliseReason): boolean {
  if (reason === 'disabled' || reason === 'deleted') return true;
  return isStableTemplate(d, workload) || (reason === 'success' && !isNewTemplate(d, workload));
}

/** After a rollback it is the next release. During a promotion it must wait until the old revision is out. */
function staysHeld(d: Draft, { view }: ObservedWorkload, reason: FinaliseReason): boolean {
  const isPromoted = view.activeRevisions === 1 && view.stableRevision !== d.sub.stableRevision;
  if (reason === 'rollback' || isPromoted) return true;
  d.wait(
    `revision ${view.updateRevision} arrived while ${d.sub.canaryRevision ?? ''} was being promoted, and is held; go on by setting the template to the one under promotion or to the stable one`,
  );
  return false;
}
