// Rollouts that this process has let pass at admission moments ago. The cache may not have them yet, and when the API server
// cannot be asked in time they are the only witness that an update which follows at once is to be held. What the cache knows
// better wins. A Rollout that was let pass and then not stored costs a hold without a Rollout, which the controller gives back.

import { keyOf } from '../api/object-key.ts';
import type { Rollout } from '../api/rollout.ts';
import { SHOWN_MS } from '../core/admission/absence.ts';

const MOST = 1_000;

interface Entry {
  at: number;
  rollout: Rollout;
}

export class RecentRollouts {
  readonly #now: () => number;
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>();
  /** When one had to make room. */
  #lostAt: number | undefined;

  /** @param now milliseconds of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  note(rollout: Rollout): void {
    const key = keyOf(rollout);
    this.#entries.delete(key);
    this.#entries.set(key, { at: this.#now(), rollout });
    this.#sweep();
  }

  /** As it was let pass last under this name. */
  of(rollout: Rollout): Rollout | undefined {
    return this.#entries.get(keyOf(rollout))?.rollout;
  }

  /** One that should be here is not. */
  get isIncomplete(): boolean {
    return this.#lostAt !== undefined && this.#now() - this.#lostAt <= SHOWN_MS;
  }

  /** It is in the table, or was seen to be gone. One that was made anew under its name stays. */
  forget(rollout: Rollout): void {
    const key = keyOf(rollout);
    if (this.#entries.get(key)?.rollout.metadata.uid === rollout.metadata.uid) this.#entries.delete(key);
  }

  /** Those of one namespace. */
  in(namespace: string): Rollout[] {
    this.#sweep();
    return [...this.#entries.values()]
      .map(({ rollout }) => rollout)
      .filter(({ metadata }) => metadata.namespace === namespace);
  }

  #sweep(): void {
    const oldest = this.#now() - SHOWN_MS;
    for (const [key, { at }] of this.#entries) {
      if (at >= oldest && this.#entries.size <= MOST) return;
      if (at >= oldest) this.#lostAt = this.#now();
      this.#entries.delete(key);
    }
  }
}
