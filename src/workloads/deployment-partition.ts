// Deployment, style partition: its own ReplicaSet of the new revision grows step by step. This file says what may be released
// and reads how far it is; core/deployment sizes the ReplicaSets.

import {
  PARTITION_ROLLING_STYLE,
  writeDeploymentStrategy,
  type DeploymentStrategy,
} from '../api/deployment-strategy.ts';
import { ANNOTATION, LABEL, ROLLING_STYLE, WORKLOAD_TYPE } from '../api/names.ts';
import type { JsonObject, KubeObject } from '../api/kube.ts';
import { patch, type Action } from '../objects/actions.ts';
import type { FieldEdit } from '../objects/field-edit.ts';
import { partitionLimit } from './deployment-bounds.ts';
import { annotationOf, inProgressOf, labelOf } from '../objects/marks.ts';
import { applies, heldFrom, ownReplicaSets, PAUSED, unhold } from './deployment-hold.ts';
import { cel, holdPaths, keepHeld } from './deployment-partition-hold.ts';
import { drivenStrategy, freeze, letGo, RECREATE, takenStrategy } from './native-strategy.ts';
import {
  activeRevisionsOf,
  DEPLOYMENT,
  deploymentView,
  hashesOf,
  hasRevision,
  historyOf,
  isDeploymentPaused,
  projectDeployment,
  RELATED_REPLICA_SETS,
  stableOf,
} from './deployment.ts';
import {
  activeOf,
  statusCount,
  matchLabelsOf,
  projectReplicaSet,
  refusedPods,
  REPLICA_SET,
  replicasOf,
  revisionLabelOf,
  revisionsOf,
  templateHashOf,
} from './replica-sets.ts';
import type { HoldRequest, Related, RelatedQuery, ReleaseContext, ReleaseView, Workload } from './workload.ts';

const related = (deployment: KubeObject): RelatedQuery[] => [ownReplicaSets(deployment)];

function stableLabelOf(deployment: KubeObject, seen: Related, uid: string): string {
  const all = revisionsOf(seen[RELATED_REPLICA_SETS] ?? [], uid);
  const stable = stableOf(deployment, activeOf(all, uid), all);
  return stable === undefined ? '' : revisionLabelOf(stable);
}

/** Said once a release: the label of an earlier one may name a revision that has been replaced since. */
function releasedFrom(deployment: KubeObject, seen: Related): string {
  const { templateHash, updateRevision } = hashesOf(deployment);
  const { uid = '' } = deployment.metadata;
  const known = labelOf(deployment, LABEL.stableRevision);
  if (known !== undefined && drivenStrategy(deployment)?.revision === updateRevision) return known;
  const stable = stableLabelOf(deployment, seen, uid);
  const others = activeOf(seen[RELATED_REPLICA_SETS] ?? [], uid).filter((one) => templateHashOf(one) !== templateHash);
  const [first] = others;
  return first === undefined || others.some((one) => revisionLabelOf(one) === stable) ? stable : revisionLabelOf(first);
}

function hold({ old, next, related: seen }: HoldRequest): FieldEdit[] {
  const stable = stableLabelOf(next, seen, next.metadata.uid ?? old.metadata.uid ?? '');
  return heldFrom(stable === '' ? undefined : stable);
}

/** What the step lets go of the revision in spec; of the same revision never less than before. */
function wantedStrategy(deployment: KubeObject, step: number | string): DeploymentStrategy {
  const replicas = replicasOf(deployment);
  const present = drivenStrategy(deployment);
  const revision = hashesOf(deployment).updateRevision;
  const isRaised =
    present?.revision !== revision || partitionLimit(present.partition, replicas) <= partitionLimit(step, replicas);
  const { rollingUpdate, nativeType } = present ?? takenStrategy(deployment);
  return {
    rollingStyle: PARTITION_ROLLING_STYLE,
    rollingUpdate,
    paused: false,
    partition: isRaised ? step : present.partition,
    revision,
    ...(nativeType === undefined ? {} : { nativeType }),
  };
}

