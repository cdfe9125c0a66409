// A hold that was answered by the webhook, which told of it before its update was stored (core/admission/announcement.ts). Decides
// whether a release begins, or nothing came of it: another webhook or the quota may have refused the update, or its client sent it as
// it found it.

import { CONDITION, NO_NEXT_STEP, PHASE, STEP, TEXT } from '../../../api/names.ts';
import { isHoldAnswered } from '../../../api/rollout-view.ts';
import { conditionOf, notBefore } from '../../../objects/status.ts';
import type { RolloutDraft } from '../rollout-draft.ts';
import type { ObservedWorkload } from '../rollout-observed.ts';
import { begin, beginsRelease, idle, whyNotAccepted } from './idle.ts';

/** An update is stored within milliseconds of its last answer, or never; a busy API server gets so long. */
const STORED_MS = 5_000;

/** Told of, and not seen yet. */
export const isAnswered = ({ status, o }: RolloutDraft): boolean =>
  status.phase === PHASE.progressing && isHoldAnswered(o.rollout);

export function awaitStored(d: RolloutDraft): void {
  const { workload } = d.o;
  // Whether it can be held is read from what may be stored next.
  const isRefused = whyNotAccepted(d) !== undefined && (workload?.view.cannotHold ?? '') === '';
  if (workload !== undefined && !isRefused && beginsRelease(d, workload)) return beginAnswered(d, workload);
  const until = storedUntil(d);
  if (workload !== undefined && !isRefused && d.o.now < until) return d.wakeNotAfter(until);
  takeBack(d);
  idle(d);
}

/** An approval of step 1 that came meanwhile stays one. */
function beginAnswered(d: RolloutDraft, workload: ObservedWorkload): void {
  const isApproved = d.progress.step === 1 && d.progress.state === STEP.stepReady;
  begin(d, workload);
  if (isApproved) d.set({ state: STEP.stepReady });
}

/** As after the last release: Completed is claimed for one that succeeded. */
function takeBack(d: RolloutDraft): void {
  d.status.phase = PHASE.healthy;
  d.say(TEXT.idle);
  if (!d.hasProgress) return;
  const succeeded = conditionOf(d.status.conditions, CONDITION.succeeded)?.status !== 'False';
  const state = succeeded ? STEP.completed : STEP.stepPaused;
  d.set({ step: d.intent.steps.length, nextStep: NO_NEXT_STEP, state });
}

/** Clocks of two processes differ: what is answered in the future has waited long enough. */
function storedUntil({ status, o }: RolloutDraft): number {
  const at = notBefore(conditionOf(status.conditions, CONDITION.planOpen)?.lastTransitionTime) ?? 0;
  return at > o.now + STORED_MS ? o.now : at + STORED_MS;
}
