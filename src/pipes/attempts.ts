// What is remembered of the attempts of one pipe, by key, so that the next plan can tell of it or take another way.

import { Refusals, type Performed } from './perform.ts';
import type { LastAttempt } from './pipe.ts';

interface Names {
  inARow: number;
  /** No plan was told yet. */
  isNews: boolean;
}

export class Attempts {
  readonly #refusals = new Refusals();
  readonly #names = new Map<string, Names>();
  /** Whose last attempt ended in an error. */
  readonly #failed = new Set<string>();

  /** What the plan of the next attempt is told; that a name was taken, once. */
  last(key: string): Omit<LastAttempt, 'announced'> {
    const names = this.#names.get(key);
    if (names !== undefined) this.#names.set(key, { ...names, isNews: false });
    return {
      refused: this.#refusals.of(key),
      hasFailed: this.#failed.has(key),
      nameTaken: names?.isNews === true,
      namesTaken: names?.inARow ?? 0,
    };
  }

  /** Its object is gone, or is nothing to do for now. */
  forget(key: string): void {
    this.#refusals.forget(key);
    this.#failed.delete(key);
    this.#names.delete(key);
  }

  /** Runs one attempt and remembers how the API server took it. One that fails leaves the count of names as it was. */
  async note(key: string, attempt: () => Promise<Performed>): Promise<Performed> {
    this.#failed.add(key);
    const performed = await this.#refusals.watch(key, attempt);
    this.#failed.delete(key);
    const inARow = this.#names.get(key)?.inARow ?? 0;
    if (performed.nameTaken) this.#names.set(key, { inARow: inARow + 1, isNews: true });
    else this.#names.delete(key);
    return performed;
  }
}
