// The release predicate of predicate.ts and the marks as CEL, for whoever must ask inside the API server: match conditions of
// webhooks, and policies. Everything optional is guarded, because a condition that errors follows the failure policy.

import { ANNOTATION, ESCAPE, LABEL } from '../../api/names.ts';
import { markIn, optionalMark, quote } from '../../workloads/hold-cel.ts';
import type { CelVariable, HoldExpressions } from '../../workloads/workload.ts';

export { quote };

/** One condition that a request must meet to be sent or judged. */
export interface MatchCondition {
  name: string;
  expression: string;
}

/** The label's or annotation's value, '' when absent. */
export const label = (variable: CelVariable, key: string): string => markIn(variable, 'labels', key);
export const annotation = (variable: CelVariable, key: string): string => markIn(variable, 'annotations', key);
const hasAnnotation = (variable: CelVariable, key: string): string =>
  `${optionalMark(variable, 'annotations', key)}.hasValue()`;

/** In brackets where a neighbour could bind differently. */
const operand = (term: string): string => (/&&|\|\|| \? /.test(term) ? `(${term})` : term);
export const joined = (operator: string, terms: string[]): string =>
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

export const templateChangedCel = all(
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
const isSameId = all(`${id('object')} != ''`, `${id('object')} == ${id('oldObject')}`);
const mark = (variable: CelVariable): string => annotation(variable, ANNOTATION.inProgressing);
const markAsks = all(`${mark('oldObject')} == ''`, `${mark('object')} != ''`, `!${mark('object')}.startsWith('{')`);

/** The update asks for a release. */
export const releaseAskedCel = any(
  `${id('object')} != '' ? ${id('object')} != ${id('oldObject')} : (${templateChangedCel})`,
  markAsks,
);

/**
 * The stored template would change, and that asks for a release. For validating policies alone: what raises the generation, which is cheap
 * to compare, comes after mutation.
 */
export const templateReleaseCel = all(
  'object.metadata.?generation != oldObject.metadata.?generation',
  not(isSameId),
  templateChangedCel,
);

export const markedCel = (variable: CelVariable): string => hasAnnotation(variable, ANNOTATION.inProgressing);

export const underWayCel = (cel: HoldExpressions, variable: CelVariable): string =>
  all(markedCel(variable), cel.isHeld(variable));

export const escapedCel = (variable: CelVariable): string => `${label(variable, LABEL.enrolled)} == ${quote(ESCAPE)}`;

/** The update drops or changes one of the named marks that the old object has. */
export const marksLostCel = (labels: readonly string[], annotations: readonly string[]): string =>
  any(
    ...labels.map((key) => all(`${label('oldObject', key)} != ''`, differ(label, key))),
    ...annotations.map((key) => all(`${annotation('oldObject', key)} != ''`, differ(annotation, key))),
  );

const differ = (read: typeof label, key: string): string => `${read('object', key)} != ${read('oldObject', key)}`;

const differsAt = ([root, field = '', key = '']: readonly string[]): string =>
  root === 'metadata'
    ? `${optionalMark('object', field as 'labels', key)} != ${optionalMark('oldObject', field as 'labels', key)}`
    : `object.${root}.?${field} != oldObject.${root}.?${field}`;

/** The update changes something at or beside these paths: a mark, or a whole field below spec. */
export const touchedCel = (paths: readonly (readonly string[])[]): string => any(...new Set(paths.map(differsAt)));

export const NOT_DELETING: MatchCondition = {
  name: 'not-deleting',
  expression: '!has(object.metadata.deletionTimestamp)',
};
export const NOT_ESCAPED: MatchCondition = { name: 'not-escaped', expression: not(escapedCel('object')) };

/** The request is not a write of this user. */
export const notBy = (userName: string): MatchCondition => ({
  name: 'not-sluice-itself',
  expression: `request.userInfo.username != ${quote(userName)}`,
});
