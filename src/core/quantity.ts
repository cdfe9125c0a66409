// Int-or-percent arithmetic: how many pods a step or threshold means.

/** Percent of "20%", else undefined. Leading zeros parse. */
export function percentOf(value: unknown): number | undefined {
  const match = typeof value === 'string' ? /^(\d{1,9})%$/.exec(value) : null;
  return match === null ? undefined : Number(match[1]);
}

/** A whole number, also as text. */
export function countOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

const scaled = (value: unknown, total: number, round: (exact: number) => number): number | undefined => {
  const percent = percentOf(value);
  return percent === undefined ? countOf(value) : round((percent * total) / 100);
};

const clamp = (value: number, total: number): number => Math.min(Math.max(value, 0), total);

/** Pods that `value` means of `total`, rounded up, within [0, total]; what cannot be parsed means 0. */
export const ceilScaled = (value: unknown, total: number): number => clamp(scaled(value, total, Math.ceil) ?? 0, total);

/** As ceilScaled, rounded down. */
export const floorScaled = (value: unknown, total: number): number => clamp(scaled(value, total, Math.floor) ?? 0, total);
