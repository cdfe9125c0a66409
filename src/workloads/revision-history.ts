// What a workload was and is, as its kind's controller keeps it: templates with the numbers by which people name them. Reads
// full objects, because a projection has no template.

import { ANNOTATION } from '../api/names.ts';
import type { KubeObject, PodTemplate } from '../api/kube.ts';
import { readAt } from '../lib/json.ts';
import { withoutHashLabel } from '../objects/revision.ts';
import { controllerRevisionsOf, revisionTemplateOf } from './controller-revisions.ts';
import { revisionLabelOf, revisionNumber, revisionsOf } from './replica-sets.ts';
import type { Revision } from './workload.ts';

/** ReplicaSets as revisions, oldest first; one that has no number yet is left out, as kubectl does. */
export const replicaSetHistory = (replicaSets: readonly KubeObject[], uid: string): Revision[] =>
  revisionsOf(replicaSets, uid)
    .filter((replicaSet) => revisionNumber(replicaSet) > 0)
    .map((replicaSet) => ({
      number: revisionNumber(replicaSet),
      object: replicaSet,
      revision: revisionLabelOf(replicaSet),
      template: withoutHashLabel(readAt(replicaSet, ['spec', 'template']) as PodTemplate | undefined) ?? {},
      changeCause: replicaSet.metadata.annotations?.[ANNOTATION.changeCause] ?? '',
    }));

/** ControllerRevisions as revisions, oldest first; one that keeps no template is left out. */
export const controllerRevisionHistory = (revisions: readonly KubeObject[], uid: string): Revision[] =>
  controllerRevisionsOf(revisions, uid).flatMap((one) => {
    const template = revisionTemplateOf(one);
    if (template === undefined) return [];
    return {
      number: typeof one['revision'] === 'number' ? one['revision'] : 0,
      object: one,
      revision: one.metadata.name,
      template: withoutHashLabel(template) ?? {},
      changeCause: one.metadata.annotations?.[ANNOTATION.changeCause] ?? '',
    };
  });
