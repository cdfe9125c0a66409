// Order of resourceVersions within one resource: growing decimals, compared without rounding.

/** Negative when `a` is older than `b`, 0 when it is the same, positive when it is newer. */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a === b ? 0 : a < b ? -1 : 1;
}
