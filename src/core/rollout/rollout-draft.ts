// A Rollout's plan while it is being made: a copy of the status that phases write on, the progress of the release, and the fold
// of what tasks answer. Parts of the status are replaced, never changed in place. `finish` turns it into the plan. The status
// goes first: its precondition fences the writes that follow from it, and it tells what is attempted even when that is refused.

import { intentOf, type Intent } from '../../api/intent.ts';
import {
  CONDITION,
  EVENT_REASON,
  OUR_REASON,
  PHASE,
  STEP,
  WAIT,
  type FinalisingStep,
  type ProgressingReason,
  type StepState,
} from '../../api/names.ts';
import { isOwnFace, progressOf, withCopies, withProgress, type Progress } from '../../api/progress.ts';
import { ROLLOUTS } from '../../api/resources.ts';
import type { Rollout, RolloutStatus } from '../../api/rollout.ts';
import { isHoldAnswered } from '../../api/rollout-view.ts';
import { patch } from '../../objects/actions.ts';
import { conditionOf, mergePatch, timeText, withCondition, withoutCondition } from '../../objects/status.ts';
import { isAnnounced } from '../tasks/event-deduplication.ts';
import { Folding } from '../tasks/folding.ts';
import { failed, type Failed, type Waits } from '../tasks/outcome.ts';
import type { Plan } from '../tasks/plan.ts';
import { WRITING_MS } from '../traffic/traffic-removal.ts';
import type { RolloutObserved } from './rollout-observed.ts';
import type { Release } from './release.ts';
import { lastRemoval } from './last-removal.ts';
import { differInCountsAlone, differInTextsAlone } from './status-texts.ts';

const NOTHING: Readonly<Progress> = Object.freeze({});

export class RolloutDraft extends Folding implements Release {
  override readonly o: RolloutObserved;
  readonly intent: Intent;
  readonly status: RolloutStatus;
  readonly stored: Readonly<Progress>;
  readonly isReleasing: boolean;
  private current: Readonly<Progress> | undefined;

  constructor(o: RolloutObserved) {
    super();
    this.o = o;
    this.intent = intentOf(o.rollout);
    this.status = { ...o.rollout.status };
    this.current = isShownByUs(o) ? progressOf(o.rollout) : undefined;
    this.stored = this.current ?? NOTHING;
    const isProgressing = conditionOf(this.status.conditions, CONDITION.progressing)?.status === 'True';
    this.isReleasing = isProgressing || (this.status.phase === PHASE.progressing && !isHoldAnswered(o.rollout));
  }

  /** Empty when there is none. */
  get progress(): Readonly<Progress> {
    return this.current ?? NOTHING;
  }

  get hasProgress(): boolean {
    return this.current !== undefined;
  }

  set(change: Partial<Progress>): void {
    this.current = { ...this.current, ...change };
  }

  /** Whatever was known of an earlier release is forgotten. */
  replaceProgress(progress: Progress | undefined): void {
    this.current = progress;
  }

  get reason(): string {
    return conditionOf(this.status.conditions, CONDITION.progressing)?.reason ?? '';
  }

  override say(message: string): void {
    this.status.message = message;
    if (this.status.phase === PHASE.progressing && this.hasProgress) this.set({ message });
  }

  /** Condition Progressing, with the message that the status shows unless another is given. */
  progressing(reason: ProgressingReason, message?: string, status: 'True' | 'False' = 'True'): void {
    if (message !== undefined) this.say(message);
    this.condition(CONDITION.progressing, status, reason, this.status.message ?? '');
  }

  condition(type: string, status: 'True' | 'False', reason: string, message: string): void {
    this.status.conditions = withCondition(this.status.conditions, { type, status, reason, message }, this.o.now);
  }

  drop(type: string): void {
    if (conditionOf(this.status.conditions, type) === undefined) return;
    this.status.conditions = withoutCondition(this.status.conditions, type);
  }

  enter(state: StepState): void {
    const removal = this.unnoticed;
    const { ending: _by, changedAt: _time, ...progress } = this.progress;
    this.current = { ...progress, ...removal, state };
    // A pause counts from here.
    if (removal === undefined || state === STEP.stepPaused) this.touch();
  }

