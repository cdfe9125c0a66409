// Notices that a stream has gone quiet, with one timer however often something is heard.

import type { Clock } from '../runtime/clock.ts';

/** Calls `alarm` once when `reset` was not called for `limitMs`; one timer, however often it is reset. */
export class SilenceAlarm {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #alarm: () => void;
  #cancel: () => void = () => {};
  #last: number;
  rang = false;

  constructor(clock: Clock, limitMs: number, alarm: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#alarm = alarm;
    this.#last = clock.monotonic();
    this.#arm(limitMs);
  }

  reset(): void {
    this.#last = this.#clock.monotonic();
  }

  stop(): void {
    this.#cancel();
  }

  #arm(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      const left = this.#last + this.#limitMs - this.#clock.monotonic();
      if (left > 0) return this.#arm(left);
      this.rang = true;
      this.#alarm();
    });
  }
}