function advance(deployment: KubeObject, seen: Related, { step }: ReleaseContext, target: number): Action[] {
  const strategy = writeDeploymentStrategy(wantedStrategy(deployment, step ?? target));
  const stable = releasedFrom(deployment, seen);
  const wanted: [Record<string, string>, JsonObject] = [
    {
      [LABEL.controlledByAdvancedDeployment]: 'true',
      ...(stable === '' ? {} : { [LABEL.stableRevision]: stable }),
    },
    { [ANNOTATION.deploymentStrategy]: strategy },
  ];
  const isMarked = Object.entries(wanted[0]).every(([key, value]) => labelOf(deployment, key) === value);
  const isStill = isDeploymentPaused(deployment) && drivenStrategy(deployment) !== undefined;
  if (isMarked && isStill && annotationOf(deployment, ANNOTATION.deploymentStrategy) === strategy) return [];
  const body = {
    metadata: { labels: wanted[0], annotations: wanted[1] },
    spec: { paused: true, strategy: { type: RECREATE, rollingUpdate: null } },
  };
  return [patch(DEPLOYMENT, deployment, body, `let up to ${target} pods run the new revision`)];
}

function release(deployment: KubeObject, seen: Related): ReleaseView {
  const { templateHash, updateRevision } = hashesOf(deployment);
  const strategy = drivenStrategy(deployment);
  const isReleased = strategy?.revision === updateRevision;
  const desired = isReleased ? partitionLimit(strategy.partition, replicasOf(deployment)) : 0;
  const all = revisionsOf(seen[RELATED_REPLICA_SETS] ?? [], deployment.metadata.uid ?? '');
  const fresh = all.find((one) => templateHashOf(one) === templateHash);
  if (fresh === undefined)
    return { desired, updated: 0, ready: 0, podRevision: '', podSelector: undefined, observed: desired === 0 };
  const podRevision = revisionLabelOf(fresh);
  return {
    desired,
    updated: statusCount(fresh, 'replicas'),
    ...refusedPods(fresh),
    ready: statusCount(fresh, 'availableReplicas'),
    podRevision,
    podSelector: { ...matchLabelsOf(deployment), [LABEL.podTemplateHash]: podRevision },
    observed: statusCount(fresh, 'observedGeneration') >= (fresh.metadata.generation ?? 0),
  };
}

export const deploymentPartition: Workload = {
  group: DEPLOYMENT.group,
  kind: DEPLOYMENT.kind,
  style: 'partition',
  resource: DEPLOYMENT,
  workloadType: WORKLOAD_TYPE.deployment,
  shortNames: ['deploy'],
  pausePath: PAUSED,
  revisionSource: { resource: REPLICA_SET, project: projectReplicaSet },
  policy: 'deployments.apps.partition',
  gate: 'AdvancedDeployment',
  rollingStyle: ROLLING_STYLE.partition,
  replacesInPlace: true,
  makesExtraWorkload: false,
  copiesTemplate: true,
  rollsBackInBatches: false,
  related,
  view: (deployment, seen) =>
    deploymentView(deployment, seen, isDeploymentPaused(deployment), { stableMayBeIdle: true }),
  revisions: historyOf,
  isHeld: isDeploymentPaused,
  activeRevisions: activeRevisionsOf,
  applies,
  isRevision: hasRevision,
  holdPaths,
  hold,
  keepHeld,
  unhold,
  cel,
  needs: [
    { group: 'apps', resource: 'deployments', verbs: ['get', 'list', 'watch', 'patch'] },
    { group: 'apps', resource: 'deployments/finalizers', verbs: ['update'] },
    { group: 'apps', resource: 'replicasets', verbs: ['get', 'list', 'watch', 'create', 'patch'] },
    { group: '', resource: 'pods', verbs: ['get', 'list', 'watch', 'patch'] },
  ],
  project: projectDeployment,
  stepSize: partitionLimit,
  advance,
  release,
  awaitsHandOver: (deployment) => drivenStrategy(deployment) !== undefined,
  letGo,
  freeze: (deployment) => (inProgressOf(deployment) === undefined ? [] : freeze(deployment)),
  cleanUp: () => [],
  isGone: () => true,
};
