// JSON patches as CEL, for policies that change what they judge; and what every policy leaves alone.

import {
  all,
  joined,
  NOT_DELETING,
  NOT_ESCAPED,
  not,
  notBy,
  quote,
  type MatchCondition,
} from '../core/admission/predicate-cel.ts';
import { pointer } from '../lib/json-patch.ts';
import type { CelEdit } from '../workloads/workload.ts';

/** Our own writes, objects on their way out, and what a person took away. */
export const commonConditions = (userName: string): MatchCondition[] => [notBy(userName), NOT_DELETING, NOT_ESCAPED];

/** Containers that every object of the API has. */
const ALWAYS = new Set(['/metadata', '/spec']);

const operation = (op: string, path: string, value?: string): string =>
  `JSONPatch{op: ${quote(op)}, path: ${quote(path)}${value === undefined ? '' : `, value: ${value}`}}`;

const whenever = (condition: string | undefined, operations: string): string =>
  condition === undefined ? `[${operations}]` : `((${condition}) ? [${operations}] : [])`;

/** Every step is asked for: has() of a field whose parent is missing is an error. */
const present = (path: string[]): string =>
  all(
    ...path
      .map((_, index) => path.slice(0, index + 1))
      .filter((part) => !ALWAYS.has(pointer(...part)))
      .map((part) => `has(object.${part.join('.')})`),
  );

interface Parent {
  path: string[];
  /** Conditions of the edits that need it; undefined = one of them is always made. */
  whens: string[] | undefined;
}

function parentsOf(edits: readonly CelEdit[]): string[] {
  const parents = new Map<string, Parent>();
  for (const { path, value, when } of edits) {
    for (let depth = 1; depth < path.length && value !== undefined; depth += 1) {
      const parent = path.slice(0, depth);
      const at = pointer(...parent);
      if (ALWAYS.has(at)) continue;
      const known = parents.get(at) ?? { path: parent, whens: [] };
      const whens = when === undefined || known.whens === undefined ? undefined : [...known.whens, when];
      parents.set(at, { path: parent, whens });
    }
  }
  return [...parents].map(([at, { path, whens }]) => {
    const missing = not(present(path));
    const condition = whens === undefined ? missing : all(missing, oneLineAny([...new Set(whens)]));
    return whenever(condition, operation('add', at, '{}'));
  });
}

const oneLineAny = (terms: string[]): string => joined(' || ', terms);

/** The first alternative whose condition holds, else the last, which has none. */
export const firstOf = (...alternatives: readonly { when?: string; patch: string }[]): string =>
  alternatives.map(({ when, patch }) => (when === undefined ? `(${patch})` : `${when} ? (${patch})`)).join('\n: ');

/** A JSON patch as a MutatingAdmissionPolicy wants it: missing parents first, then every edit. */
export function jsonPatchExpression(edits: readonly CelEdit[]): string {
  const operations = edits.map(({ path, value, when }) =>
    value === undefined
      ? whenever(all(present(path), when ?? 'true'), operation('remove', pointer(...path)))
      : whenever(when, operation('add', pointer(...path), value)),
  );
  return [...parentsOf(edits), ...operations].join(' + ');
}
