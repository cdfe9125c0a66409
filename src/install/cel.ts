// CEL building blocks of policies and match conditions: the release predicate of core/admission/predicate.ts, the marks, and
// JSON patches. Everything optional is guarded, because a condition that errors follows the failure policy.

import { ANNOTATION, ESCAPE, LABEL } from '../api/names.ts';
import { pointer } from '../lib/json-patch.ts';
import { markIn, optionalMark, quote } from '../workloads/hold-cel.ts';
import type { CelEdit, CelVariable, HoldExpressions } from '../workloads/workload.ts';

export { quote };

/** The label's or annotation's value, '' when absent. */
export const label = (variable: CelVariable, key: string): string => markIn(variable, 'labels', key);
export const annotation = (variable: CelVariable, key: string): string => markIn(variable, 'annotations', key);
const hasAnnotation = (variable: CelVariable, key: string): string =>
  `${optionalMark(variable, 'annotations', key)}.hasValue()`;

/** In brackets where a neighbour could bind differently. */
const operand = (term: string): string => (/&&|\|\|| \? /.test(term) ? `(${term})` : term);
const joined = (operator: string, terms: string[]): string =>
  terms.length === 1 ? (terms[0] as string) : terms.map(operand).join(operator);

export const all = (...terms: string[]): string => joined(' && ', terms);
/** One alternative a line: these are what people read when they ask why an update was or was not looked at. */
export const any = (...terms: string[]): string => joined('\n|| ', terms);
export const not = (term: string): string => `!(${term})`;

const templateMap = (variable: CelVariable, map: 'labels' | 'annotations'): string =>
  `${variable}.spec.template.?metadata.?${map}.orValue({})`;

/** The second map lacks a label of the first or has another value; the hash that controllers add does not count. */
const labelMissing = (a: CelVariable, b: CelVariable): string => {
  const other = templateMap(b, 'labels');
  const differs = `!(k in ${other} && ${other}[k] == ${templateMap(a, 'labels')}[k])`;
  return `${templateMap(a, 'labels')}.exists(k, k != ${quote(LABEL.podTemplateHash)} && ${differs})`;
};

export const templateChanged = all(
  'has(object.spec.template) && has(oldObject.spec.template)',
  'object.spec.template != oldObject.spec.template',
  any(
    'object.spec.template.?spec != oldObject.spec.template.?spec',
    `${templateMap('object', 'annotations')} != ${templateMap('oldObject', 'annotations')}`,
    ...['name', 'generateName', 'finalizers'].map(
      (field) => `object.spec.template.?metadata.?${field} != oldObject.spec.template.?metadata.?${field}`,
    ),
    labelMissing('object', 'oldObject'),
    labelMissing('oldObject', 'object'),
  ),
);

const id = (variable: CelVariable): string => annotation(variable, ANNOTATION.rolloutId);
const mark = (variable: CelVariable): string => annotation(variable, ANNOTATION.inProgressing);
const markAsks = all(`${mark('oldObject')} == ''`, `${mark('object')} != ''`, `!${mark('object')}.startsWith('{')`);

/** The update asks for a release. */
export const releaseAsked = any(
  `${id('object')} != '' ? ${id('object')} != ${id('oldObject')} : (${templateChanged})`,
  markAsks,
);

export const isMarked = (variable: CelVariable): string => hasAnnotation(variable, ANNOTATION.inProgressing);

export const isUnderWay = (cel: HoldExpressions, variable: CelVariable): string =>
  all(isMarked(variable), cel.isHeld(variable));

export const isEscaped = (variable: CelVariable): string => `${label(variable, LABEL.enrolled)} == ${quote(ESCAPE)}`;

/** The update drops or changes one of the named marks that the old object has. */
export const marksLost = (labels: readonly string[], annotations: readonly string[]): string =>
  any(
    ...labels.map((key) => all(`${label('oldObject', key)} != ''`, differ(label, key))),
    ...annotations.map((key) => all(`${annotation('oldObject', key)} != ''`, differ(annotation, key))),
  );

const differ = (read: typeof label, key: string): string => `${read('object', key)} != ${read('oldObject', key)}`;

const notOurs = (userName: string): string => `request.userInfo.username != ${quote(userName)}`;

export interface MatchCondition {
  name: string;
  expression: string;
}

/** What every layer leaves alone: our own writes, objects on their way out, and what a person took away. */
export const commonConditions = (userName: string): MatchCondition[] => [
  { name: 'not-sluice-itself', expression: notOurs(userName) },
  { name: 'not-deleting', expression: '!has(object.metadata.deletionTimestamp)' },
  { name: 'not-escaped', expression: not(isEscaped('object')) },
];

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

/** A JSON patch as a MutatingAdmissionPolicy wants it: missing parents first, then every edit. */
export function jsonPatchExpression(edits: readonly CelEdit[]): string {
  const operations = edits.map(({ path, value, when }) =>
    value === undefined
      ? whenever(all(present(path), when ?? 'true'), operation('remove', pointer(...path)))
      : whenever(when, operation('add', pointer(...path), value)),
  );
  return [...parentsOf(edits), ...operations].join(' + ');
}
