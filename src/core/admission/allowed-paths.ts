// The fields that an answer of ours may touch: the marks that all kinds share, and what each kind needs to be held.

import { ANNOTATION, LABEL } from '../../api/names.ts';
import type { PatchOperation } from '../../lib/json-patch.ts';
import type { Holdable } from '../../workloads/workload.ts';
import { touchesOnly } from '../../objects/field-edit.ts';

const MARKS: readonly string[][] = [
  ['metadata', 'labels', LABEL.enrolled],
  ['metadata', 'annotations', ANNOTATION.rollout],
  ['metadata', 'annotations', ANNOTATION.inProgressing],
  ['metadata', 'annotations', ANNOTATION.letPass],
];

export const allowedPaths = (workload: Holdable): string[][] => [...MARKS, ...workload.holdPaths];

/** Throws on an operation outside the list: a defect of ours must not reach a user's object. */
export function checked(workload: Holdable, operations: PatchOperation[]): PatchOperation[] {
  const allowed = allowedPaths(workload);
  const stray = operations.find((operation) => !touchesOnly(operation, allowed));
  if (stray !== undefined) throw new Error(`admission must not touch ${stray.path}`);
  return operations;
}
