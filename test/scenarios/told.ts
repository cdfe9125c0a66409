// What a client that watches the Rollout is told of a release: phase, step and state, each time that one of them changes, and how
// many pods run the update. Held against the states that it must be told, in order: none is missing, none comes beside them or
// again, and while a release goes forward no pod is taken back.

import type { RolloutStatus } from '../../src/api/rollout.ts';
import { CONDITION, PHASE, PROGRESSING_REASON } from '../../src/api/names.ts';
import { conditionOf } from '../../src/objects/status.ts';

/** A state that may pass within one pass of ours, so that a watch shows it or not. */
export interface Passing {
  passes: string;
}
export type Wanted = string | Passing;

export const passing = (state: string): Passing => ({ passes: state });

interface Counted {
  revision: string | undefined;
  updated: number;
}

export class Told {
  readonly #states: string[] = [];
  readonly #takenBack: string[] = [];
  #counted: Counted | undefined;

  look(status: RolloutStatus): void {
    const { phase, currentStepIndex, currentStepState } = status;
    const state = [phase, currentStepIndex, currentStepState].filter((part) => part !== undefined).join(' ');
    if (state !== this.#states.at(-1)) this.#states.push(state);
    this.#count(status, state);
  }

  /** What is wrong with what was told, held against this. */
  lacks(wanted: readonly Wanted[]): string[] {
    const wrong = firstWrong(this.#states, wanted);
    return wrong === undefined ? this.#takenBack : [`${wrong}: ${this.#states.join(', ')}`, ...this.#takenBack];
  }

  /** A rollback takes pods back, and the end forgets them; another revision begins with none. */
  #count({ phase, conditions, canaryStatus }: RolloutStatus, state: string): void {
    const { canaryRevision: revision, canaryReplicas: updated = 0 } = canaryStatus ?? {};
    const isGoingBack = conditionOf(conditions, CONDITION.progressing)?.reason === PROGRESSING_REASON.cancelling;
    if (phase !== PHASE.progressing || isGoingBack) return void (this.#counted = undefined);
    const before = this.#counted?.revision === revision ? (this.#counted?.updated ?? 0) : 0;
    if (updated < before) this.#takenBack.push(`in ${state} ${before} updated pods became ${updated}`);
    this.#counted = { revision, updated };
  }
}

/** Each state is the next one that is wanted, or one after those that may have passed. */
function firstWrong(states: readonly string[], wanted: readonly Wanted[]): string | undefined {
  let at = 0;
  for (const state of states) {
    const next = wanted.findIndex((one, index) => index >= at && (typeof one === 'string' || one.passes === state));
    const expected = next === -1 ? undefined : textOf(wanted[next]);
    if (expected !== state) return whyWrong(state, expected, wanted.slice(0, at));
    at = next + 1;
  }
  const missing = wanted.slice(at).find((one) => typeof one === 'string');
  return missing === undefined ? undefined : `a watch never showed ${missing}`;
}

const textOf = (wanted: Wanted | undefined): string | undefined =>
  typeof wanted === 'object' ? wanted.passes : wanted;

function whyWrong(state: string, expected: string | undefined, before: readonly Wanted[]): string {
  const wasThere = before.some((one) => textOf(one) === state);
  const what = `a watch showed ${state} ${wasThere ? 'again' : ''}`.trimEnd();
  return expected === undefined ? `${what} after the end` : `${what} where ${expected} was due`;
}
