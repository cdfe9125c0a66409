// Time as a parameter. Whoever waits takes a Clock, so tests move time instead of sleeping.

export interface Clock {
  /** Wall clock, epoch milliseconds: for deadlines that are written into objects. */
  now(): number;
  /** Milliseconds that never run backwards: for measuring how long something takes. */
  monotonic(): number;
  /** Calls `run` once after `ms`; the returned function cancels. Longer waits than a timer can hold are cut short. */
  after(ms: number, run: () => void): () => void;
}

/** setTimeout turns anything longer into 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = (): void => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(ms, finish);
    signal?.addEventListener('abort', finish);
  });
}
