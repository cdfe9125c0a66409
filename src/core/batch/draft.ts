// A BatchRelease's plan while it is being made; `finish` turns the changed status into one merge patch.

import type { BatchReleaseStatus, BatchStatus } from '../../api/batch-release.ts';
import { CONDITION, PROGRESSING_REASON } from '../../api/names.ts';
import { BATCH_RELEASES } from '../../api/resources.ts';
import { patch, type Action, type EventNote, type Plan } from '../actions.ts';
import { mergePatch, withCondition } from '../status.ts';
import type { BatchObserved } from './observed.ts';

export class BatchDraft {
  readonly o: BatchObserved;
  readonly status: BatchReleaseStatus;
  readonly actions: Action[] = [];
  readonly events: EventNote[] = [];

  constructor(o: BatchObserved) {
    this.o = o;
    this.status = structuredClone(o.batchRelease.status ?? {});
  }

  get batch(): BatchStatus {
    this.status.canaryStatus ??= {};
    return this.status.canaryStatus;
  }

  do(actions: readonly Action[]): void {
    this.actions.push(...actions);
  }

  say(message: string): void {
    this.status.message = message;
  }

  /** A wait that only a person can end; shown on the Rollout too. */
  blocked(message: string): void {
    const wanted = {
      type: CONDITION.progressing,
      status: 'False' as const,
      reason: PROGRESSING_REASON.paused,
      message,
    };
    this.status.conditions = withCondition(this.status.conditions, wanted, this.o.now);
    this.say(message);
  }

  finish(): Plan {
    const { batchRelease } = this.o;
    const body = mergePatch(batchRelease.status ?? {}, this.status);
    const why = this.status.message ?? '';
    const write = body === undefined ? [] : [patch(BATCH_RELEASES, batchRelease, { status: body }, why, 'status')];
    return { actions: [...this.actions, ...write], events: this.events, why };
  }
}
