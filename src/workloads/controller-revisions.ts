// ControllerRevisions as the revisions of a workload that keeps its templates in them: a projection small enough to keep for
// a whole cluster, and readers that take projected and full objects alike.

import type { KubeObject, PodTemplate } from '../api/kube.ts';
import { CONTROLLER_REVISIONS } from '../api/resources.ts';
import { isObject, readAt } from '../lib/json.ts';
import { keptMetadata } from '../objects/kept.ts';
import { templateHash } from '../objects/revision.ts';
import { ownedBy } from './replica-sets.ts';

export { CONTROLLER_REVISIONS } from '../api/resources.ts';

/** Key of `Related`. */
export const REVISIONS = 'revisions';

/** The template that the revision keeps, without the directive by which its controller patches it back. */
export function revisionTemplateOf(revision: KubeObject): PodTemplate | undefined {
  const template = readAt(revision, ['data', 'spec', 'template']);
  if (!isObject(template)) return undefined;
  const { $patch: _directive, ...kept } = template;
  return kept as PodTemplate;
}

/** templateHash of what the revision keeps; '' when it keeps no template. */
export function revisionHashOf(revision: KubeObject): string {
  const known = revision['templateHash'];
  if (typeof known === 'string') return known;
  const template = revisionTemplateOf(revision);
  return template === undefined ? '' : templateHash(template);
}

export function projectControllerRevision(revision: KubeObject): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: CONTROLLER_REVISIONS.kind,
    metadata: keptMetadata(revision.metadata, []),
    revision: revision['revision'] ?? 0,
    templateHash: revisionHashOf(revision),
  };
}

const numberOf = ({ revision }: KubeObject): number => (typeof revision === 'number' ? revision : 0);

/** Oldest first. */
export const controllerRevisionsOf = (revisions: readonly KubeObject[], uid: string): KubeObject[] =>
  revisions.filter((one) => ownedBy(one, uid)).sort((a, b) => numberOf(a) - numberOf(b));
