// Builders for RFC 6902 operations, pointer escaping, and applying what was built. Operations are built directly instead of
// by clone and diff: comparing documents costs several times the review itself.

import { equal, field, isObject, type Fields, type Json } from './json.ts';

export type PatchOperation = { op: 'add' | 'replace'; path: string; value: Json } | { op: 'remove'; path: string };

/** Holds when the value is there; null = nothing is there. The API server compares texts to the byte, `<` and `&` escaped. */
export interface PatchTest {
  op: 'test';
  path: string;
  value: Json;
}

export const testAt = (path: string, value: Json): PatchTest => ({ op: 'test', path, value });

const escapePointer = (key: string): string =>
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

const keysOf = (path: string): string[] =>
  path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

/** As the API server judges it: what lacks the parent holds no test, not even that nothing is there. */
export function passes(root: unknown, { path, value }: PatchTest): boolean {
  const keys = keysOf(path);
  const parent = keys.slice(0, -1).reduce<unknown>(own, root);
  return isObject(parent) && equal(field(parent, keys.at(-1) ?? '') ?? null, value);
}

/** What `operations` make of `root`, which stays as it is: only what lies on their paths is copied. */
export const applied = <T>(root: T, operations: readonly PatchOperation[]): T =>
  operations.reduce<unknown>((node, operation) => appliedAt(node, keysOf(operation.path), operation), root) as T;

/** @throws when a parent is missing, as the API server refuses such a patch. */
function appliedAt(node: unknown, [key, ...rest]: string[], operation: PatchOperation): unknown {
  if (key === undefined) return operation.op === 'remove' ? undefined : operation.value;
  if (Array.isArray(node)) return inList(node as unknown[], key, rest, operation);
  if (!isObject(node)) throw new TypeError(`nothing holds ${operation.path}`);
  const copy: Fields = { ...node };
  if (rest.length > 0) copy[key] = appliedAt(field(node, key), rest, operation);
  else if (operation.op === 'remove') delete copy[key];
  else copy[key] = operation.value;
  return copy;
}

function inList(list: unknown[], key: string, rest: string[], operation: PatchOperation): unknown[] {
  const index = key === '-' ? list.length : Number(key);
  if (!Number.isInteger(index) || index > list.length) throw new TypeError(`nothing holds ${operation.path}`);
  if (rest.length > 0) return list.with(index, appliedAt(list[index], rest, operation));
  const items = operation.op === 'remove' ? [] : [operation.value];
  return list.toSpliced(index, operation.op === 'add' ? 0 : 1, ...items);
}
