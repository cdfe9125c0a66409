// What admission wants to be true of an object, as data: fields with the value they shall have. Workload kinds say it
// without knowing the object's shape; operationsFor turns it into RFC 6902 operations against what is there, so an answer
// applied twice changes nothing.

import type { Json, JsonObject } from '../api/kube.ts';
import { pointer, setAt, unsetAt, type PatchOperation } from '../lib/json-patch.ts';
import { isObject, readAt, canonicalJson } from '../lib/json.ts';

/** `undefined` = the field shall be absent. */
export interface FieldEdit {
  path: string[];
  value: Json | undefined;
}

export const edit = (path: string[], value: Json | undefined): FieldEdit => ({ path, value });
export const labelEdit = (key: string, value: string | undefined): FieldEdit =>
  edit(['metadata', 'labels', key], value);
export const annotationEdit = (key: string, value: string | undefined): FieldEdit =>
  edit(['metadata', 'annotations', key], value);

const holds = (root: unknown, { path, value }: FieldEdit): boolean => {
  const present = readAt(root, path);
  if (value === undefined || present === undefined) return value === present;
  return present === value || (isObject(present) && canonicalJson(present) === canonicalJson(value));
};

/** A copy of `root` in which only the containers along the path are new. */
function written(root: unknown, path: string[], value: Json | undefined): JsonObject {
  const copy: JsonObject = isObject(root) ? { ...root } : {};
  const [key = '', ...rest] = path;
  if (rest.length > 0) copy[key] = written(copy[key], rest, value);
  else if (value === undefined) delete copy[key];
  else copy[key] = value;
  return copy;
}

/** Operations in order; each one sees what those before it made, so a missing parent is created once. */
export function operationsFor(root: unknown, edits: readonly FieldEdit[]): PatchOperation[] {
  const operations: PatchOperation[] = [];
  let shadow: unknown = root;
  for (const wanted of edits) {
    if (holds(shadow, wanted)) continue;
    const { path, value } = wanted;
    operations.push(...(value === undefined ? unsetAt(shadow, path) : setAt(shadow, path, value)));
    shadow = written(shadow, path, value);
  }
  return operations;
}

/** Pointers of paths that are constants, made once: lists of allowed paths are looked through for every operation. */
const POINTERS = new WeakMap<readonly string[], string>();

function pointerOf(path: readonly string[]): string {
  const known = POINTERS.get(path);
  if (known !== undefined) return known;
  const made = pointer(...path);
  POINTERS.set(path, made);
  return made;
}

/** True when `operation` changes nothing outside the listed fields; creating a parent counts by what it brings. */
export function touchesOnly(operation: PatchOperation, allowed: readonly string[][]): boolean {
  const pointers = allowed.map(pointerOf);
  if (pointers.includes(operation.path)) return true;
  if (operation.op === 'remove' || !isObject(operation.value)) return false;
  return leaves(operation.path, operation.value).every((leaf) => isAt(leaf, pointers));
}

const isAt = (leaf: string, pointers: string[]): boolean =>
  pointers.some((allowed) => leaf === allowed || leaf.startsWith(`${allowed}/`));

const leaves = (path: string, value: Json): string[] =>
  isObject(value) ? Object.entries(value).flatMap(([key, child]) => leaves(path + pointer(key), child)) : [path];
