// Phases without a release: Initial and Healthy. Decides when one begins, and that leaving Healthy is one write that
// already tells the whole new state.

import {
  CONDITION,
  OUR_REASON,
  PHASE,
  PLAN_OPEN_REASON,
  PROGRESSING_REASON,
  STEP,
  TEXT,
  WAIT,
} from '../../../api/names.ts';
import { bypassOf } from '../../workload/bypass.ts';
import { conditionOf } from '../../../objects/status.ts';
import { isEscaped } from '../../../objects/marks.ts';
import { waits, type Waits } from '../../tasks/outcome.ts';
import type { ObservedWorkload } from '../rollout-observed.ts';
import type { RolloutDraft } from '../rollout-draft.ts';
import {
  followWorkload,
  freshStatus,
  idleStatus,
  isHeldForUs,
  isNewTemplate,
  rest,
  servingRevision,
} from '../remembered-workload.ts';

const refOf = (d: RolloutDraft): string => {
  const { kind, name } = d.o.rollout.spec.workloadRef;
  return `${kind} ${name}`;
};

/** Why this Rollout cannot govern its workload; it holds nothing then. */
export function whyNotAccepted(d: RolloutDraft): { reason: string; message: string } | undefined {
  const { violations, kind, unsupported, governor, rollout } = d.o;
  if (violations.length > 0) return { reason: OUR_REASON.invalid, message: violations.join('; ') };
  if (kind === undefined) return { reason: OUR_REASON.unsupported, message: unsupported };
  if (governor === '' || governor === rollout.metadata.name) return cannotHold(d);
  const message = `${refOf(d)} is governed by Rollout ${governor}; delete one of the two or let them name different workloads`;
  return { reason: OUR_REASON.conflict, message };
}

function cannotHold(d: RolloutDraft): ReturnType<typeof whyNotAccepted> {
  const why = d.o.workload?.view.cannotHold ?? '';
  return why === '' ? undefined : { reason: OUR_REASON.unsupported, message: `${refOf(d)} is not released: ${why}` };
}

/** Without a release under way. `Accepted` is there while it is False, and explains itself. */
export function idle(d: RolloutDraft): void {
  const refusal = whyNotAccepted(d);
  if (refusal === undefined) d.drop(CONDITION.accepted);
  else d.condition(CONDITION.accepted, 'False', refusal.reason, refusal.message);
  const { workload } = d.o;
  if (workload === undefined) initial(d, refusal === undefined ? missing(d) : notAccepted(refusal.message));
  else healthy(d, workload, refusal?.message);
}

const missing = (d: RolloutDraft): Waits => waits(WAIT.workload, `waits for the workload: ${refOf(d)} does not exist`);
const notAccepted = (message: string): Waits => waits(WAIT.acceptance, message, { facts: [message] });

function initial(d: RolloutDraft, wait: Waits): void {
  d.status.phase = PHASE.initial;
  d.replaceProgress(undefined);
  d.drop(CONDITION.progressing);
  d.fold(wait);
}

function healthy(d: RolloutDraft, workload: ObservedWorkload, refusal: string | undefined): void {
  const first = d.status.phase !== PHASE.healthy || !d.hasProgress;
  d.status.phase = PHASE.healthy;
  if (refusal === undefined && beginsRelease(d, workload)) return begin(d, workload);
  const bypass = bypassOf(d.o.rollout, workload.view);
  if (bypass !== undefined) d.condition(CONDITION.bypassed, 'True', OUR_REASON.bypassed, bypass.message);
  if (first || (workload.view.cannotHold === '' && isOvertaken(d, workload))) {
    idleStatus(d, workload);
    d.say(TEXT.idle);
  }
  followWorkload(d, workload);
  if (isUnnamed(d, workload)) nameStable(d, workload);
  // An approval that nobody waits for.
  if (d.progress.state === STEP.stepReady) {
    rest(d, conditionOf(d.status.conditions, CONDITION.succeeded)?.status !== 'False');
  }
  if (refusal !== undefined) d.fold(notAccepted(refusal));
  else if (isRefusalText(d)) d.say(TEXT.idle);
}

/** The last text was why it was refused, and it is not refused any more. */
function isRefusalText({ o, status }: RolloutDraft): boolean {
  const before = conditionOf(o.rollout.status?.conditions, CONDITION.accepted);
  return before !== undefined && before.message === status.message;
}

/** The Rollout was there before the first revision of its workload had a name. */
const isUnnamed = (d: RolloutDraft, { view }: ObservedWorkload): boolean =>
  (d.progress.stableRevision ?? '') === '' && view.stableRevision !== '' && view.inProgress === undefined;

function nameStable(d: RolloutDraft, { view }: ObservedWorkload): void {
  const { updateRevision, stableRevision, podRevision } = view;
  const unnamed = (d.progress.updateRevision ?? '') === '' ? { updateRevision } : {};
  d.set({ stableRevision, podRevision, ...unnamed });
}

/** Another revision is out than the one that was released last. */
const isOvertaken = (d: RolloutDraft, workload: ObservedWorkload): boolean =>
  workload.view.settled && workload.view.inProgress === undefined && isNewTemplate(d, workload);

export const beginsRelease = (d: RolloutDraft, workload: ObservedWorkload): boolean =>
  isHeldForUs(d, workload) && !workload.view.deleting && !isEscaped(workload.object);

export function begin(d: RolloutDraft, workload: ObservedWorkload): void {
  const { view } = workload;
  d.status.phase = PHASE.progressing;
  d.drop(CONDITION.succeeded);
  d.drop(CONDITION.bypassed);
  freshStatus(d, workload, servingRevision(view));
  d.condition(CONDITION.planOpen, 'True', PLAN_OPEN_REASON.held, TEXT.planOpen);
  d.progressing(PROGRESSING_REASON.initializing, 'Rollout is in initializing, and the update is held');
  d.note(`the update to revision ${view.updateRevision} is held; its release begins`);
}
