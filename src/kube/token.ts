// Short-lived tokens: one is in use, the next is fetched when four fifths of its life are over, and nobody waits for that
// while the old one is good.

import type { Clock } from '../runtime/clock.ts';

export interface IssuedToken {
  token: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

interface Held extends IssuedToken {
  renewAt: number;
}

/** A failed renewal is not tried again sooner. */
const RETRY_MS = 5_000;

export class TokenSource {
  readonly #request: () => Promise<IssuedToken>;
  readonly #clock: Clock;
  #held: Held | undefined;
  #pending: Promise<Held> | undefined;

  constructor(request: () => Promise<IssuedToken>, clock: Clock) {
    this.#request = request;
    this.#clock = clock;
  }

  async get(): Promise<string> {
    const held = this.#held;
    const now = this.#clock.now();
    if (held === undefined || held.expiresAt <= now) return (await this.#renew()).token;
    if (held.renewAt <= now) {
      held.renewAt = now + RETRY_MS;
      // The old token is still good: whoever comes after it has expired gets the failure, if there still is one.
      this.#renew().catch(() => {});
    }
    return held.token;
  }

  /** The server refused it. */
  drop(): void {
    this.#held = undefined;
  }

  #renew(): Promise<Held> {
    this.#pending ??= this.#fetch().finally(() => (this.#pending = undefined));
    return this.#pending;
  }

  async #fetch(): Promise<Held> {
    const asked = this.#clock.now();
    const issued = await this.#request();
    this.#held = { ...issued, renewAt: asked + (issued.expiresAt - asked) * 0.8 };
    return this.#held;
  }
}
