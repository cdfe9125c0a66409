// Folds what tasks answer into a plan: writes in order, the text of the status, Events, the earliest deadline, the obstacle and
// the open questions. Each plan of ours (of a Rollout, a BatchRelease, a TrafficRouting) is such a fold with a status of its own.

import { EVENT_REASON, WAIT, type FinalisingStep } from '../../api/names.ts';
import type { KubeObject, Resource } from '../../api/kube.ts';
import type { Action, EventNote } from '../../objects/actions.ts';
import { remembered, type Memory } from '../../objects/write-times.ts';
import { type Acts, type Failed, type Outcome, type Waits } from './outcome.ts';
import { identityOf } from './event-deduplication.ts';
import { heldBackUntil } from './held-back.ts';
import { nothingToDo, type Announced, type Plan } from './plan.ts';
import type { Question } from './questions.ts';

/** What every fold reads of the value that its plan is made from. */
interface Folded {
  /** Epoch ms. */
  now: number;
  writtenAt: Memory['writtenAt'];
  /** Which wait the status tells of, as the process remembers it; undefined after a restart. */
  announced?: Announced | undefined;
  /** The last attempt with this key ended in an error: a write that it told of may not have happened. */
  hasFailed?: boolean;
}

export abstract class Folding {
  abstract readonly o: Folded;
  protected readonly actions: Action[] = [];
  protected readonly events: EventNote[] = [];
  private readonly questions: Question[] = [];
  private wakeAt: number | undefined;
  /** The wait or obstacle that the pass has come to, with the text that the status shows. */
  protected waiting: Waits | Failed | undefined;
  protected obstacle: Failed | undefined;
  /** The status tells of what has not happened. */
  protected takesBack = false;
  /** What goes on; leads every text of a task. */
  topic = '';

  /** Puts a text into the status. */
  abstract say(message: string): void;

  /** It is, or goes on by itself like, what the status tells of already. */
  protected get isSameWait(): boolean {
    return this.o.announced?.identity === this.announcing('').identity;
  }

  /** A status that differs in counts alone is not due yet; the plan comes again when it is. */
  protected isHeldBack(resource: Resource, { metadata: { namespace = '', name } }: KubeObject): boolean {
    const { now, writtenAt } = this.o;
    const until = heldBackUntil(now, remembered({ writtenAt, namespace }, { resource, name }));
    if (until !== undefined) this.wakeNotAfter(until);
    return until !== undefined;
  }

  /** The status remembers that something is taken away now. */
  protected abstract recordRemoval(by: FinalisingStep): void;

  /** True when done; all else is noted for the plan. */
  fold(outcome: Outcome): boolean {
    switch (outcome.is) {
      case 'done':
        return true;
      case 'acts':
        this.act(outcome);
        break;
      case 'waits':
        this.wait(outcome);
        break;
      case 'failed':
        this.fail(outcome);
        break;
      case 'asks':
        this.questions.push(...outcome.questions);
    }
    return false;
  }

  private act({ actions, why, removes, then }: Acts): void {
    this.do(actions);
    const { announced, hasFailed = false } = this.o;
    // After a write that failed nobody knows when what is told for afterwards begins.
    if (then !== undefined && !hasFailed) this.tell(then);
    else this.sayOnly(this.withTopic(why));
    this.takesBack = then !== undefined && hasFailed && announced?.identity === identityOf(then);
    if (removes !== undefined) this.recordRemoval(removes);
  }

  private sayOnly(text: string): void {
    this.say(text);
    this.waiting = undefined;
  }

  private wait(wait: Waits): void {
    this.tell(wait);
    if (wait.until !== undefined) this.wakeNotAfter(wait.until);
    if (wait.again !== undefined) this.wakeNotAfter(wait.again);
    if (this.waiting === undefined && wait.passesUntil !== undefined) this.wakeNotAfter(wait.passesUntil);
  }

  private tell(wait: Waits): void {
    const text = wait.standsAlone === true ? wait.text : this.withTopic(wait.text);
    if (wait.isPassing === true || this.o.now < (wait.passesUntil ?? -Infinity)) return this.sayOnly(text);
    const told = stillTold(wait, this.o.announced, this.withTopic(''));
    this.waiting = { ...wait, text, ...told };
    this.say(told?.text ?? text);
  }

  /** Looked at again at this time at the latest. */
  wakeNotAfter(time: number): void {
    this.wakeAt = Math.min(this.wakeAt ?? Infinity, time);
  }

  private fail(failure: Failed): void {
    const text = this.withTopic(failure.text);
    this.say(text);
    if (failure.again !== undefined) this.wakeNotAfter(failure.again);
    // The condition stands for itself; text and Event say where the release is.
    this.obstacle = failure;
    this.waiting = { ...failure, text };
  }

  private withTopic(text: string): string {
    return this.topic === '' ? text : `${this.topic}: ${text}`;
  }

  /** Writes that are safe beside whatever else the pass finds. */
  do(actions: readonly Action[]): void {
    this.actions.push(...actions);
  }

  /** Something that happened, told by an Event. */
  note(message: string, reason: string = EVENT_REASON.progressing): void {
    this.events.push({ type: 'Normal', reason, message });
  }

  /** Which wait this text of the status tells of once the plan is performed. */
  protected announcing(text: string): Announced {
    if (this.waiting === undefined) return { text, identity: '' };
    const until = this.waiting.is === 'waits' ? this.waiting.until : undefined;
    return { text, identity: identityOf(this.waiting), ...(until === undefined ? {} : { until }) };
  }

  /** The plan: the status goes first, because its precondition fences the writes that follow from it. */
  protected planWith(status: readonly Action[], why: string): Plan {
    if (this.questions.length > 0) return { ...nothingToDo(why), asks: this.questions };
    return {
      actions: [...status, ...this.actions],
      events: this.events,
      why,
      ...(this.wakeAt === undefined ? {} : { wakeAt: this.wakeAt }),
    };
  }
}

/** Told before the write that it counts from, a grace ends a moment later than was told: not worth another write. */
const MOMENT_MS = 1000;

/** What is told already, of the same grace and led by the same topic. */
function stillTold(
  wait: Waits,
  shown: Announced | undefined,
  topic: string,
): Pick<Announced, 'text' | 'until'> | undefined {
  if (wait.kind !== WAIT.grace || wait.until === undefined || shown?.until === undefined) return undefined;
  const isSame = shown.identity === identityOf(wait) && shown.text.startsWith(topic);
  return isSame && Math.abs(shown.until - wait.until) < MOMENT_MS
    ? { text: shown.text, until: shown.until }
    : undefined;
}
