// Rollouts that this process has let pass at admission moments ago. The cache does not have them yet, and when the API server
// cannot be asked in time they are the only witness that an update which follows at once is to be held. A Rollout that was let
// pass and then not stored costs a hold without a Rollout, which the controller gives back.

import type { Rollout } from '../api/rollout.ts';
import { workloadRefOf } from '../api/rollout-view.ts';
import { keyOfRef } from '../reconcile/tables.ts';

/** A watch that is further behind than this is told by readiness. */
const KEPT_MS = 30_000;
const MOST = 1_000;

interface Entry {
  at: number;
  workload: string;
  rollout: Rollout;
}

export class RecentRollouts {
  readonly #now: () => number;
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>();

  /** @param now milliseconds of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  note(rollout: Rollout): void {
    const { namespace = '', name } = rollout.metadata;
    const key = `${namespace}/${name}`;
    this.#entries.delete(key);
    this.#entries.set(key, { at: this.#now(), workload: keyOfRef(namespace, workloadRefOf(rollout)), rollout });
    this.#sweep();
  }

  /** Those that refer to this workload, by `workloadKey`. */
  of(workload: string): Rollout[] {
    this.#sweep();
    return [...this.#entries.values()].filter((entry) => entry.workload === workload).map(({ rollout }) => rollout);
  }

  #sweep(): void {
    const oldest = this.#now() - KEPT_MS;
    for (const [key, { at }] of this.#entries) {
      if (at >= oldest && this.#entries.size <= MOST) return;
      this.#entries.delete(key);
    }
  }
}
