// The hold: an update of a workload that asks for a release is held before its first new pod. It answers allow, patch, deny, or
// asks for a live look. Both workload webhooks ask it; the object tells whether it is enrolled. The order of the checks below is
// the truth table of the hold. Pure, so the verdict is the same for a dry run, and applying it twice changes nothing.

import { ANNOTATION, CONDITION, LABEL, PHASE, PROGRESSING_REASON } from '../../../api/names.ts';
import type { KubeObject } from '../../../api/kube.ts';
import type { Rollout } from '../../../api/rollout.ts';
import { progressOf } from '../../../api/progress.ts';
import { trafficRoutingsOf } from '../../../api/rollout-view.ts';
import { readAt } from '../../../lib/json.ts';
import { conditionOf } from '../../../objects/status.ts';
import type { Candidate } from '../../workload/governing.ts';
import { annotationOf, enrolledStyle, holderOf, inProgressOf, isEscaped } from '../../../objects/marks.ts';
import { annotationEdit, operationsFor } from '../../../objects/field-edit.ts';
import {
  all,
  any,
  markedCel,
  underWayCel,
  marksLostCel,
  NOT_DELETING,
  NOT_ESCAPED,
  releaseAskedCel,
  type MatchCondition,
} from '../predicate-cel.ts';
import type { Judge, Reviewed } from '../judge.ts';
import { holdAnnounced } from '../announcement.ts';
import { isWorkloadUpdate, workloadUpdateOf, type WorkloadUpdate } from '../workload-update.ts';
import * as text from '../texts.ts';
import { REASON } from '../texts.ts';
import type { Decision, Review, Snapshot } from '../types.ts';
import { WORKLOAD_PATHS, workloadWebhooks, type WorkloadDoor } from '../workload-webhooks.ts';
import { allow, asSent, enrolmentAsBefore, holdMarks, leave, patchWith, refuseForNow, untouched } from '../verdicts.ts';

const anyStyle = (styles: readonly Reviewed[], expression: (workload: Reviewed) => string): string =>
  any(...new Set(styles.map(expression)));

/** A release under way is judged only when something of the spec or of the marks changes. */
const underWayAndTouched = (styles: readonly Reviewed[]): string =>
  all(
    anyStyle(styles, ({ cel }) => underWayCel(cel, 'oldObject')),
    any(
      'object.spec != oldObject.spec',
      marksLostCel([LABEL.stableRevision], [ANNOTATION.inProgressing]),
      markedCel('object') + ' != ' + markedCel('oldObject'),
    ),
  );

const MARKS_LOST = marksLostCel([LABEL.enrolled], [ANNOTATION.rollout]);

/** Drops whatever has nothing to decide, so that nearly all traffic never reaches us. */
function conditions({ styles, enrolled }: WorkloadDoor): MatchCondition[] {
  const applies = anyStyle(styles, ({ cel }) => cel.applies);
  const decides = [all(applies, releaseAskedCel), underWayAndTouched(styles), ...(enrolled ? [MARKS_LOST] : [])];
  return [NOT_DELETING, NOT_ESCAPED, { name: 'something-to-decide', expression: any(...decides) }];
}

export const holdJudge: Judge = {
  id: 'hold',
  webhooks: (workloads) => workloadWebhooks(workloads, conditions),
  paths: WORKLOAD_PATHS,
  sees: 'workload',
  judge: decide,
};

function decide(review: Review, snapshot: Snapshot, now: number): Decision {
  if (!isWorkloadUpdate(review, snapshot.kinds)) return allow(REASON.nothingToDecide);
  if (review.username === snapshot.identity) return allow(REASON.ownWrite);
  const subject = workloadUpdateOf(review, snapshot);
  if (isEscaped(subject.next)) return escaped(subject);
  if (isGoingAway(subject)) return asSent(subject, REASON.goingAway);
  if (subject.underWay) return keep(subject);
  if (subject.trigger === undefined) return restoreMarks(subject);
  return begin(subject, now);
}

const isGoingAway = ({ next, snapshot }: WorkloadUpdate): boolean =>
  next.metadata.deletionTimestamp !== undefined || snapshot.namespaceTerminating;

const escaped = ({ old, trigger }: WorkloadUpdate): Decision =>
  trigger === undefined && isEscaped(old) ? allow(REASON.escaped) : allow(REASON.escaped, text.escapedText);

/** The API server was asked already, whether or not it has answered. */
const isAsked = ({ snapshot }: WorkloadUpdate): boolean => snapshot.live || snapshot.liveError !== undefined;

const isMarked = (object: KubeObject): boolean =>
  enrolledStyle(object) !== undefined || holderOf(object) !== undefined || inProgressOf(object) !== undefined;

/**
 * Why "no Rollout governs it", said by the tables, does not count without a live look. Our marks tell of one that the tables do
 * not have; without marks it counts as far as the tables are known to lack nothing.
 */
function doubtOf({ old, next, snapshot }: WorkloadUpdate): string | undefined {
  if (isMarked(old) || isMarked(next)) return REASON.marked;
  const { absence = REASON.negativeFromCache } = snapshot;
  return absence === 'known' ? undefined : absence;
}

const lookLive = (reason: string): Decision => ({ is: 'asks', questions: ['look-live'], reason });

function restoreMarks(subject: WorkloadUpdate): Decision {
  const edits = enrolmentAsBefore(subject);
  // Held already: an earlier layer, or our own first answer, has set the marks of the release that a bare mark asked for.
  const lost = !subject.heldBefore && operationsFor(subject.next, edits).length > 0;
  return lost ? patchWith(subject, REASON.marksRestored, edits) : allow(REASON.nothingToDecide);
}

