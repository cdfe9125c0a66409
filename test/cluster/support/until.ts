// Waiting on conditions with a deadline; the last thing seen is in the error.

const PAUSE_MS = 20;

/** Calls `look` until it returns without throwing and not false or undefined. */
export async function until<T>(what: string, look: () => T | Promise<T>, timeoutMs = 30_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await look();
      if (value !== undefined && value !== null && value !== false) return value;
      last = value;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms; last seen: ${textOf(last)}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Fails when `look` stops being true within the time: for things that must not happen. */
export async function staysTrue(what: string, look: () => boolean | Promise<boolean>, forMs: number): Promise<void> {
  const end = Date.now() + forMs;
  while (Date.now() < end) {
    if (!(await look())) throw new Error(`${what}: did not stay true`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
