// How long to wait before trying again: doubles with each failure, capped, with jitter so that many waiters do not return
// at the same moment.

export interface BackoffOptions {
  baseMs: number;
  capMs: number;
  /** Uniform in [0, 1). */
  random: () => number;
}

/** Delay before attempt `failures + 1`, between half of the full delay and all of it. */
export function backoffMs(failures: number, options: BackoffOptions): number {
  if (failures <= 0) return 0;
  const full = Math.min(options.capMs, options.baseMs * 2 ** Math.min(failures - 1, 30));
  return full * (0.5 + options.random() / 2);
}
