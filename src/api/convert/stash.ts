// What one version can say and the other cannot, kept as edits in an annotation. An edit says: where the plain conversion
// still gives the value it gave then, put this one instead. So whatever a client can see and changes wins over the stash,
// and what it cannot see comes back.

import type { Json } from '../kube.ts';
import { readAt, equal, field, fingerprint, isObject, put, sorted, without, type Path } from '../../lib/json.ts';

/** Membership in a list: valid for the element with this content, or (loosely) a list of the same length. */
interface Within {
  at: Path;
  length: number;
  print: string;
}

export interface Edit {
  at: Path;
  /** Fingerprint of the value that the plain conversion gives; absent: it gives none. */
  was?: string;
  /** The value to put there; absent: remove it. */
  is?: Json;
  in?: Within[];
  /** Skip when this path is present. */
  unless?: Path;
}

/** Compared and replaced as a whole: half of a match would catch other requests. */
const WHOLE = 'matches';
/** Not part of what makes a list element the same: old typed clients drop them, and they do not size or route. */
const INCIDENTAL = ['pause', 'requestHeaderModifier'];

const printOf = (element: unknown): string =>
  fingerprint(isObject(element) ? without(element, ...INCIDENTAL) : element);

/** Edits that turn `base` into `target`, in a fixed order. */
export function diff(base: unknown, target: unknown, path: Path = [], within: Within[] = []): Edit[] {
  if (equal(base, target)) return [];
  const whole = path.at(-1) === WHOLE;
  if (isObject(base) && isObject(target) && !whole) {
    const keys = [...new Set([...Object.keys(base), ...Object.keys(target)])].sort();
    return keys.flatMap((key) => diff(field(base, key), field(target, key), [...path, key], within));
  }
  if (Array.isArray(base) && Array.isArray(target) && base.length === target.length && !whole) {
    return base.flatMap((element: unknown, index) => {
      const place = [...path, String(index)];
      const inside = { at: place, length: base.length, print: printOf(element) };
      return diff(element, target[index], place, [...within, inside]);
    });
  }
  return [
    {
      at: path,
      ...(base === undefined ? {} : { was: fingerprint(base) }),
      ...(target === undefined ? {} : { is: sorted(target) as Json }),
      ...(within.length === 0 ? {} : { in: within }),
    },
  ];
}

/** Applies the edits that still fit `base`; others are left out. */
export const applyEdits = (base: unknown, edits: Edit[]): unknown =>
  edits.filter((edit) => fits(base, edit)).reduce<unknown>((value, edit) => put(value, edit.at, edit.is), base);

function fits(base: unknown, edit: Edit): boolean {
  const present = readAt(base, edit.at);
  if (present === undefined ? edit.was !== undefined : edit.was !== fingerprint(present)) return false;
  if (edit.unless !== undefined && readAt(base, edit.unless) !== undefined) return false;
  const loose = edit.at.at(-1) === WHOLE;
  return (edit.in ?? []).every((place) => {
    const element = readAt(base, place.at);
    if (element === undefined) return false;
    const list = readAt(base, place.at.slice(0, -1));
    return printOf(element) === place.print || (loose && Array.isArray(list) && list.length === place.length);
  });
}

const isPath = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every((key) => typeof key === 'string');
const isText = (value: unknown): boolean => value === undefined || typeof value === 'string';
const isWithin = (value: unknown): boolean =>
  isObject(value) && isPath(value['at']) && typeof value['length'] === 'number' && typeof value['print'] === 'string';

const isEdit = (value: unknown): value is Edit =>
  isObject(value) &&
  isPath(value['at']) &&
  isText(value['was']) &&
  (value['in'] === undefined || (Array.isArray(value['in']) && value['in'].every(isWithin))) &&
  (value['unless'] === undefined || isPath(value['unless']));

export const encode = (edits: Edit[]): string => JSON.stringify(edits);

/** The edits in an annotation; undefined when somebody garbled it. */
export function decode(text: unknown): Edit[] | undefined {
  if (text === undefined) return [];
  if (typeof text !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isEdit) ? value : undefined;
  } catch {
    return undefined;
  }
}
