// Reading and rebuilding plain JSON without ever touching a prototype: paths, the two equalities, the texts whose bytes depend
// on the content alone, fingerprints. Each of these exists here and nowhere else.

import { sha256Hex } from './hash.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
export type Path = readonly string[];
export type Fields = Record<string, unknown>;

/** True for plain JSON objects. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The own field, or undefined. */
export const field = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Fields)[key] : undefined;

/** What is at the path, or undefined. */
export const readAt = (value: unknown, path: Path): unknown => path.reduce<unknown>(field, value);

/** A copy without the fields. */
export const without = (value: Fields, ...keys: string[]): Fields =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));

/** A copy with the field set, in its old place; undefined removes it. */
export function withField(value: Fields, key: string, next: unknown): Fields {
  if (next === undefined) return without(value, key);
  const entries = Object.entries(value);
  if (!Object.hasOwn(value, key)) return Object.fromEntries([...entries, [key, next]]);
  return Object.fromEntries(entries.map((entry) => (entry[0] === key ? [key, next] : entry)));
}

/** A copy with the value at `path` replaced or, with undefined, removed. The same value when its parent is missing. */
export function put(root: unknown, path: Path, next: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return next;
  const replaced = (): unknown => (rest.length === 0 ? next : put(field(root, key), rest, next));
  if (Array.isArray(root)) {
    return Object.hasOwn(root, key)
      ? root.map((item: unknown, index) => (String(index) === key ? replaced() : item))
      : root;
  }
  if (!isObject(root)) return root;
  if (rest.length > 0 && field(root, key) === undefined) return root;
  return withField(root, key, replaced());
}

/** The same to the byte, but for the order of keys: absent and null differ. */
export function equal(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

const isNothing = (value: unknown): boolean => value === null || value === undefined;

/**
 * Equality of JSON values as the API server sees it: absent, null and undefined are the same, the order of keys is nothing.
 * Walks both values and stops at the first difference, because every reviewed update passes through here.
 */
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

/** JSON with sorted keys; absent, null and undefined fields are the same, as they are to the API server. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}

/** A copy with keys in alphabetical order, so that its bytes depend on the content alone. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}

const FINGERPRINT_LENGTH = 12;

export const fingerprint = (value: unknown): string =>
  sha256Hex(JSON.stringify(sorted(value))).slice(0, FINGERPRINT_LENGTH);

/**
 * Path of the first whole number that reading may have rounded, because it is beyond 2^53: written again it could be another. `at`: path
 * of the value.
 */
export function roundedNumberAt(value: unknown, at = ''): string | undefined {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value) ? at : undefined;
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((item: unknown, index) => [`${at}[${index}]`, item])
    : isObject(value)
      ? Object.entries(value).map(([key, item]) => [at === '' ? key : `${at}.${key}`, item])
      : [];
  for (const [path, item] of entries) {
    const found = roundedNumberAt(item, path);
    if (found !== undefined) return found;
  }
  return undefined;
}
