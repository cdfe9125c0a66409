// The answers, as data: allow, patch with the fewest operations, deny. Warnings are cut to what API clients show.

import { ANNOTATION, LABEL } from '../../api/names.ts';
import { oneLine } from '../../lib/text.ts';
import type { Registered } from '../../workloads/workload.ts';
import { annotationEdit, labelEdit, operationsFor, type FieldEdit } from '../../objects/field-edit.ts';
import { checked } from './allowed-paths.ts';
import type { WorkloadUpdate } from './workload-update.ts';
import type { Decision, Verdict } from './types.ts';
import { annotationOf, inProgressValue, labelOf } from '../../objects/marks.ts';

/** What API clients show of a warning. */
const WARNING_CHARACTERS = 256;
const shown = (warning: string): string => oneLine(warning, WARNING_CHARACTERS);

/** With warnings: how a judge warns. */
export const allow = (reason: string, ...warnings: string[]): Verdict => ({
  is: 'allow',
  reason,
  warnings: warnings.map(shown),
});

/** Patches only what differs; nothing to change is an allow with the same reason. */
export function patchWith(
  subject: WorkloadUpdate,
  reason: string,
  edits: FieldEdit[],
  ...warnings: string[]
): Decision {
  const operations = checked(subject.workload, operationsFor(subject.next, edits));
  if (operations.length === 0) return allow(reason, ...warnings);
  return { is: 'patch', reason, operations, warnings: warnings.map(shown) };
}

/** Refused; a client reads 403 as "never like this", 422 as "not with these values". */
export const refuse = (reason: string, message: string, code: 403 | 422 = 403): Verdict => ({
  is: 'deny',
  reason,
  code,
  message,
  retryable: false,
  warnings: [],
});

/** Refused for now: the same update is welcome later. 429 is what the API server answers in such cases itself. */
export const refuseForNow = (reason: string, message: string): Decision => ({
  is: 'deny',
  reason,
  code: 429,
  message,
  retryable: true,
  warnings: [],
});

/** The marks that every held workload carries, whatever its kind. */
export const holdMarks = (workload: Registered, rolloutName: string): FieldEdit[] => [
  annotationEdit(ANNOTATION.inProgressing, inProgressValue(rolloutName)),
  annotationEdit(ANNOTATION.rollout, rolloutName),
  labelEdit(LABEL.enrolled, workload.style),
];

/** Enrolment outlives whatever a user sends: only the escape and our own writes end it. */
export function enrolmentAsBefore({ old, enrolled }: WorkloadUpdate): FieldEdit[] {
  const holder = annotationOf(old, ANNOTATION.rollout);
  return [
    ...(enrolled ? [labelEdit(LABEL.enrolled, labelOf(old, LABEL.enrolled))] : []),
    ...(enrolled && holder !== undefined ? [annotationEdit(ANNOTATION.rollout, holder)] : []),
  ];
}

/** As the user sent it: undoes what an earlier layer held, when it did. */
export function asSent(subject: WorkloadUpdate, reason: string, ...warnings: string[]): Decision {
  return patchWith(subject, reason, unheld(subject), ...warnings);
}

function unheld(subject: WorkloadUpdate): FieldEdit[] {
  const { workload, old, next, heldBefore } = subject;
  const mark = annotationEdit(ANNOTATION.inProgressing, annotationOf(old, ANNOTATION.inProgressing));
  return [...(heldBefore ? [...workload.unhold(old, next), mark] : []), ...letPass(subject)];
}

/** The guard refuses an unheld template of an enrolled workload, unless this says that it was looked at. Good for one update. */
function letPass({ workload, old, next, enrolled, trigger }: WorkloadUpdate): FieldEdit[] {
  const isJudged = enrolled && trigger !== undefined && next.metadata.deletionTimestamp === undefined;
  if (!isJudged || !workload.applies(old, next)) return [];
  return [annotationEdit(ANNOTATION.letPass, String(old.metadata.generation ?? 0))];
}

/** Not held; the enrolment stays as it was. */
export const untouched = (subject: WorkloadUpdate, reason: string, ...warnings: string[]): Decision =>
  patchWith(subject, reason, [...unheld(subject), ...enrolmentAsBefore(subject)], ...warnings);

/** Held or not, as it arrived; the enrolment stays as it was. */
export const leave = (subject: WorkloadUpdate, reason: string, ...warnings: string[]): Decision =>
  patchWith(subject, reason, enrolmentAsBefore(subject), ...warnings);
