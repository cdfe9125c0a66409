// Builders for RFC 6902 operations, an allow-list of what admission may touch, and pointer escaping. Operations are built
// directly instead of by clone and diff: comparing documents costs several times the review itself.

import { field, isObject, type Json } from './json.ts';

export type PatchOperation = { op: 'add' | 'replace'; path: string; value: Json } | { op: 'remove'; path: string };

export const escapePointer = (key: string): string =>
  key.includes('~') || key.includes('/') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;

export const pointer = (...keys: string[]): string => keys.map((key) => `/${escapePointer(key)}`).join('');

const own = (value: unknown, key: string): unknown => (isObject(value) ? field(value, key) : undefined);

/**
 * Operations that make `path` in `root` hold `value`: creates missing parents, replaces what is there, and is empty when it
 * holds that already (scalars only).
 */
export function setAt(root: unknown, path: string[], value: Json): PatchOperation[] {
  const last = path.at(-1);
  if (last === undefined) return [];
  let node: unknown = root;
  for (let depth = 0; depth < path.length - 1; depth += 1) {
    const key = path[depth] as string;
    const child = own(node, key);
    if (!isObject(child)) {
      const nested = path.slice(depth + 1).reduceRight<Json>((inner, name) => ({ [name]: inner }), value);
      return [{ op: 'add', path: pointer(...path.slice(0, depth + 1)), value: nested }];
    }
    node = child;
  }
  const present = own(node, last);
  if (present === value) return [];
  return [{ op: present === undefined ? 'add' : 'replace', path: pointer(...path), value }];
}

/** Removes `path` when it is there. */
export function unsetAt(root: unknown, path: string[]): PatchOperation[] {
  let node: unknown = root;
  for (const key of path.slice(0, -1)) node = own(node, key);
  return own(node, path.at(-1) ?? '') === undefined ? [] : [{ op: 'remove', path: pointer(...path) }];
}
