// What every style reads of a Deployment: its revisions, which of them serves, and whether the native roll-out is done.
// The styles differ in how they hold and advance, not in this.

import { ANNOTATION, LABEL } from '../api/names.ts';
import type { KubeObject } from '../api/kube.ts';
import { annotationOf, inProgressOf, labelOf, releaseIdOf } from '../objects/marks.ts';
import { keptMetadata, pick } from '../objects/kept.ts';
import { isObject, readAt } from '../lib/json.ts';
import { floorScaled } from '../lib/int-or-percent.ts';
import { computeHash, templateHash, templateOf } from '../objects/revision.ts';
import {
  activeOf,
  byHash,
  statusCount,
  replicasOf,
  revisionLabelOf,
  revisionsOf,
  templateHashOf,
} from './replica-sets.ts';
import { replicaSetHistory } from './revision-history.ts';
import type { Related, Revision, WorkloadView } from './workload.ts';

export { DEPLOYMENTS as DEPLOYMENT } from '../api/resources.ts';

/** Keys of `Related`. */
export const RELATED_REPLICA_SETS = 'replicaSets';
export const CANARIES = 'canaries';
export const CANARY_REPLICA_SETS = 'canaryReplicaSets';

export const isDeploymentPaused = (deployment: KubeObject): boolean => readAt(deployment, ['spec', 'paused']) === true;

export interface Hashes {
  /** templateHash(spec.template). */
  templateHash: string;
  /** computeHash(spec.template). */
  updateRevision: string;
}

/** Taken from a projection when it is one. */
export function hashesOf(deployment: KubeObject): Hashes {
  const known = deployment['hashes'];
  if (isObject(known)) return known as unknown as Hashes;
  const template = templateOf(deployment);
  return { templateHash: templateHash(template), updateRevision: computeHash(template) };
}

const SPEC = ['replicas', 'paused', 'selector', 'strategy'];
const COUNTS = ['observedGeneration', 'replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'];

/** What decisions read of a Deployment; the template is replaced by its hashes. */
export function projectDeployment(deployment: KubeObject): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: keptMetadata(deployment.metadata),
    spec: pick(deployment['spec'], SPEC),
    status: pick(deployment['status'], COUNTS),
    hashes: hashesOf(deployment),
  };
}

/**
 * The ReplicaSet that serves. While a release is under way the label says it (its revision number changes when the user
 * goes back to it), unless a later one has replaced all its pods and a newer template has come; otherwise the oldest one that
 * is not the template, or the oldest one at all.
 */
export function stableOf(
  deployment: KubeObject,
  active: readonly KubeObject[],
  known: readonly KubeObject[] = active,
): KubeObject | undefined {
  const labelled = labelledStable(deployment, known);
  if (labelled !== undefined && !isReplaced(deployment, labelled, active)) return labelled;
  return unlike(deployment, active) ?? active[0];
}

/** A full step replaces the stable pods: while its template is there it can be rolled back, after that it is what serves. */
function isReplaced(deployment: KubeObject, labelled: KubeObject, active: readonly KubeObject[]): boolean {
  const { templateHash: wanted } = hashesOf(deployment);
  const isWanted = (replicaSet: KubeObject): boolean => templateHashOf(replicaSet) === wanted;
  return !active.includes(labelled) && !isWanted(labelled) && active.some((replicaSet) => !isWanted(replicaSet));
}

function unlike(deployment: KubeObject, active: readonly KubeObject[]): KubeObject | undefined {
  if (active.length < 2) return undefined;
  const { templateHash: wanted } = hashesOf(deployment);
  return active.find((replicaSet) => templateHashOf(replicaSet) !== wanted);
}

const isReleasing = (deployment: KubeObject): boolean =>
  inProgressOf(deployment) !== undefined || labelOf(deployment, LABEL.controlledByAdvancedDeployment) !== undefined;

const labelledStable = (deployment: KubeObject, known: readonly KubeObject[]): KubeObject | undefined =>
  isReleasing(deployment) ? byHash(known, labelOf(deployment, LABEL.stableRevision) ?? '') : undefined;

/** spec.template is what serves as stable, so going on with it is a rollback. */
function isStableTemplate(deployment: KubeObject, { active, known }: Sets, wanted: string): boolean {
  const serving = labelledStable(deployment, known) ?? active[0];
  return serving !== undefined && templateHashOf(serving) === wanted;
}

