// When an update asks for a release, and when one is under way. Judged by the old object where a layer before us may have
// changed the new one. predicate-cel.ts says the same in CEL.

import { ANNOTATION } from '../../api/names.ts';
import type { KubeObject } from '../../api/kube.ts';
import { sameTemplate, templateOf } from '../../objects/revision.ts';
import { annotationOf, inProgressOf } from '../../objects/marks.ts';
import type { Holdable } from '../../workloads/workload.ts';

export type Trigger = 'template' | 'release id' | 'mark';

export const templateChanged = (old: KubeObject, next: KubeObject): boolean =>
  !sameTemplate(templateOf(old), templateOf(next));

/**
 * What in this update asks for a release. With a release id in the annotation only a new id does, not the template:
 * whoever names releases says when one begins. A bare `in-progressing` written by a client asks for one by itself.
 */
export function releaseAskedBy(old: KubeObject, next: KubeObject): Trigger | undefined {
  const id = annotationOf(next, ANNOTATION.rolloutId) ?? '';
  if (id !== '') {
    if (id !== (annotationOf(old, ANNOTATION.rolloutId) ?? '')) return 'release id';
  } else if (templateChanged(old, next)) return 'template';
  return isAskedByMark(old, next) ? 'mark' : undefined;
}

function isAskedByMark(old: KubeObject, next: KubeObject): boolean {
  const mark = annotationOf(next, ANNOTATION.inProgressing) ?? '';
  return mark !== '' && !mark.startsWith('{') && (annotationOf(old, ANNOTATION.inProgressing) ?? '') === '';
}

/**
 * The mark alone does not count: kube-controller-manager copies annotations to ReplicaSets, and an undo copies them back.
 */
export const isUnderWay = (workload: Holdable, object: KubeObject): boolean =>
  inProgressOf(object) !== undefined && workload.isHeld(object);
