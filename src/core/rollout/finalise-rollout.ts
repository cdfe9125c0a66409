// Ends a release, whatever state it is in: tasks in the order of the reason, each judged by the objects and not by what was done
// before, so an end that begins in the middle of anything skips nothing and repeats nothing.

import { FINALISING_STEP, FINALIZING_POLICY, WAIT, type FinalisingStep } from '../../api/names.ts';
import type { LabelSelector } from '../../api/kube.ts';
import { PODS } from '../../api/resources.ts';
import { readAt } from '../../lib/json.ts';
import { nativeRollOutText } from '../native-roll-out.ts';
import { acts, asks, DONE, waits, type Outcome, type Task } from '../tasks/outcome.ts';
import { answerTo, list } from '../tasks/questions.ts';
import type { RolloutDraft } from './rollout-draft.ts';
import type { ObservedWorkload } from './rollout-observed.ts';
import { goesOn, type Release } from './release.ts';
import { deleteBatchRelease, finishBatchRelease } from './release-pods.ts';
import { removeCanary, restoreStable, routeToStable } from './release-traffic.ts';
import { isHeldForUs, isNewTemplate, isStableTemplate } from './remembered-workload.ts';
import { leaveShared } from './shared-routing.ts';

/** `lost`: the workload is gone, or is not held any more. */
export type FinaliseReason = 'success' | 'rollback' | 'disabled' | 'deleted' | 'lost';

interface End {
  release: Release;
  reason: FinaliseReason;
}

interface EndTask {
  /** As the status names it. */
  step: FinalisingStep;
  run: Task<End>;
}

const RESTORE_STABLE: EndTask = {
  step: FINALISING_STEP.restoreStableService,
  run: ({ release }) => restoreStable(release),
};
const ROUTE_TO_STABLE: EndTask = {
  step: FINALISING_STEP.routeTrafficToStable,
  run: ({ release }) => routeToStable(release),
};
const REMOVE_CANARY: EndTask = {
  step: FINALISING_STEP.removeCanaryService,
  run: ({ release }) => removeCanary(release),
};
const RESUME: EndTask = { step: FINALISING_STEP.resumeWorkload, run: resumeWorkload };
const LET_GO: EndTask = {
  step: FINALISING_STEP.releaseWorkloadControl,
  run: ({ release }) => deleteBatchRelease(release),
};

const FORWARD = [RESTORE_STABLE, ROUTE_TO_STABLE, REMOVE_CANARY, RESUME, LET_GO];
/** Requests leave the new pods before these go. */
const BACK = [ROUTE_TO_STABLE, RESUME, LET_GO, RESTORE_STABLE, REMOVE_CANARY];
/** A Rollout that has begun no release has changed no traffic: what looks pinned belongs to another one. */
const IDLE = [RESUME, LET_GO];

/** True when nothing of the release is left. */
export function finaliseRollout(d: RolloutDraft, reason: FinaliseReason): boolean {
  if (!d.fold(leaveShared(d))) return false;
  const order = reason === 'rollback' ? BACK : FORWARD;
  const open = (d.isReleasing ? order : IDLE).find(({ run }) => !d.fold(run({ release: d, reason })));
  // What was taken away last is kept in the status until it is noticed; only then the next task shows.
  const isShown = open === undefined || d.unnoticed === undefined;
  if (d.hasProgress && isShown) d.set({ ending: open?.step ?? FINALISING_STEP.end });
  return open === undefined;
}

/**
 * Success, disabled and deleted promote the update: the BatchRelease hands the workload over. In a rollback it must not,
 * because the template that it releases may come back at any moment, and then it is a new release.
 */
function resumeWorkload({ release, reason }: End): Outcome {
  const { workload } = release.o;
  if (reason === 'lost') return DONE;
  if (isToFreeze(release, reason)) return freezeWorkload(release);
  const policy = reason === 'success' ? FINALIZING_POLICY.waitResume : FINALIZING_POLICY.immediate;
  const finished = reason === 'rollback' ? DONE : finishBatchRelease(release, policy);
  if (finished.is !== 'done' || workload === undefined) return finished;
  const given = giveBack(release, workload, reason);
  return given.is === 'done' && reason === 'rollback' ? unblock(release, workload) : given;
}

/** Only where a person ends the Rollout itself, and never after success or a rollback. */
const isToFreeze = ({ o: { gates, kind } }: Release, reason: FinaliseReason): boolean =>
  gates.KeepWorkloadPausedOnRolloutDeletion &&
  (reason === 'disabled' || reason === 'deleted') &&
  kind?.freeze !== undefined;

/** The workload stays as far as it is released, and a person goes on with it. A promotion that has begun is not stopped. */
function freezeWorkload(release: Release): Outcome {
  const { kind, workload, rollout } = release.o;
  const deleted = deleteBatchRelease(release);
  if (deleted.is !== 'done') return deleted;
  if (workload === undefined || workload.view.inProgress !== rollout.metadata.name) return DONE;
  return acts(kind?.freeze?.(workload.object) ?? []);
}

/** Nothing that the given-up revision has left stands in the way of the stable one. */
function unblock({ o, progress }: Release, { object, view }: ObservedWorkload): Outcome {
  const { kind, answers } = o;
  if (kind?.unblock === undefined) return DONE;
  if (!view.observed) return waits(WAIT.revision, 'the controller of the workload has not seen the rollback yet');
  const selector = readAt(object, ['spec', 'selector']) as LabelSelector | undefined;
  const question = list(PODS, object.metadata.namespace ?? '', selector);
  const pods = selector === undefined ? [] : answerTo(answers, question);
  return pods === undefined ? asks(question) : acts(kind.unblock(object, pods, progress.stableRevision ?? ''));
}

/** Where no BatchRelease has done it: there was none yet, or a newer template came in between. */
function giveBack(release: Release, workload: ObservedWorkload, reason: FinaliseReason): Outcome {
  const { kind } = release.o;
  if (kind !== undefined && isHeldForUs(release, workload)) {
    if (!mayGo(release, workload, reason)) return staysHeld(release, workload, reason);
    return { is: 'acts', actions: kind.letGo(workload.object), why: 'the workload is given back' };
  }
  if (reason !== 'success' || workload.view.settled) return DONE;
  const unblocked = unblock(release, workload);
  if (unblocked.is !== 'done') return unblocked;
  return waits(WAIT.nativeRollOut, nativeRollOutText(workload.view), goesOn(release));
}

/** Whoever ends the release decides which template may roll out natively. */
function mayGo(release: Release, workload: ObservedWorkload, reason: FinaliseReason): boolean {
  if (reason === 'disabled' || reason === 'deleted') return true;
  return isStableTemplate(release, workload) || (reason === 'success' && !isNewTemplate(release, workload));
}

/** After a rollback it is the next release. During a promotion it must wait until the old revision is out. */
function staysHeld({ progress }: Release, { view }: ObservedWorkload, reason: FinaliseReason): Outcome {
  const isPromoted = view.activeRevisions === 1 && view.stableRevision !== progress.stableRevision;
  if (reason === 'rollback' || isPromoted) return DONE;
  const text = `revision ${view.updateRevision} arrived while ${progress.updateRevision ?? ''} was being promoted, and is held; go on by setting the template to the one under promotion or to the stable one`;
  return waits(WAIT.promotion, text, { facts: [view.updateRevision] });
}
