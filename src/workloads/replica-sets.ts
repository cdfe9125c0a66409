// ReplicaSets as the revisions of a Deployment: a projection small enough to keep for a whole cluster, and readers that
// take projected and full objects alike.

import { ANNOTATION, LABEL } from '../api/names.ts';
import type { KubeObject, PodTemplate, Strings } from '../api/kube.ts';
import { isObject, readAt } from '../lib/json.ts';
import { keptMetadata, pick } from '../objects/kept.ts';
import { controllerOf } from '../objects/ownership.ts';
import { templateHash } from '../objects/revision.ts';

export { REPLICA_SETS as REPLICA_SET } from '../api/resources.ts';

const numberAt = (root: unknown, path: string[]): number | undefined => {
  const value = readAt(root, path);
  return typeof value === 'number' ? value : undefined;
};

const KEPT_ANNOTATIONS = [ANNOTATION.deploymentRevision, ANNOTATION.desiredReplicas, ANNOTATION.maxReplicas];
const COUNTS = ['observedGeneration', 'replicas', 'readyReplicas', 'availableReplicas'];

/** What decisions read of a ReplicaSet; the template is replaced by its hash. */
export function projectReplicaSet(replicaSet: KubeObject): KubeObject {
  const refused = podsRefused(replicaSet);
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: keptMetadata(replicaSet.metadata, KEPT_ANNOTATIONS),
    spec: pick(replicaSet['spec'], ['replicas']),
    status: pick(replicaSet['status'], COUNTS),
    ...(refused === undefined ? {} : { podsRefused: refused }),
    templateHash: templateHashOf(replicaSet),
  };
}

/** Every attempt is made under another name, which would make another text of the same refusal. */
const OF_ONE_POD = /^pods? "[^"]*" is /;

/** Why the API server makes no more pods of it (quota, policy, security), as its controller was told; undefined = it does. */
export function podsRefused(replicaSet: KubeObject): string | undefined {
  const known = replicaSet['podsRefused'];
  if (typeof known === 'string') return known;
  const conditions = readAt(replicaSet, ['status', 'conditions']);
  const list = Array.isArray(conditions) ? (conditions as Record<string, unknown>[]) : [];
  const failure = list.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  return failure === undefined ? undefined : String(failure['message'] ?? '').replace(OF_ONE_POD, 'a new pod is ');
}

/** The same as a part of a release's view. */
export function refusedPods(replicaSet: KubeObject | undefined): { refused?: string } {
  const refused = replicaSet === undefined ? undefined : podsRefused(replicaSet);
  return refused === undefined ? {} : { refused };
}

export function templateHashOf(replicaSet: KubeObject): string {
  const known = replicaSet['templateHash'];
  if (typeof known === 'string') return known;
  return templateHash(readAt(replicaSet, ['spec', 'template']) as PodTemplate | undefined);
}

/** Value of the pod-template-hash label, which the pods of this revision carry. */
export const revisionLabelOf = (replicaSet: KubeObject): string =>
  replicaSet.metadata.labels?.[LABEL.podTemplateHash] ?? '';

/** spec.selector.matchLabels of a workload. */
export function matchLabelsOf(workload: KubeObject): Strings {
  const labels = readAt(workload, ['spec', 'selector', 'matchLabels']);
  return isObject(labels) ? (labels as Strings) : {};
}

/** spec.replicas, 1 when absent as the API server has it. */
export const replicasOf = (object: KubeObject): number => numberAt(object, ['spec', 'replicas']) ?? 1;

export const statusCount = (object: KubeObject, field: string): number => numberAt(object, ['status', field]) ?? 0;

export const ownedBy = (object: KubeObject, uid: string): boolean => controllerOf(object)?.uid === uid;

/** As the Deployment's controller counts; 0 while it has not. */
export const revisionNumber = (replicaSet: KubeObject): number => {
  const revision = Number(replicaSet.metadata.annotations?.[ANNOTATION.deploymentRevision] ?? '');
  return Number.isFinite(revision) ? revision : 0;
};

/** Oldest first: by revision number, then by creation, then by name so that the order never depends on the list. */
function older(a: KubeObject, b: KubeObject): number {
  const byRevision = revisionNumber(a) - revisionNumber(b);
  if (byRevision !== 0) return byRevision;
  const keyOf = (object: KubeObject): string => `${object.metadata.creationTimestamp ?? ''} ${object.metadata.name}`;
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

/** Revisions of the workload, oldest first, whether they have pods or not. */
export const revisionsOf = (replicaSets: readonly KubeObject[], uid: string): KubeObject[] =>
  replicaSets.filter((replicaSet) => ownedBy(replicaSet, uid)).sort(older);

/** Revisions that are meant to have pods, oldest first. */
export const activeOf = (replicaSets: readonly KubeObject[], uid: string): KubeObject[] =>
  revisionsOf(replicaSets, uid).filter(
    (replicaSet) => replicasOf(replicaSet) > 0 && replicaSet.metadata.deletionTimestamp === undefined,
  );

export const byHash = (replicaSets: readonly KubeObject[], hash: string): KubeObject | undefined =>
  hash === '' ? undefined : replicaSets.find((replicaSet) => revisionLabelOf(replicaSet) === hash);
