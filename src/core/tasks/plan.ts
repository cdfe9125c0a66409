// What every plan returns: what to do, what to tell, when to look again, and what it must see before it can say.

import type { Action, EventNote } from '../../objects/actions.ts';
import type { Question } from './questions.ts';

export interface Plan {
  /** Performed in order; all of them are safe to perform without looking in between. */
  actions: Action[];
  events: EventNote[];
  /** Epoch milliseconds of the next known deadline; absent = only an event wakes this key. */
  wakeAt?: number;
  /** What is waited for or was decided, for logs and traces. */
  why: string;
  /** Not empty: nothing is decided yet; answer these and plan again. Nothing else of the plan counts then. */
  asks?: readonly Question[];
  /** Absent = as before. The process keeps it for the next plan, so that each wait is announced and written once. */
  announces?: Announced;
}

/** Which wait a text of a status tells of. */
export interface Announced {
  text: string;
  /** A code and facts; '' = none, or one that goes on by itself. */
  identity: string;
  /** Epoch ms of its end, where that is known. */
  until?: number;
}

export const nothingToDo = (why: string): Plan => ({ actions: [], events: [], why });