  protected override recordRemoval(by: FinalisingStep): void {
    if (!this.hasProgress) return;
    this.set({ ending: by });
    this.touch();
  }

  /** What the status tells of the last removal, while not everybody has had the time to notice it: it must be kept. */
  get unnoticed(): Pick<Progress, 'ending' | 'changedAt'> | undefined {
    const removal = lastRemoval(this.progress);
    if (removal === undefined || this.progress.changedAt === undefined) return undefined;
    if (removal.at + WRITING_MS + this.intent.graceMs <= this.o.now) return undefined;
    return { ending: removal.by, changedAt: this.progress.changedAt };
  }

  /** Something changed now that later waits count from. */
  touch(): void {
    this.set({ changedAt: timeText(this.o.now) });
  }

  finish(): Plan {
    const { rollout, refused = '' } = this.o;
    if (refused !== '' && this.actions.length > 0) this.fold(refusal(this.actions[0]?.why ?? '', refused));
    this.blocked();
    if (this.status.phase !== PHASE.progressing) this.drop(CONDITION.planOpen);
    this.announceWait();
    const after = this.rendered();
    const why = after.message ?? '';
    const body = mergePatch(rollout.status, after);
    const isSilent = this.isSilent(after, body !== undefined);
    const write = body === undefined || isSilent ? [] : [patch(ROLLOUTS, rollout, { status: body }, why, 'status')];
    return {
      ...this.planWith(write, why),
      ...(isSilent ? {} : { announces: this.announcing(toldIn(rollout, after)) }),
    };
  }

  /** Nothing that must be told before the writes of this plan, or now. */
  private isSilent(after: RolloutStatus, isNews: boolean): boolean {
    const { rollout } = this.o;
    const isPassing = this.waiting === undefined && !this.takesBack;
    if (this.actions.length > 0) return isPassing && differInTextsAlone(rollout, after);
    if (!isNews || this.events.length > 0 || !this.isSameWait || !differInCountsAlone(rollout, after)) return false;
    return this.isHeldBack(ROLLOUTS, rollout);
  }

  private announceWait(): void {
    const { waiting, obstacle, o } = this;
    if (waiting === undefined || !isWorthAnEvent(waiting)) return;
    const shown = [o.rollout.status?.message, this.stored.message];
    if (isAnnounced(waiting, o.announced, shown)) return;
    const message = waiting.text;
    if (obstacle === undefined) this.events.push({ type: 'Normal', reason: EVENT_REASON.waiting, message });
    else this.events.push({ type: 'Warning', reason: obstacle.reason, message });
  }

  private blocked(): void {
    if (this.obstacle === undefined) this.drop(CONDITION.blocked);
    else this.condition(CONDITION.blocked, 'True', this.obstacle.reason, this.obstacle.text);
  }

  /** The status as it shall be stored, with the top-level copies that clients and columns read. */
  private rendered(): RolloutStatus {
    const { generation: observedGeneration = 0 } = this.o.rollout.metadata;
    const after = withCopies({ ...this.status, observedGeneration }, this.progress);
    return isShownByUs(this.o) ? withProgress(this.o.rollout, after, this.current) : after;
  }
}

/** A grace is part of each change, goes by in seconds, and nobody has anything to do. */
const isWorthAnEvent = (waiting: Waits | Failed): boolean => waiting.is !== 'waits' || waiting.kind !== WAIT.grace;

/** The text that tells what is waited for; clients compare the one above it during a rollback. */
export function toldIn(rollout: Rollout, status: RolloutStatus | undefined): string {
  const detail = status?.phase === PHASE.progressing ? progressOf({ ...rollout, status })?.message : undefined;
  return detail ?? status?.message ?? '';
}

/** What another controller has written of a style that nobody here serves stays as it is. */
const isShownByUs = ({ kind, rollout }: RolloutObserved): boolean => kind !== undefined || isOwnFace(rollout);

/** The API server refused the last attempt; the numbers in what it says make no other obstacle. */
const refusal = (attempted: string, refused: string): Failed =>
  failed(OUR_REASON.writeRefused, `${attempted}; the API server refused it: ${refused}`, [attempted]);
