// Equality of JSON values as the API server sees it: absent, null and undefined are the same, the order of keys is nothing.
// Walks both values and stops at the first difference, because every reviewed update passes through here.

const isNothing = (value: unknown): boolean => value === null || value === undefined;

export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && sameItems(a, b);
  return sameMembers(a as Record<string, unknown>, b as Record<string, unknown>);
}

const sameItems = (a: unknown[], b: unknown[]): boolean =>
  a.length === b.length && a.every((item, index) => sameJson(item, b[index]));

function sameMembers(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  for (const key of Object.keys(a)) if (!sameJson(a[key], Object.hasOwn(b, key) ? b[key] : undefined)) return false;
  for (const key of Object.keys(b)) if (!isNothing(b[key]) && !Object.hasOwn(a, key)) return false;
  return true;
}
