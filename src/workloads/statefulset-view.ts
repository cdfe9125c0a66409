// What a StatefulSet, or a kind built like one, shows: which revision serves, how far the new one is out, and whether its
// own roll-out is done. Revisions are those that its controller names; a template that it has not seen yet is recognised
// by the revision that keeps it, so that a rollback is told at once.

import { LABEL } from '../api/names.ts';
import type { KubeObject } from '../api/kube.ts';
import { readAt } from '../lib/json.ts';
import { templateHash, templateOf } from '../objects/revision.ts';
import { keptMetadata, pick } from '../objects/kept.ts';
import { inProgressOf, releaseIdOf } from '../objects/marks.ts';
import { controllerRevisionsOf, REVISIONS, revisionHashOf } from './controller-revisions.ts';
import { statusCount, replicasOf } from './replica-sets.ts';
import { isOnDelete, ownPartitionOf } from './statefulset-fields.ts';
import { isHeld } from './statefulset-hold.ts';
import type { Related, WorkloadView } from './workload.ts';

const textAt = (workload: KubeObject, field: string): string => {
  const value = readAt(workload, ['status', field]);
  return typeof value === 'string' ? value : '';
};

/** Taken from a projection when it is one. */
function hashOf(workload: KubeObject): string {
  const known = workload['templateHash'];
  return typeof known === 'string' ? known : templateHash(templateOf(workload));
}

/** The kind's controller has seen the latest generation. */
export const isObserved = (workload: KubeObject): boolean =>
  statusCount(workload, 'observedGeneration') >= (workload.metadata.generation ?? 0);

const revisionsOf = (workload: KubeObject, related: Related): KubeObject[] =>
  controllerRevisionsOf(related[REVISIONS] ?? [], workload.metadata.uid ?? '');

/** Name of the revision of spec.template; '' while nobody knows it. */
export function updateRevisionOf(workload: KubeObject, related: Related): string {
  const wanted = hashOf(workload);
  const kept = revisionsOf(workload, related).findLast((revision) => revisionHashOf(revision) === wanted);
  if (kept !== undefined) return kept.metadata.name;
  return isObserved(workload) ? textAt(workload, 'updateRevision') : '';
}

/** Name of the revision that serves; '' when no pod does. */
const stableRevisionOf = (workload: KubeObject): string => textAt(workload, 'currentRevision');

export function isRevision(workload: KubeObject, related: Related, revision: string): boolean {
  if (revision === '') return false;
  const kept = revisionsOf(workload, related).find(({ metadata }) => metadata.name === revision);
  const wanted = hashOf(workload);
  if (kept !== undefined && revisionHashOf(kept) !== '') return revisionHashOf(kept) === wanted;
  return updateRevisionOf(workload, related) === revision;
}

const isOneRevision = (workload: KubeObject): boolean =>
  textAt(workload, 'updateRevision') === stableRevisionOf(workload);

/** Pods of the revision that serves; where the kind does not count them, those that are not updated. */
function stablePodsOf(workload: KubeObject): number {
  const current = readAt(workload, ['status', 'currentReplicas']);
  if (typeof current === 'number') return current;
  const updated = statusCount(workload, 'updatedReplicas');
  return isOneRevision(workload) ? updated : Math.max(0, statusCount(workload, 'replicas') - updated);
}

/**
 * Revisions that have pods: the one that serves, the newer one, and where the kind counts both, those in between as one. A pod
 * that is being terminated is counted with neither, and so looks like one in between as long as it takes.
 */
export function activeRevisions(workload: KubeObject): number {
  const replicas = statusCount(workload, 'replicas');
  if (replicas === 0 || stableRevisionOf(workload) === '') return 0;
  if (isOneRevision(workload)) return 1;
  const current = stablePodsOf(workload);
  const updated = statusCount(workload, 'updatedReplicas');
  const counts = [current, updated, replicas - current - updated];
  return Math.max(1, counts.filter((count) => count > 0).length);
}

const availableOf = (workload: KubeObject): number => {
  const available = readAt(workload, ['status', 'availableReplicas']);
  return typeof available === 'number' ? available : statusCount(workload, 'readyReplicas');
};

/** As far as the user's own partition lets it go. */
function isSettled(workload: KubeObject): boolean {
  const replicas = replicasOf(workload);
  const wanted = isOnDelete(workload) ? 0 : Math.max(0, replicas - ownPartitionOf(workload));
  const isOut =
    statusCount(workload, 'updatedReplicas') >= wanted ||
    stableRevisionOf(workload) === textAt(workload, 'updateRevision');
  return isObserved(workload) && isOut && availableOf(workload) >= replicas;
}

const ON_DELETE =
  'spec.updateStrategy.type is OnDelete, so a pod is new when somebody has deleted the old one: nothing can be held or released in steps; use RollingUpdate';

export function view(workload: KubeObject, related: Related): WorkloadView {
  const { metadata } = workload;
  const all = revisionsOf(workload, related);
  const updateRevision = updateRevisionOf(workload, related);
  return {
    uid: metadata.uid ?? '',
    replicas: replicasOf(workload),
    observed: isObserved(workload),
    status: {
      replicas: statusCount(workload, 'replicas'),
      updated: statusCount(workload, 'updatedReplicas'),
      ready: statusCount(workload, 'readyReplicas'),
      available: availableOf(workload),
    },
    template: templateOf(workload),
    templateHash: hashOf(workload),
    updateRevision,
    stableRevision: stableRevisionOf(workload),
    stableServing: stablePodsOf(workload),
    activeRevisions: activeRevisions(workload),
    olderRevisions: Math.max(0, all.length - 1),
    newestRevisionSince: all.at(-1)?.metadata.creationTimestamp ?? '',
    podRevision: updateRevision,
    revisionKey: LABEL.controllerRevisionHash,
    held: isHeld(workload),
    inProgress: inProgressOf(workload),
    templateIsStable: isRevision(workload, related, stableRevisionOf(workload)),
    releaseId: releaseIdOf(workload),
    settled: isSettled(workload),
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    deleting: metadata.deletionTimestamp !== undefined,
    cannotHold: isOnDelete(workload) ? ON_DELETE : '',
    // What serves is read from what the controller wrote.
    justMade: false,
  };
}

const SPEC = ['replicas', 'selector', 'updateStrategy', 'podManagementPolicy'];
const STATUS = [
  ...['observedGeneration', 'replicas', 'updatedReplicas', 'currentReplicas', 'readyReplicas', 'availableReplicas'],
  ...['updatedReadyReplicas', 'currentRevision', 'updateRevision'],
];

/** What decisions read; the template is replaced by its hash. */
export function project(workload: KubeObject): KubeObject {
  return {
    ...(workload.apiVersion === undefined ? {} : { apiVersion: workload.apiVersion }),
    ...(workload.kind === undefined ? {} : { kind: workload.kind }),
    metadata: keptMetadata(workload.metadata),
    spec: pick(workload['spec'], SPEC),
    status: pick(workload['status'], STATUS),
    templateHash: hashOf(workload),
  };
}
