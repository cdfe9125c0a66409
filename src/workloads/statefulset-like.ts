// StatefulSet, style partition, and any kind of a cluster's own that is built like one: ordinals from the highest down to
// the partition run the new template. It has spec.replicas, spec.selector, spec.template and
// spec.updateStrategy.rollingUpdate.partition, tells status.{currentRevision,updateRevision,replicas,updatedReplicas,
// readyReplicas,observedGeneration}, and labels its pods controller-revision-hash. Where it keeps ControllerRevisions they
// are used.

import { ANNOTATION, LABEL, ROLLING_STYLE, WORKLOAD_TYPE } from '../api/names.ts';
import type { JsonObject, KubeObject, Resource } from '../api/kube.ts';
import { CONTROLLER_REVISIONS, PODS } from '../api/resources.ts';
import { patch, remove, type Action } from '../objects/actions.ts';
import { isLive, isReady } from '../objects/pod-facts.ts';
import { readAt } from '../lib/json.ts';
import { annotationOf, isClaimed } from '../objects/marks.ts';
import { projectControllerRevision, REVISIONS } from './controller-revisions.ts';
import { controllerRevisionHistory } from './revision-history.ts';
import { statusCount, matchLabelsOf, replicasOf } from './replica-sets.ts';
import {
  asPatch,
  HELD_PARTITION,
  isOnDelete,
  PARTITION,
  partitionOf,
  rememberedOf,
  restoration,
} from './statefulset-fields.ts';
import * as held from './statefulset-hold.ts';
import { activeRevisions, isObserved, isRevision, project, updateRevisionOf, view } from './statefulset-view.ts';
import type { Capabilities, Related, RelatedQuery, ReleaseView, Workload } from './workload.ts';

/** Policies of kinds that are learned at run time, whose objects must have names that are known when rights are given. */
export const LEARNED_POLICY = 'statefulset-like.partition';

const related = (workload: KubeObject): RelatedQuery[] => [
  {
    as: REVISIONS,
    resource: CONTROLLER_REVISIONS,
    by: { ownerUid: workload.metadata.uid ?? '', hint: matchLabelsOf(workload) },
  },
];

/** Only ever lowered: a pod that runs the new revision is not taken back by a smaller step. */
function advance(resource: Resource, workload: KubeObject, target: number): Action[] {
  const wanted = Math.max(0, replicasOf(workload) - target);
  // Without pods a partition means nothing now, and everything once it is scaled up.
  if (replicasOf(workload) === 0 || partitionOf(workload) <= wanted) return [];
  const why = `let ${target} pods run the new revision: partition ${wanted}`;
  return [patch(resource, workload, asPatch({ path: PARTITION, value: wanted }), why)];
}

function release(workload: KubeObject, seen: Related): ReleaseView {
  const podRevision = updateRevisionOf(workload, seen);
  const observed = isObserved(workload) && podRevision !== '';
  const counted = readAt(workload, ['status', 'updatedReadyReplicas']);
  return {
    desired: Math.max(0, replicasOf(workload) - partitionOf(workload)),
    updated: observed ? statusCount(workload, 'updatedReplicas') : 0,
    ready: typeof counted === 'number' ? counted : undefined,
    podRevision,
    podSelector:
      podRevision === '' ? undefined : { ...matchLabelsOf(workload), [LABEL.controllerRevisionHash]: podRevision },
    observed,
  };
}

/** A partition above every ordinal is a hold of the user's own; a smaller one is raised and remembered. */
function takeOver(workload: KubeObject, annotations: JsonObject): JsonObject | undefined {
  const partition = partitionOf(workload);
  const memory = annotationOf(workload, ANNOTATION.heldFields);
  const isReleased = annotationOf(workload, ANNOTATION.inProgressing) !== undefined;
  const isOurs = memory !== undefined && partition > 0;
  const isHeldByUser = partition > 0 && partition >= replicasOf(workload);
  if (isReleased || isOurs || isHeldByUser || isOnDelete(workload)) return undefined;
  // What a release before has left is the user's own, though its full step let every pod go.
  const marks = { ...annotations, [ANNOTATION.heldFields]: memory ?? rememberedOf(workload) };
  return { metadata: { annotations: marks }, ...asPatch({ path: PARTITION, value: HELD_PARTITION }) };
}

