// What the one mutating policy of a kind and style says: it holds an update that asks for a release, and keeps what a release
// under way needs and what enrols a workload. The API server converts both objects for each policy that it looks at and
// evaluates every match condition, whatever the others say. So one gate, with what is cheap first, decides both.

import { ANNOTATION, ESCAPE, LABEL } from '../api/names.ts';
import {
  all,
  annotation,
  any,
  escapedCel,
  label,
  marksLostCel,
  not,
  quote,
  releaseAskedCel,
  touchedCel,
  underWayCel,
} from '../core/admission/predicate-cel.ts';
import type { CelEdit, Holdable, Registered } from '../workloads/workload.ts';
import { firstOf, jsonPatchExpression } from './patch-cel.ts';

type Held = Registered & Holdable;

const labelPath = (key: string): string[] => ['metadata', 'labels', key];
const annotationPath = (key: string): string[] => ['metadata', 'annotations', key];

/** Read as `variables.<name>`; the API server evaluates one when it is first read. Match conditions cannot read them. */
export interface CelNamed {
  name: string;
  expression: string;
}

/** Name of the Rollout that holds the workload; '' when nobody has written it. */
export const HOLDING_ROLLOUT: CelNamed = {
  name: 'rollout',
  expression: `${annotation('oldObject', ANNOTATION.rollout)} != '' ? ${annotation('oldObject', ANNOTATION.rollout)} : ${annotation('object', ANNOTATION.rollout)}`,
};

const MARK: CelNamed = {
  name: 'mark',
  expression: `variables.rollout == '' ? 'true' : '{"rolloutName":"' + variables.rollout + '"}'`,
};

const underWay = ({ cel }: Held): string => underWayCel(cel, 'oldObject');
const beginsCel = (held: Held): string => all(not(underWay(held)), held.cel.applies, releaseAskedCel);

/** Marks that an update may not take away while a release is under way, beside those of the kind. */
const KEPT_MARKS = [
  annotationPath(ANNOTATION.inProgressing),
  labelPath(LABEL.stableRevision),
  labelPath(LABEL.enrolled),
  annotationPath(ANNOTATION.rollout),
];

/** False for what neither asks for a release nor touches one, or an enrolment: then there is nothing to patch. */
export function holdGate(held: Held): string {
  const touched = touchedCel([...held.cel.keep.map(({ path }) => path), ['spec', 'template'], ...KEPT_MARKS]);
  const lost = marksLostCel([LABEL.enrolled], [ANNOTATION.rollout]);
  return any(all(not(escapedCel('oldObject')), any(all(underWay(held), touched), lost)), beginsCel(held));
}

export const holdVariables = (held: Held): CelNamed[] => [
  HOLDING_ROLLOUT,
  MARK,
  { name: 'underWay', expression: underWay(held) },
  { name: 'begins', expression: beginsCel(held) },
];

const restored = (read: typeof label, path: string[], key: string): CelEdit => ({
  path,
  value: read('oldObject', key),
  when: `${read('oldObject', key)} != ''`,
});
const ENROLMENT = [
  restored(label, labelPath(LABEL.enrolled), LABEL.enrolled),
  restored(annotation, annotationPath(ANNOTATION.rollout), ANNOTATION.rollout),
];

/** An enrolment stays what it was; where there was none, or an escape, it is that of the policy. */
const enrolledAs = (style: string): string => {
  const before = label('oldObject', LABEL.enrolled);
  return `${before} in ['', ${quote(ESCAPE)}] ? ${quote(style)} : ${before}`;
};

const holdEdits = ({ cel, style }: Held): CelEdit[] => [
  ...cel.hold,
  { path: annotationPath(ANNOTATION.inProgressing), value: 'variables.mark' },
  { path: annotationPath(ANNOTATION.rollout), value: 'variables.rollout', when: "variables.rollout != ''" },
  { path: labelPath(LABEL.enrolled), value: enrolledAs(style) },
];

const keepEdits = ({ cel }: Held): CelEdit[] => [
  ...cel.keep,
  {
    path: annotationPath(ANNOTATION.inProgressing),
    value: annotation('oldObject', ANNOTATION.inProgressing),
  },
  restored(label, labelPath(LABEL.stableRevision), LABEL.stableRevision),
  ...ENROLMENT,
];

/** One patch for all cases, because each mutation of a policy is paid for anew. */
export const holdPatch = (held: Held): string =>
  firstOf(
    { when: 'variables.underWay', patch: jsonPatchExpression(keepEdits(held)) },
    { when: 'variables.begins', patch: jsonPatchExpression(holdEdits(held)) },
    { patch: jsonPatchExpression(ENROLMENT) },
  );
