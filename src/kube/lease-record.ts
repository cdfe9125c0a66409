// What a process knows of a Lease and since when: not the clocks of others decide when it runs out, but how long this
// process has seen it unchanged.

import type { KubeObject } from '../api/kube.ts';
import type { Clock } from '../runtime/clock.ts';
import { compareVersions } from './versions.ts';

interface LeaseSpec {
  holderIdentity?: string | null;
  leaseDurationSeconds?: number | null;
  leaseTransitions?: number | null;
}

export class LeaseRecord {
  readonly #clock: Clock;
  #lease: KubeObject | undefined;
  #changedAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get current(): KubeObject | undefined {
    return this.#lease;
  }

  get holder(): string {
    return this.#spec.holderIdentity ?? '';
  }

  get transitions(): number {
    return this.#spec.leaseTransitions ?? 0;
  }

  /** After a change of hands from what is known now; the first holder makes none. */
  get nextTransitions(): number {
    return this.#lease === undefined ? 0 : this.transitions + 1;
  }

  /** Known to be missing or released. */
  get isFree(): boolean {
    return this.holder === '';
  }

  /** Milliseconds until it has been unchanged for its duration; 0 = it may be taken. */
  freeInMs(): number {
    if (this.isFree) return 0;
    const durationMs = (this.#spec.leaseDurationSeconds ?? 0) * 1000;
    return Math.max(0, this.#changedAt + durationMs - this.#clock.monotonic());
  }

  /** `undefined`: it does not exist. Older news than known is ignored. */
  observe(lease: KubeObject | undefined): void {
    const known = this.#lease?.metadata.resourceVersion ?? '';
    const news = lease?.metadata.resourceVersion ?? '';
    if (lease !== undefined && compareVersions(news, known) <= 0) return;
    this.#lease = lease;
    this.#changedAt = this.#clock.monotonic();
  }

  get #spec(): LeaseSpec {
    return (this.#lease?.['spec'] ?? {}) as LeaseSpec;
  }
}
