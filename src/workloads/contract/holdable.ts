// Holding a workload: which fields keep an update from rolling out by itself, as edits for admission and as CEL for the
// generated policies, which say the same without a process.

import type { KubeObject } from '../../api/kube.ts';
import type { FieldEdit } from '../../objects/field-edit.ts';
import type { Related } from './readable.ts';

export interface HoldRequest {
  old: KubeObject;
  next: KubeObject;
  related: Related;
  rolloutName: string;
}

export interface Holdable {
  /** The native roll-out of this object is held. The same as `view().held`, without looking at anything else. */
  isHeld(workload: KubeObject): boolean;
  /** There is something to hold: never for a scale from or to zero. The same as `cel.applies`. */
  applies(old: KubeObject, next: KubeObject): boolean;
  /** Fields of the kind itself that `hold`, `keepHeld` and `unhold` may name; the marks common to all kinds are not here. */
  holdPaths: readonly string[][];
  /** Fields as they shall be for `next` to be held. Marks common to all kinds are added by the decision. */
  hold(request: HoldRequest): FieldEdit[];
  /** What of the hold a user's update of a workload in progress would undo, as it is in `old`. */
  keepHeld(old: KubeObject, next: KubeObject): FieldEdit[];
  /** Fields that undo a hold which an earlier layer put on `next` (promotion being rolled back). */
  unhold(old: KubeObject, next: KubeObject): FieldEdit[];
  /** The same as CEL, for the generated policies. */
  cel: HoldExpressions;
}

export type CelVariable = 'object' | 'oldObject';

/** A FieldEdit whose value the API server computes. */
export interface CelEdit {
  path: string[];
  /** CEL; undefined removes the field. */
  value: string | undefined;
  /** CEL condition under which the edit is made; absent = always. */
  when?: string;
}

/** CEL over `object` and `oldObject`; every optional field is guarded by has(). */
export interface HoldExpressions {
  /** The hold fields as a person would name them, for messages. */
  text: string;
  /** The object has something to hold: never true for a scale from or to zero. */
  applies: string;
  /** The hold fields of the named variable hold the native roll-out. */
  isHeld(variable: CelVariable): string;
  /** What of `hold` needs nothing but the object. */
  hold: readonly CelEdit[];
  /**
   * As `keepHeld`; evaluated while a release is under way only, when the template or something at one of these paths differs:
   * of `object` it reads nothing else, and changes nothing when none of it does.
   */
  keep: readonly CelEdit[];
  /** Where a hold has degrees: `object` is held less than a new release needs, and less than `oldObject` was during one. */
  loosened?: { atFirst: string; later: string };
}
