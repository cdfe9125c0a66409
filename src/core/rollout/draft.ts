// A plan while it is being made: a copy of the status that phases and steps write on, the actions so far, and the earliest
// deadline. `finish` turns it into the plan: status becomes one merge patch of what changed.

import { CONDITION, PHASE, type ProgressingReason, type StepState } from '../../api/names.ts';
import type { JsonObject } from '../../api/kube.ts';
import { ROLLOUTS } from '../../api/resources.ts';
import type { CanaryStatus, RolloutStatus } from '../../api/rollout.ts';
import { patch, type Action, type EventNote, type Plan } from '../actions.ts';
import { conditionOf, mergePatch, timeText, withCondition, withoutCondition } from '../status.ts';
import type { RolloutObserved } from './observed.ts';

export class Draft {
  readonly o: RolloutObserved;
  readonly status: RolloutStatus;
  readonly actions: Action[] = [];
  readonly events: EventNote[] = [];
  private wakeAt: number | undefined;
  private why = '';
  /** The status must be stored before the actions run: it records when they were begun. */
  statusFirst = false;

  constructor(o: RolloutObserved) {
    this.o = o;
    this.status = structuredClone(o.rollout.status ?? {});
  }

  /** Sub-status of the canary and partition styles. */
  get sub(): CanaryStatus {
    this.status.canaryStatus ??= {};
    return this.status.canaryStatus;
  }

  get reason(): string {
    return conditionOf(this.status.conditions, CONDITION.progressing)?.reason ?? '';
  }

  do(actions: readonly Action[]): void {
    this.actions.push(...actions);
  }

  note(message: string): void {
    this.events.push({ type: 'Normal', reason: 'Progressing', message });
  }

  /** What is waited for; shown to users. `until` is the deadline in epoch ms when it is known. */
  wait(message: string, until?: number): void {
    this.why = message;
    this.say(message);
    if (until !== undefined) this.wakeAt = Math.min(this.wakeAt ?? Infinity, until);
  }

  say(message: string): void {
    this.status.message = message;
    if (this.status.phase === PHASE.progressing && this.status.canaryStatus !== undefined) this.sub.message = message;
  }

  progressing(reason: ProgressingReason, message: string, status: 'True' | 'False' = 'True'): void {
    const wanted = { type: CONDITION.progressing, status, reason, message };
    this.status.conditions = withCondition(this.status.conditions, wanted, this.o.now);
    this.say(message);
  }

  condition(type: string, status: 'True' | 'False', reason: string, message: string): void {
    this.status.conditions = withCondition(this.status.conditions, { type, status, reason, message }, this.o.now);
  }

  drop(type: string): void {
    this.status.conditions = withoutCondition(this.status.conditions, type);
  }

  enter(state: StepState): void {
    this.sub.currentStepState = state;
    this.touch();
  }

  /** Something changed now that later waits count from. */
  touch(): void {
    this.sub.lastUpdateTime = timeText(this.o.now);
  }

  finish(): Plan {
    const { rollout } = this.o;
    this.mirror();
    const body = mergePatch(rollout.status ?? {}, this.status);
    const write: Action[] =
      body === undefined
        ? []
        : [patch(ROLLOUTS, rollout, { status: body as JsonObject }, this.why || 'status', 'status')];
    return {
      actions: this.statusFirst ? [...write, ...this.actions] : [...this.actions, ...write],
      events: this.events,
      why: this.why,
      ...(this.wakeAt === undefined ? {} : { wakeAt: this.wakeAt }),
    };
  }

  private mirror(): void {
    const sub = this.status.canaryStatus;
    if (sub === undefined) {
      delete this.status.currentStepIndex;
      delete this.status.currentStepState;
      return;
    }
    if (sub.currentStepIndex !== undefined) this.status.currentStepIndex = sub.currentStepIndex;
    if (sub.currentStepState !== undefined) this.status.currentStepState = sub.currentStepState;
    this.status.observedGeneration = this.o.rollout.metadata.generation ?? 0;
  }
}
