// Reading and rebuilding plain JSON without ever touching a prototype: paths, equality, fingerprints, and pruning by a
// structural schema as the API server prunes.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { JsonObject } from './kube.ts';

export type Path = readonly string[];
export type Fields = Record<string, unknown>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The own field, or undefined. */
export const field = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Fields)[key] : undefined;

export const at = (value: unknown, path: Path): unknown => path.reduce<unknown>(field, value);

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

export function equal(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
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
  bytesToHex(sha256(utf8ToBytes(JSON.stringify(sorted(value))))).slice(0, FINGERPRINT_LENGTH);

/** Keeps what the schema names; values of an unexpected type stay as they are. */
export function prune(schema: JsonObject, value: unknown): unknown {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return value;
  if (Array.isArray(value)) {
    const items = schema['items'];
    return isObject(items) ? value.map((item) => prune(items as JsonObject, item)) : value;
  }
  if (!isObject(value)) return value;
  const { properties, additionalProperties } = schema;
  if (isObject(additionalProperties)) {
    const values = additionalProperties as JsonObject;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, prune(values, item)]));
  }
  if (!isObject(properties)) return value;
  const known = Object.entries(value).filter(([key]) => Object.hasOwn(properties, key));
  return Object.fromEntries(known.map(([key, item]) => [key, prune(properties[key] as JsonObject, item)]));
}

/** The schema has a place for this path. */
export function names(schema: JsonObject, path: Path): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return true;
  for (const keyword of ['items', 'additionalProperties']) {
    if (isObject(schema[keyword])) return names(schema[keyword] as JsonObject, rest);
  }
  const next = field(schema['properties'], key);
  return isObject(next) && names(next as JsonObject, rest);
}
