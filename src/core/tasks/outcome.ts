// What a task answers. A task of a release, a route or an end looks at what was observed and says how things stand; it writes
// nowhere. Tasks in order are an array; the fold of a plan (folding.ts) turns the first answer that is not `done` into writes,
// texts, Events and deadlines.

import type { FinalisingStep, WaitKind } from '../../api/names.ts';
import type { Action } from '../../objects/actions.ts';
import type { Question } from './questions.ts';

/** Nothing is left to do. */
export interface Done {
  is: 'done';
}

/** Writes are due; the objects are looked at again after them. */
export interface Acts {
  is: 'acts';
  actions: readonly Action[];
  /** Told in the status, and by no Event. */
  why: string;
  /** What the next look will wait for: told at once in place of `why`, so that it needs no write of its own. */
  then?: Waits;
  /** The writes take away what leaves no trace on any object: the status remembers who did it, and when. */
  removes?: FinalisingStep;
}

/** Somebody or something else moves next. */
export interface Waits {
  is: 'waits';
  kind: WaitKind;
  /** What, beside the kind, makes it another wait: names and reasons, never counts or times. */
  facts: readonly string[];
  text: string;
  /** Epoch ms of a known end; absent = an event ends it. */
  until?: number;
  /** The text stands for itself: where the release is does not lead it. */
  standsAlone?: true;
  /** It goes on by itself in a moment: told in the status, and by no Event. */
  isPassing?: true;
  /** The same until then, in epoch ms; what still lasts by then is a wait like any other, because somebody may have to look. */
  passesUntil?: number;
  /** Epoch ms of another look, where no event need tell of its end. */
  again?: number;
}

/** Only somebody else can mend it; told as an obstacle. */
export interface Failed {
  is: 'failed';
  /** One of OUR_REASON. */
  reason: string;
  /** What, beside the reason, makes it another obstacle. */
  facts: readonly string[];
  text: string;
  /** Epoch ms of another look, where nothing tells that it is mended. */
  again?: number;
}

/** It must see more before it can say. */
export interface Asks {
  is: 'asks';
  questions: readonly Question[];
}

export type Outcome = Done | Acts | Waits | Failed | Asks;

export const DONE: Done = { is: 'done' };

/** Writes are due; none means done. */
export const acts = (actions: readonly Action[], why = actions[0]?.why ?? ''): Done | Acts =>
  actions.length === 0 ? DONE : { is: 'acts', actions, why };

export const waits = (
  kind: WaitKind,
  text: string,
  more: Partial<Omit<Waits, 'is' | 'kind' | 'text'>> = {},
): Waits => ({
  is: 'waits',
  kind,
  facts: [],
  text,
  ...more,
});

export const failed = (reason: string, text: string, facts: readonly string[] = [text]): Failed => ({
  is: 'failed',
  reason,
  facts,
  text,
});
export const asks = (...questions: Question[]): Asks => ({ is: 'asks', questions });

export type Task<Context> = (context: Context) => Outcome;

/** The answer of the first task that is not done; the tasks behind it are not asked. */
export function inOrder<Context>(tasks: readonly Task<Context>[], context: Context): Outcome {
  for (const task of tasks) {
    const outcome = task(context);
    if (outcome.is !== 'done') return outcome;
  }
  return DONE;
}
