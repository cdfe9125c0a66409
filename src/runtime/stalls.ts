// Notices that this process was held up, by what it does itself or by the machine: a timer that comes late tells.

import type { Clock } from './clock.ts';

const EACH_MS = 1_000;
/** A timer that is later than this tells of a stall. */
const LATE_MS = 1_000;

export interface Stalls {
  /** Milliseconds since the last one ended; 0 while one is noticed only now, undefined = there was none. */
  sinceMs(): number | undefined;
  stop(): void;
}

export function watchStalls(clock: Clock): Stalls {
  let due = clock.monotonic() + EACH_MS;
  let stalledAt: number | undefined;
  let cancel = (): void => {};
  const look = (): void => {
    const now = clock.monotonic();
    if (now - due > LATE_MS) stalledAt = now;
  };
  const arm = (): void => {
    due = clock.monotonic() + EACH_MS;
    cancel = clock.after(EACH_MS, () => {
      look();
      arm();
    });
  };
  arm();
  return {
    sinceMs: () => {
      look();
      return stalledAt === undefined ? undefined : clock.monotonic() - stalledAt;
    },
    stop: () => cancel(),
  };
}