/** What `deploymentView` counts, for admission, which has no time for its hashes. */
export const activeRevisionsOf = (deployment: KubeObject, related: Related): number =>
  activeOf(related[RELATED_REPLICA_SETS] ?? [], deployment.metadata.uid ?? '').length;

const nameOf = (replicaSet: KubeObject | undefined): string =>
  replicaSet === undefined ? '' : revisionLabelOf(replicaSet);

interface Sets {
  active: readonly KubeObject[];
  /** Among which the one that the label names is found. */
  known: readonly KubeObject[];
}

/** `stableMayBeIdle`: the style may release all pods while the release goes on. */
export function deploymentView(
  deployment: KubeObject,
  related: Related,
  held: boolean,
  { stableMayBeIdle = false } = {},
): WorkloadView {
  const { metadata } = deployment;
  const all = revisionsOf(related[RELATED_REPLICA_SETS] ?? [], metadata.uid ?? '');
  const active = activeOf(all, metadata.uid ?? '');
  const known = stableMayBeIdle ? all : active;
  const stable = stableOf(deployment, active, known);
  const hashes = hashesOf(deployment);
  const current = all.findLast((replicaSet) => templateHashOf(replicaSet) === hashes.templateHash);
  const observed = statusCount(deployment, 'observedGeneration') >= (metadata.generation ?? 0);
  return {
    uid: metadata.uid ?? '',
    replicas: replicasOf(deployment),
    observed,
    status: countsOf(deployment),
    template: templateOf(deployment),
    ...hashes,
    stableRevision: nameOf(stable),
    stableServing: servingOf(stable, current),
    activeRevisions: active.length,
    olderRevisions: Math.max(0, all.length - 1),
    newestRevisionSince: all.at(-1)?.metadata.creationTimestamp ?? '',
    podRevision: nameOf(current),
    revisionKey: LABEL.podTemplateHash,
    held,
    inProgress: inProgressOf(deployment),
    templateIsStable: isStableTemplate(deployment, { active, known }, hashes.templateHash),
    releaseId: releaseIdOf(deployment),
    settled: observed && isComplete(deployment),
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    deleting: metadata.deletionTimestamp !== undefined,
    cannotHold: '',
    justMade: isJustMade(deployment),
  };
}

/** Its ReplicaSet may be there already: its number is written on the Deployment right after that. */
const isJustMade = (deployment: KubeObject): boolean =>
  annotationOf(deployment, ANNOTATION.deploymentRevision) === undefined &&
  statusCount(deployment, 'observedGeneration') === 0;

/** Before the new revision has pods nothing else serves, and what is not available may be so again at any moment. */
function servingOf(stable: KubeObject | undefined, fresh: KubeObject | undefined): number {
  if (stable === undefined) return 0;
  const isAlone = fresh === undefined || fresh === stable || statusCount(fresh, 'replicas') === 0;
  return isAlone ? replicasOf(stable) : statusCount(stable, 'availableReplicas');
}

const countsOf = (deployment: KubeObject): WorkloadView['status'] => ({
  replicas: statusCount(deployment, 'replicas'),
  updated: statusCount(deployment, 'updatedReplicas'),
  ready: statusCount(deployment, 'readyReplicas'),
  available: statusCount(deployment, 'availableReplicas'),
});

/** Only pods of spec.template are left, and enough of them are available. */
function isComplete(deployment: KubeObject): boolean {
  const replicas = replicasOf(deployment);
  const { replicas: existing, updated, available } = countsOf(deployment);
  return (
    updated === replicas && existing === replicas && available >= replicas - maxUnavailableOf(deployment, replicas)
  );
}

/** spec.strategy.rollingUpdate.maxUnavailable in pods: percentages rounded down, never more than there are. */
export const maxUnavailableOf = (deployment: KubeObject, replicas: number): number =>
  floorScaled(readAt(deployment, ['spec', 'strategy', 'rollingUpdate', 'maxUnavailable']), replicas);

export const historyOf = (deployment: KubeObject, related: Related): Revision[] =>
  replicaSetHistory(related[RELATED_REPLICA_SETS] ?? [], deployment.metadata.uid ?? '');

/** The template is that of the ReplicaSet with this hash label, with or without pods. */
export function hasRevision(deployment: KubeObject, related: Related, revision: string): boolean {
  const all = revisionsOf(related[RELATED_REPLICA_SETS] ?? [], deployment.metadata.uid ?? '');
  const found = byHash(all, revision);
  return found !== undefined && templateHashOf(found) === hashesOf(deployment).templateHash;
}
