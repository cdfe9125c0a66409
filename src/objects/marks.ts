// The marks of ours and of OpenKruise on a workload, read the same way by admission, enrolment and planning: who holds it,
// whether a release is under way, and what a person asked for.

import { ANNOTATION, ESCAPE, LABEL } from '../api/names.ts';
import type { KubeObject } from '../api/kube.ts';
import { STYLES, type Style } from '../api/style.ts';

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const labelOf = ({ metadata }: KubeObject, key: string): string | undefined => textOf(metadata.labels?.[key]);
export const annotationOf = ({ metadata }: KubeObject, key: string): string | undefined =>
  textOf(metadata.annotations?.[key]);

/** A person took this workload away from us. */
export const isEscaped = (object: KubeObject): boolean => labelOf(object, LABEL.enrolled) === ESCAPE;

/** Style under which the workload is enrolled; undefined when it is not, or when the value is none we know. */
export const enrolledStyle = (object: KubeObject): Style | undefined =>
  STYLES.find((style) => style === labelOf(object, LABEL.enrolled));

/** Rollout that enrolled the workload. */
export const holderOf = (object: KubeObject): string | undefined => annotationOf(object, ANNOTATION.rollout);

/** A BatchRelease has it. */
export const isClaimed = (object: KubeObject): boolean => annotationOf(object, ANNOTATION.controlInfo) !== undefined;

/** Metadata of a patch by which a BatchRelease lets go of it. */
export const UNCLAIMED = { annotations: { [ANNOTATION.controlInfo]: null } };

/** Value of `in-progressing` as OpenKruise writes it. */
export const inProgressValue = (rolloutName: string): string => JSON.stringify({ rolloutName });

/** Rollout name in `in-progressing`; '' for a bare value that a client wrote; undefined when absent. */
export function inProgressOf(object: KubeObject): string | undefined {
  const value = annotationOf(object, ANNOTATION.inProgressing);
  if (value === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    const name = (parsed as { rolloutName?: unknown } | null)?.rolloutName;
    return typeof name === 'string' ? name : '';
  } catch {
    return '';
  }
}

/** Release id: label `rollout-id`, else the annotation with the same key; '' when none. */
export const releaseIdOf = (object: KubeObject): string =>
  labelOf(object, LABEL.rolloutId) ?? annotationOf(object, ANNOTATION.rolloutId) ?? '';
