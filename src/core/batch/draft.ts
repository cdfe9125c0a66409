// A BatchRelease's plan while it is being made; `finish` turns the changed status into one merge patch. The status goes first:
// it fences the writes that follow, and remembers the revision before the first pod of it is made.

import type { BatchReleaseStatus, BatchStatus } from '../../api/batch-release.ts';
import { CONDITION, EVENT_REASON, PROGRESSING_REASON } from '../../api/names.ts';
import { BATCH_RELEASES } from '../../api/resources.ts';
import { patch, type Action, type EventNote, type Plan } from '../../objects/actions.ts';
import { conditionOf, mergePatch, withCondition, withoutCondition } from '../../objects/status.ts';
import { isSameWait } from '../waits.ts';
import type { BatchObserved } from './observed.ts';
import { isOwned } from './release-context.ts';

const NOTHING: Readonly<BatchStatus> = Object.freeze({});

export class BatchDraft {
  readonly o: BatchObserved;
  readonly status: BatchReleaseStatus;
  private readonly actions: Action[] = [];
  private readonly events: EventNote[] = [];
  private obstacle: string | undefined;
  private waitsFor: string | undefined;

  constructor(o: BatchObserved) {
    this.o = o;
    this.status = { ...o.batchRelease.status };
  }

  get batch(): Readonly<BatchStatus> {
    return this.status.canaryStatus ?? NOTHING;
  }

  set(change: Partial<BatchStatus>): void {
    this.status.canaryStatus = { ...this.status.canaryStatus, ...change };
  }

  do(actions: readonly Action[]): void {
    this.actions.push(...actions);
  }

  say(message: string): void {
    this.status.message = message;
  }

  /** A wait, which an Event tells when another one begins. */
  wait(message: string): void {
    this.say(message);
    this.waitsFor = message;
  }

  /** A wait that only a person can end. */
  block(message: string): void {
    this.say(message);
    this.obstacle = message;
  }

  finish(): Plan {
    const { batchRelease, refused = '' } = this.o;
    if (refused !== '' && this.actions.length > 0)
      this.say(`${this.status.message ?? ''}; the API server refused it: ${refused}`);
    this.blocked();
    this.tellWait();
    const why = this.status.message ?? '';
    const body = mergePatch(batchRelease.status, this.status);
    // Its finalizer comes and goes in a write of its own: two from one version would conflict.
    const isMarked = this.actions.some(({ target }) => target.resource === BATCH_RELEASES);
    const write =
      body === undefined || isMarked ? [] : [patch(BATCH_RELEASES, batchRelease, { status: body }, why, 'status')];
    return { actions: [...write, ...this.actions], events: this.events, why };
  }

  /** A Rollout tells of its own BatchRelease; one that was made by hand tells by itself. */
  private tellWait(): void {
    const { batchRelease } = this.o;
    const message = this.waitsFor;
    if (isOwned(batchRelease) || message === undefined || isSameWait(batchRelease.status?.message, message)) return;
    this.events.push({ type: 'Normal', reason: EVENT_REASON.waiting, message });
  }

  /** Told by an Event when it begins. */
  private blocked(): void {
    const { conditions = [] } = this.status;
    const before = conditionOf(conditions, CONDITION.progressing);
    const message = this.obstacle;
    if (message === undefined) {
      if (before !== undefined) this.status.conditions = withoutCondition(conditions, CONDITION.progressing);
      return;
    }
    const wanted = {
      type: CONDITION.progressing,
      status: 'False',
      reason: PROGRESSING_REASON.paused,
      message,
    } as const;
    this.status.conditions = withCondition(conditions, wanted, this.o.now);
    if (before?.message !== message) {
      this.events.push({ type: 'Warning', reason: EVENT_REASON.unsupportedWorkload, message });
    }
  }
}