/** Nothing where there is nothing to take away: a merge patch would leave an empty rollingUpdate. */
function restored(workload: KubeObject): JsonObject {
  const { path, value } = restoration(workload);
  return value === undefined && readAt(workload, path) === undefined ? {} : asPatch({ path, value });
}

function letGo(
  resource: Resource,
  workload: KubeObject,
  extra: { labels?: JsonObject; annotations?: JsonObject } = {},
): Action[] {
  const drop = (key: string): JsonObject => (annotationOf(workload, key) === undefined ? {} : { [key]: null });
  const labels = extra.labels ?? {};
  const isOurs = held.isHeld(workload);
  const annotations = {
    ...drop(ANNOTATION.inProgressing),
    ...drop(ANNOTATION.heldFields),
    ...(isOurs ? drop(ANNOTATION.controlInfo) : {}),
    ...extra.annotations,
  };
  const metadata: JsonObject = {
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
  const body: JsonObject = {
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(isOurs ? restored(workload) : {}),
  };
  if (Object.keys(body).length === 0) return [];
  return [patch(resource, workload, body, 'give the workload back: end the hold and its marks in one write')];
}

/** The partition stays, and so does the memory of the user's own, which a later hold gives back. */
function freeze(resource: Resource, workload: KubeObject): Action[] {
  const marks = [ANNOTATION.inProgressing, ANNOTATION.controlInfo];
  const present = marks.filter((key) => annotationOf(workload, key) !== undefined);
  if (present.length === 0) return [];
  const annotations = Object.fromEntries(present.map((key) => [key, null]));
  const why = `leave the workload as it is: partition ${partitionOf(workload)}`;
  return [patch(resource, workload, { metadata: { annotations } }, why)];
}

/** A pod that never becomes ready, of a revision that nobody wants any more: with OrderedReady nothing goes on before it does. */
function unblock(workload: KubeObject, pods: readonly KubeObject[], stableRevision: string): Action[] {
  const wanted = readAt(workload, ['status', 'updateRevision']);
  if (!isObserved(workload) || readAt(workload, ['spec', 'podManagementPolicy']) === 'Parallel') return [];
  return pods
    .filter((pod) => {
      const revision = pod.metadata.labels?.[LABEL.controllerRevisionHash];
      const isUnwanted = revision !== undefined && revision !== wanted && revision !== stableRevision;
      return isUnwanted && !isReady(pod) && isLive(pod);
    })
    .map((pod) =>
      remove(PODS, pod, `pod ${pod.metadata.name} of a revision that was given up is not ready, and blocks all others`),
    );
}

const CAPABILITIES: Capabilities = {
  rollingStyle: ROLLING_STYLE.partition,
  replacesInPlace: true,
  makesExtraWorkload: false,
  copiesTemplate: false,
  rollsBackInBatches: true,
};

/** Rights that a kind of this make needs. */
const needsOf = ({ group, plural }: Resource): Workload['needs'] => [
  { group, resource: plural, verbs: ['get', 'list', 'watch', 'patch'] },
  { group: 'apps', resource: 'controllerrevisions', verbs: ['get', 'list', 'watch'] },
  { group: '', resource: 'pods', verbs: ['get', 'list', 'watch', 'patch', 'delete'] },
];

export const statefulSetLike = (
  resource: Resource,
  policy = LEARNED_POLICY,
  shortNames: readonly string[] = [],
): Workload => ({
  group: resource.group,
  kind: resource.kind,
  style: 'partition',
  resource,
  workloadType: WORKLOAD_TYPE.statefulset,
  shortNames,
  revisionSource: { resource: CONTROLLER_REVISIONS, project: projectControllerRevision },
  policy,
  ...CAPABILITIES,
  related,
  view,
  revisions: (workload, seen) => controllerRevisionHistory(seen[REVISIONS] ?? [], workload.metadata.uid ?? ''),
  isHeld: held.isHeld,
  activeRevisions,
  applies: held.applies,
  isRevision,
  holdPaths: held.holdPaths,
  hold: held.hold,
  keepHeld: held.keepHeld,
  unhold: held.unhold,
  cel: held.cel,
  needs: needsOf(resource),
  project,
  advance: (workload, _related, _release, target) => advance(resource, workload, target),
  release,
  takeOver,
  awaitsHandOver: isClaimed,
  letGo: (workload, extra) => letGo(resource, workload, extra),
  freeze: (workload) => freeze(resource, workload),
  cleanUp: () => [],
  isGone: () => true,
  unblock,
});
