// Waiting for a condition of an external process, with a deadline: nothing here sleeps for a fixed time and hopes.
import { setTimeout as delay } from 'node:timers/promises';

/** Thrown by a check to say that waiting longer cannot help. */
export class Hopeless extends Error {}

const POLL_MS = 50;

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Polls `check` until it returns something; an error counts as "not yet", unless it is `Hopeless`. */
export async function waitFor<T>(
  what: string,
  deadlineMs: number,
  check: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  let last = '';
  for (;;) {
    try {
      const result = await check();
      if (result !== undefined) return result;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      last = `; last problem: ${message(error)}`;
    }
    if (Date.now() >= end) throw new Error(`${what}: not there after ${Math.round(deadlineMs / 1000)} s${last}`);
    await delay(POLL_MS);
  }
}
