// Deployment, style canary: the Deployment stays paused on its old ReplicaSet while new pods run in a Deployment of their
// own. This file says how it is held and given back; canary-deployment.ts makes and feeds the other Deployment.

import { LABEL, ROLLING_STYLE, WORKLOAD_TYPE } from '../api/names.ts';
import type { JsonObject, KubeObject } from '../api/kube.ts';
import { edit, type FieldEdit } from '../objects/field-edit.ts';
import { readAt } from '../lib/json.ts';
import { labelOf } from '../objects/marks.ts';
import { advance, cleanUp, isGone, release } from './canary-deployment.ts';
import {
  applies,
  BRINGS_RECREATE,
  bringsRecreate,
  heldFrom,
  ownReplicaSets,
  PAUSED,
  pausedCel,
  STABLE_LABEL,
  unhold,
} from './deployment-hold.ts';
import { letGo, STRATEGY } from './native-strategy.ts';
import {
  activeRevisionsOf,
  CANARIES,
  CANARY_REPLICA_SETS,
  DEPLOYMENT,
  deploymentView,
  hasRevision,
  historyOf,
  isDeploymentPaused,
  projectDeployment,
  RELATED_REPLICA_SETS,
  stableOf,
} from './deployment.ts';
import { activeOf, matchLabelsOf, projectReplicaSet, REPLICA_SET, revisionLabelOf } from './replica-sets.ts';
import { labelValue } from '../lib/label-value.ts';
import type { HoldRequest, RelatedQuery, Workload } from './workload.ts';

function related(deployment: KubeObject): RelatedQuery[] {
  const { name } = deployment.metadata;
  return [
    ownReplicaSets(deployment),
    {
      as: CANARIES,
      resource: DEPLOYMENT,
      by: { labels: { [LABEL.canaryDeployment]: labelValue(name) } },
      releasing: true,
    },
    { as: CANARY_REPLICA_SETS, resource: REPLICA_SET, by: { labels: matchLabelsOf(deployment) }, releasing: true },
  ];
}

function hold({ old, next, related: seen }: HoldRequest): FieldEdit[] {
  const uid = next.metadata.uid ?? old.metadata.uid ?? '';
  const stable = stableOf(next, activeOf(seen[RELATED_REPLICA_SETS] ?? [], uid));
  return heldFrom(stable === undefined ? undefined : revisionLabelOf(stable));
}

const keepHeld = (old: KubeObject, next: KubeObject): FieldEdit[] => [
  ...heldFrom(labelOf(old, LABEL.stableRevision)),
  ...(bringsRecreate(old, next) ? [edit(STRATEGY, readAt(old, STRATEGY) as JsonObject | undefined)] : []),
];

export const deploymentCanary: Workload = {
  group: DEPLOYMENT.group,
  kind: DEPLOYMENT.kind,
  style: 'canary',
  resource: DEPLOYMENT,
  workloadType: WORKLOAD_TYPE.deployment,
  shortNames: ['deploy'],
  pausePath: PAUSED,
  revisionSource: { resource: REPLICA_SET, project: projectReplicaSet },
  policy: 'deployments.apps.canary',
  rollingStyle: ROLLING_STYLE.canary,
  replacesInPlace: false,
  makesExtraWorkload: true,
  copiesTemplate: true,
  rollsBackInBatches: false,
  related,
  view: (deployment, seen) => deploymentView(deployment, seen, isDeploymentPaused(deployment)),
  revisions: historyOf,
  isHeld: isDeploymentPaused,
  activeRevisions: activeRevisionsOf,
  applies,
  isRevision: hasRevision,
  holdPaths: [PAUSED, STRATEGY, STABLE_LABEL],
  hold,
  keepHeld,
  unhold,
  cel: {
    ...pausedCel,
    keep: [
      { path: PAUSED, value: 'true' },
      { path: STRATEGY, value: 'oldObject.spec.strategy', when: BRINGS_RECREATE },
    ],
  },
  needs: [
    { group: 'apps', resource: 'deployments', verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
    { group: 'apps', resource: 'replicasets', verbs: ['get', 'list', 'watch'] },
    { group: '', resource: 'pods', verbs: ['get', 'list', 'watch', 'patch'] },
  ],
  project: projectDeployment,
  advance,
  release,
  letGo,
  cleanUp,
  isGone,
};
