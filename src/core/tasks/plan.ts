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
  /**
   * Which wait the text of the status tells of once this is performed: a code and facts, '' = none. Absent = as before. The
   * process keeps it for the next plan, so that each wait is announced once.
   */
  announces?: { text: string; identity: string };
}

export const nothingToDo = (why: string): Plan => ({ actions: [], events: [], why });
