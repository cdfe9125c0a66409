// A BatchRelease's plan while it is being made; `finish` turns the changed status into one merge patch. The status goes first: it
// fences the writes that follow, and remembers the revision before the first pod of it is made.

import type { BatchReleaseStatus, BatchStatus } from '../../api/batch-release.ts';
import { CONDITION, EVENT_REASON, OUR_REASON, PROGRESSING_REASON } from '../../api/names.ts';
import { BATCH_RELEASES } from '../../api/resources.ts';
import { patch } from '../../objects/actions.ts';
import { conditionOf, mergePatch, withCondition, withoutCondition } from '../../objects/status.ts';
import { Folding } from '../tasks/folding.ts';
import { isAnnounced } from '../tasks/event-deduplication.ts';
import type { Failed } from '../tasks/outcome.ts';
import type { Plan } from '../tasks/plan.ts';
import { differInBatchCountsAlone, isFoundAgain, isOnTheWay } from './batch-differences.ts';
import type { BatchObserved } from './batch-observed.ts';
import { isOwned } from './release-context.ts';

const NOTHING: Readonly<BatchStatus> = Object.freeze({});

/** A batch as its tasks see it; they write nowhere. */
export interface Batch {
  readonly o: BatchObserved;
  readonly status: Readonly<BatchReleaseStatus>;
  readonly batch: Readonly<BatchStatus>;
}

export class BatchDraft extends Folding implements Batch {
  override readonly o: BatchObserved;
  readonly status: BatchReleaseStatus;

  constructor(o: BatchObserved) {
    super();
    this.o = o;
    this.status = { ...o.batchRelease.status };
  }

  get batch(): Readonly<BatchStatus> {
    return this.status.canaryStatus ?? NOTHING;
  }

  set(change: Partial<BatchStatus>): void {
    this.status.canaryStatus = { ...this.status.canaryStatus, ...change };
  }

  override say(message: string): void {
    this.status.message = message;
  }

  protected override recordRemoval(): void {
    throw new TypeError('a BatchRelease takes no traffic away');
  }

  finish(): Plan {
    const { batchRelease, refused = '' } = this.o;
    if (refused !== '' && this.actions.length > 0) this.say(this.refusalText(refused));
    this.blocked();
    this.announceWait();
    const why = this.status.message ?? '';
    const body = mergePatch(batchRelease.status, this.status);
    // Its finalizer comes and goes in a write of its own: two from one version would conflict.
    const isMarked = this.actions.some(({ target }) => target.resource === BATCH_RELEASES);
    const isSilent = isMarked || (body !== undefined && this.isSilent());
    const write =
      body === undefined || isSilent ? [] : [patch(BATCH_RELEASES, batchRelease, { status: body }, why, 'status')];
    return { ...this.planWith(write, why), ...(isSilent ? {} : { announces: this.announcing(why) }) };
  }

  /** What was attempted, where the plan says no more of it than what is stored. */
  private refusalText(refused: string): string {
    const { message } = this.status;
    const isNews = message !== this.o.batchRelease.status?.message;
    const attempted = isNews ? message : this.actions[0]?.why;
    return `${attempted ?? ''}; the API server refused it: ${refused}`;
  }

  /** Nothing that must be told before the writes of this plan, or now. */
  private isSilent(): boolean {
    const { batchRelease, refused = '' } = this.o;
    const before = batchRelease.status ?? {};
    if (this.events.length > 0 || this.obstacle !== undefined || refused !== '') return false;
    if (this.actions.length > 0) return this.waiting === undefined && isFoundAgain(before, this.status);
    return this.mayWait(before) && this.isHeldBack(BATCH_RELEASES, batchRelease);
  }

  /** What has changed is told by its Rollout; of one that was made by hand somebody may look at the state. */
  private mayWait(before: BatchReleaseStatus): boolean {
    if (isOwned(this.o.batchRelease)) return this.waiting === undefined && isOnTheWay(before, this.status);
    return this.isSameWait && differInBatchCountsAlone(before, this.status);
  }

  /** A Rollout announces the waits of its own BatchRelease; one that was made by hand does so by itself. */
  private announceWait(): void {
    const { batchRelease, announced } = this.o;
    const { waiting } = this;
    if (waiting?.is !== 'waits' || isOwned(batchRelease)) return;
    if (!isAnnounced(waiting, announced, [batchRelease.status?.message]))
      this.events.push({ type: 'Normal', reason: EVENT_REASON.waiting, message: waiting.text });
  }

  /** Told by an Event when it begins. */
  private blocked(): void {
    const { obstacle, status } = this;
    const { conditions = [] } = status;
    const before = conditionOf(conditions, CONDITION.progressing);
    if (obstacle === undefined) {
      if (before !== undefined) this.status.conditions = withoutCondition(conditions, CONDITION.progressing);
      return;
    }
    const wanted = {
      type: CONDITION.progressing,
      status: 'False',
      reason: PROGRESSING_REASON.paused,
      message: obstacle.text,
    } as const;
    this.status.conditions = withCondition(conditions, wanted, this.o.now);
    if (!isAnnounced(obstacle, this.o.announced, [before?.message]))
      this.events.push({ type: 'Warning', reason: eventReason(obstacle), message: obstacle.text });
  }
}

/** For a kind that nobody serves, the one that people know from upstream. */
const eventReason = ({ reason }: Failed): string =>
  reason === OUR_REASON.unsupported ? EVENT_REASON.unsupportedWorkload : reason;
