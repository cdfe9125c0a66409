// A plan while it is being made: a copy of the status that phases and steps write on, the actions so far, and the earliest
// deadline. Parts of the status are replaced, never changed in place, so a copy of its top is enough. `finish` turns it into
// the plan. The status goes first: its precondition fences the writes that follow from it, and it tells what is attempted
// even when the attempt is refused.

import {
  CONDITION,
  EVENT_REASON,
  OUR_REASON,
  PHASE,
  STEP,
  type ProgressingReason,
  type StepState,
} from '../../api/names.ts';
import { ROLLOUTS } from '../../api/resources.ts';
import type { CanaryStatus, RolloutStatus } from '../../api/rollout.ts';
import { gracePeriodSeconds, strategyHash } from '../../api/rollout-view.ts';
import { patch, type Action, type EventNote, type Plan } from '../../objects/actions.ts';
import { conditionOf, mergePatch, timeText, withCondition, withoutCondition } from '../../objects/status.ts';
import type { RolloutObserved } from './observed.ts';
import { takenAway, WRITING_MS } from './taken-away.ts';
import { differInTextsAlone, isTold } from './told.ts';

const NOTHING: Readonly<CanaryStatus> = Object.freeze({});

export class Draft {
  readonly o: RolloutObserved;
  readonly status: RolloutStatus;
  /** A release is under way, or was when its end began. */
  readonly releasing: boolean;
  private readonly actions: Action[] = [];
  private readonly events: EventNote[] = [];
  private hash: string | undefined;
  private wakeAt: number | undefined;
  private obstacle: { reason: string; message: string } | undefined;
  /** The wait that the pass has come to. */
  private waitsFor: string | undefined;
  /** Where the release is; leads every message of a wait. */
  topic = '';

  constructor(o: RolloutObserved) {
    this.o = o;
    this.status = { ...o.rollout.status };
    const isProgressing = conditionOf(this.status.conditions, CONDITION.progressing)?.status === 'True';
    this.releasing = isProgressing || this.status.phase === PHASE.progressing;
  }

  /** Sub-status of the canary and partition styles; empty when there is none. */
  get sub(): Readonly<CanaryStatus> {
    return this.status.canaryStatus ?? NOTHING;
  }

  set(change: Partial<CanaryStatus>): void {
    this.status.canaryStatus = { ...this.status.canaryStatus, ...change };
  }

  /** Hash of the plan of the release, computed once. */
  get strategyHash(): string {
    this.hash ??= strategyHash(this.o.rollout);
    return this.hash;
  }

  get reason(): string {
    return conditionOf(this.status.conditions, CONDITION.progressing)?.reason ?? '';
  }

  do(actions: readonly Action[]): void {
    this.actions.push(...actions);
  }

  note(message: string): void {
    this.events.push({ type: 'Normal', reason: EVENT_REASON.progressing, message });
  }

  /** What is waited for; `until` is the deadline in epoch ms when it is known, else an event ends the wait. */
  wait(message: string, until?: number): void {
    this.stay(this.withTopic(message));
    if (until !== undefined) this.wakeAt = Math.min(this.wakeAt ?? Infinity, until);
  }

  /** What goes on by itself: told in the status, and by no Event. */
  pass(message: string): void {
    this.say(this.withTopic(message));
    this.waitsFor = undefined;
  }

  private withTopic(message: string): string {
    return this.topic === '' ? message : `${this.topic}: ${message}`;
  }

  /** A wait whose text stands for itself. */
  stay(message: string): void {
    this.say(message);
    this.waitsFor = message;
  }

  say(message: string): void {
    this.status.message = message;
    if (this.status.phase === PHASE.progressing && this.status.canaryStatus !== undefined) this.set({ message });
  }

  /** A wait that only somebody else can end. */
  block(reason: string, message: string): void {
    this.wait(message);
    this.obstacle = { reason, message };
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
    const taken = this.unnoticed;
    const { finalisingStep: _taken, lastUpdateTime: _time, ...sub } = this.sub;
    this.status.canaryStatus = { ...sub, ...taken, currentStepState: state };
    // A pause counts from here.
    if (taken === undefined || state === STEP.stepPaused) this.touch();
  }

  /** What the status tells of the last taking away, while not everybody has had the time to notice it: it must be kept. */
  get unnoticed(): Pick<CanaryStatus, 'finalisingStep' | 'lastUpdateTime'> | undefined {
    const taken = takenAway(this.sub);
    if (taken === undefined || this.sub.lastUpdateTime === undefined) return undefined;
    const noticedAt = taken.at + WRITING_MS + gracePeriodSeconds(this.o.rollout) * 1000;
    if (noticedAt <= this.o.now) return undefined;
    return { finalisingStep: taken.by, lastUpdateTime: this.sub.lastUpdateTime };
  }

  /** Something changed now that later waits count from. */
  touch(): void {
    this.set({ lastUpdateTime: timeText(this.o.now) });
  }

  finish(): Plan {
    const { rollout, refused = '' } = this.o;
    if (refused !== '' && this.actions.length > 0) {
      this.block(OUR_REASON.writeRefused, `${this.actions[0]?.why ?? ''}; the API server refused it: ${refused}`);
    }
    this.blocked();
    this.mirror();
    this.tellWait();
    const why = this.status.message ?? '';
    const isPassing = this.actions.length > 0 && this.waitsFor === undefined;
    const body =
      isPassing && differInTextsAlone(rollout.status ?? {}, this.status)
        ? undefined
        : mergePatch(rollout.status, this.status);
    const write = body === undefined ? [] : [patch(ROLLOUTS, rollout, { status: body }, why, 'status')];
    return {
      actions: [...write, ...this.actions],
      events: this.events,
      why,
      ...(this.wakeAt === undefined ? {} : { wakeAt: this.wakeAt }),
    };
  }

  private tellWait(): void {
    const message = this.waitsFor;
    if (message === undefined || isTold(message, this.o.rollout.status ?? {})) return;
    if (this.obstacle === undefined) this.events.push({ type: 'Normal', reason: EVENT_REASON.waiting, message });
    else this.events.push({ type: 'Warning', reason: this.obstacle.reason, message });
  }

  private blocked(): void {
    if (this.obstacle === undefined) this.drop(CONDITION.blocked);
    else this.condition(CONDITION.blocked, 'True', this.obstacle.reason, this.obstacle.message);
  }

  /** Top-level copies, which clients and columns read. */
  private mirror(): void {
    const { currentStepIndex, currentStepState } = this.sub;
    delete this.status.currentStepIndex;
    delete this.status.currentStepState;
    if (currentStepIndex !== undefined) this.status.currentStepIndex = currentStepIndex;
    if (currentStepState !== undefined) this.status.currentStepState = currentStepState;
    this.status.observedGeneration = this.o.rollout.metadata.generation ?? 0;
  }
}