/** A release under way: held whatever is sent, and whatever became of its Rollout. */
function keep(subject: WorkloadUpdate): Decision {
  const { old, next, workload, trigger, governor } = subject;
  if (trigger !== undefined && governor === undefined && !isAsked(subject)) return lookLive(REASON.marked);
  const undone = operationsFor(next, workload.keepHeld(old, next)).length > 0;
  const mark = annotationEdit(ANNOTATION.inProgressing, annotationOf(old, ANNOTATION.inProgressing));
  const edits = [...workload.keepHeld(old, next), mark, ...enrolmentAsBefore(subject)];
  return patchWith(subject, REASON.keptHeld, edits, ...keepWarnings(subject, undone));
}

function keepWarnings({ governor, snapshot, candidates, workload, old }: WorkloadUpdate, undone: boolean): string[] {
  if (governor !== undefined) return undone ? [text.stillHeldText(governor.rollout, workload.cel.text)] : [];
  return snapshot.live && candidates.length === 0 ? [text.orphanText(holderOf(old))] : [];
}

/** An update that asks for a release while none is under way. */
function begin(subject: WorkloadUpdate, now: number): Decision {
  const { old, next, workload, governor } = subject;
  if (!workload.applies(old, next)) return untouched(subject, REASON.scaledToZero);
  if (governor === undefined) {
    const doubt = isAsked(subject) ? undefined : doubtOf(subject);
    return doubt === undefined ? ungoverned(subject) : lookLive(doubt);
  }
  return isPromoting(governor.rollout)
    ? duringPromotion(subject, governor)
    : told(subject, governed(subject, governor), governor, now);
}

/** A hold that begins a release is told of before it is answered. Where a policy has held the update the answer may be late. */
function told({ heldBefore }: WorkloadUpdate, decision: Decision, { rollout }: Candidate, now: number): Decision {
  if (decision.is === 'asks' || decision.is === 'deny' || decision.reason !== REASON.held) return decision;
  const action = holdAnnounced(rollout, now);
  return action === undefined ? decision : { ...decision, tells: { action, isUrgent: !heldBefore } };
}

/** Nobody governs it, and that is known, or could not be asked. */
function ungoverned(subject: WorkloadUpdate): Decision {
  const { snapshot, enrolled, candidates, heldBefore, old } = subject;
  if (snapshot.liveError !== undefined) return unseen(subject, snapshot.liveError);
  const broken = candidates.filter(({ standing }) => standing === 'invalid' || standing === 'unsupported');
  if (broken.length > 0) return untouched(subject, REASON.notEligible, text.notEligibleText(broken));
  // Left held: whether anything else still needs the hold is for the controller to say, which releases orphans.
  if (heldBefore) return leave(subject, REASON.noRollout, text.orphanText(holderOf(old)));
  return enrolled && candidates.length > 0
    ? leave(subject, REASON.notEligible, text.notEligibleText(candidates))
    : leave(subject, REASON.noRollout);
}

/** The live look failed: what is enrolled is held as the policy would do it, all else passes. */
function unseen(subject: WorkloadUpdate, error: string): Decision {
  const { enrolled, old, next, snapshot, workload } = subject;
  const holder = holderOf(old);
  if (!enrolled || holder === undefined) return leave(subject, REASON.lookFailed, text.lookFailedText(error));
  const edits = workload.hold({ old, next, related: snapshot.related, rolloutName: holder });
  return patchWith(subject, REASON.held, [...edits, ...holdMarks(workload, holder)], text.heldBlindText(error));
}

const isPromoting = ({ status }: Rollout): boolean =>
  status?.phase === PHASE.progressing &&
  conditionOf(status?.conditions, CONDITION.progressing)?.reason === PROGRESSING_REASON.finalising;

/** The release is completing natively: back at once, or later; nothing may mix a third template in. */
function duringPromotion(subject: WorkloadUpdate, governor: Candidate): Decision {
  const { rollout } = governor;
  const { next, workload, snapshot } = subject;
  const stable = progressOf(rollout)?.stableRevision ?? '';
  if (workload.isRevision(next, snapshot.related, stable)) {
    return untouched(subject, REASON.promotionRolledBack, text.promotionRolledBackText(rollout));
  }
  if (snapshot.live) {
    return refuseForNow(
      REASON.promotionRunning,
      text.promotionRunningText(rollout, workload.view(next, snapshot.related)),
    );
  }
  return snapshot.liveError === undefined ? lookLive(REASON.promotionRunning) : governed(subject, governor);
}

/** Its own controller has not seen it yet, so there is no revision, whatever else is known. */
const isNew = (workload: KubeObject): boolean => readAt(workload, ['status', 'observedGeneration']) === undefined;

function governed(subject: WorkloadUpdate, { rollout }: Candidate): Decision {
  const { old, next, workload, snapshot, enrolled, heldBefore } = subject;
  const activeRevisions = workload.activeRevisions(next, snapshot.related);
  const outside = !enrolled && trafficRoutingsOf(rollout).length > 0 && activeRevisions > 1;
  if ((activeRevisions === 0 || outside) && !isAsked(subject)) return lookLive(REASON.revisionsFromCache);
  if (outside) return untouched(subject, REASON.rollOutOutside, text.rollOutOutsideText(rollout, activeRevisions));
  if (activeRevisions === 0 && (snapshot.live || isNew(old))) return untouched(subject, REASON.noStableRevision);
  const { name } = rollout.metadata;
  const edits = [
    ...workload.hold({ old, next, related: snapshot.related, rolloutName: name }),
    ...holdMarks(workload, name),
  ];
  // Where a policy held it, the policy has explained it too.
  return patchWith(subject, REASON.held, edits, ...(heldBefore ? [] : [text.heldText(rollout)]));
}
