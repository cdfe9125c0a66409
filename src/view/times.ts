// Times for people: how long ago, in the shortest form that still tells things apart, and moments in UTC.

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;
/** Up to so many of a unit, the next smaller one is shown too. */
const FINE: Record<string, number> = { d: 8, h: 8, m: 10, s: 0 };

/** `45s`, `3m20s`, `25m`, `5h30m`, `6d4h`, `40d`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const at = UNITS.findIndex(([, size]) => seconds >= size);
  const [unit, size] = UNITS[at] ?? ['s', 1];
  const whole = Math.floor(seconds / size);
  const [smaller, smallerSize] = UNITS[at + 1] ?? ['', 1];
  const rest = smaller === '' || whole >= (FINE[unit] ?? 0) ? 0 : Math.floor((seconds % size) / smallerSize);
  return `${whole}${unit}${rest === 0 ? '' : `${rest}${smaller}`}`;
}

/** A time of an object in epoch ms; undefined when there is none, or it cannot be read. */
export function momentOf(time: string | undefined): number | undefined {
  const at = Date.parse(time ?? '');
  return Number.isNaN(at) ? undefined : at;
}

/** How long ago that was; kubectl's word when nobody knows. */
export const ago = (at: number | undefined, now: number): string =>
  at === undefined ? '<unknown>' : duration(now - at);

/** Age of a time on an object. */
export const age = (time: string | undefined, now: number): string => ago(momentOf(time), now);

/** `2026-01-31T12:00:00Z`. */
export const moment = (epochMs: number): string => `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
