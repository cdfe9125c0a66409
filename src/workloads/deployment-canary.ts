// Deployment, style canary: the Deployment stays paused on its old ReplicaSet while new pods run in a Deployment of their
// own. This file says how it is held and given back; canary-deployment.ts makes and feeds the other Deployment.

import { LABEL, WORKLOAD_TYPE } from '../api/names.ts';
import type { JsonObject, KubeObject } from '../api/kube.ts';
import { edit, labelEdit, type FieldEdit } from '../core/admission/edits.ts';
import { readAt } from '../core/json-patch.ts';
import { labelOf } from '../core/workload/marks.ts';
import { advance, cleanUp, isGone, release } from './canary-deployment.ts';
import { letGo } from './deployment-strategy.ts';
import {
  activeRevisionsOf,
  CANARIES,
  CANARY_REPLICA_SETS,
  DEPLOYMENT,
  deploymentView,
  hasRevision,
  historyOf,
  isPaused,
  matchLabelsOf,
  projectDeployment,
  REPLICA_SETS,
  stableOf,
} from './deployment.ts';
import { activeOf, projectReplicaSet, REPLICA_SET, replicasOf, revisionLabelOf } from './replica-sets.ts';
import type { CelVariable, HoldRequest, RelatedQuery, Workload } from './workload.ts';

const PAUSED = ['spec', 'paused'];
const STRATEGY = ['spec', 'strategy'];
const STABLE_LABEL = ['metadata', 'labels', LABEL.stableRevision];

function related(deployment: KubeObject): RelatedQuery[] {
  const { uid, name } = deployment.metadata;
  return [
    { as: REPLICA_SETS, resource: REPLICA_SET, by: { ownerUid: uid ?? '', hint: matchLabelsOf(deployment) } },
    { as: CANARIES, resource: DEPLOYMENT, by: { labels: { [LABEL.canaryDeployment]: name } }, releasing: true },
    { as: CANARY_REPLICA_SETS, resource: REPLICA_SET, by: { labels: matchLabelsOf(deployment) }, releasing: true },
  ];
}

function hold({ old, next, related: seen }: HoldRequest): FieldEdit[] {
  const uid = next.metadata.uid ?? old.metadata.uid ?? '';
  const stable = stableOf(next, activeOf(seen[REPLICA_SETS] ?? [], uid));
  const marked = stable === undefined ? [] : [labelEdit(LABEL.stableRevision, revisionLabelOf(stable))];
  return [edit(PAUSED, true), ...marked];
}

const strategyType = (deployment: KubeObject): unknown => readAt(deployment, [...STRATEGY, 'type']);

function keepHeld(old: KubeObject, next: KubeObject): FieldEdit[] {
  const stable = labelOf(old, LABEL.stableRevision);
  const recreates = strategyType(next) === 'Recreate' && strategyType(old) !== 'Recreate';
  const strategy = readAt(old, STRATEGY) as JsonObject | undefined;
  return [
    edit(PAUSED, true),
    ...(stable === undefined ? [] : [labelEdit(LABEL.stableRevision, stable)]),
    // Recreate would take down every old pod at once when the hold ends.
    ...(recreates ? [edit(STRATEGY, strategy)] : []),
  ];
}

const unhold = (old: KubeObject): FieldEdit[] => [
  edit(PAUSED, readAt(old, PAUSED) as boolean | undefined),
  labelEdit(LABEL.stableRevision, labelOf(old, LABEL.stableRevision)),
];

const atLeastOne = (variable: CelVariable): string =>
  `(!has(${variable}.spec.replicas) || ${variable}.spec.replicas > 0)`;

const recreates = (variable: CelVariable): string =>
  `has(${variable}.spec.strategy) && has(${variable}.spec.strategy.type) && ${variable}.spec.strategy.type == 'Recreate'`;

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
  rollsBackInBatches: false,
  related,
  view: (deployment, seen) => deploymentView(deployment, seen, isPaused(deployment)),
  revisions: historyOf,
  isHeld: isPaused,
  activeRevisions: activeRevisionsOf,
  applies: (old, next) => replicasOf(old) > 0 && replicasOf(next) > 0,
  isRevision: hasRevision,
  holdPaths: [PAUSED, STRATEGY, STABLE_LABEL],
  hold,
  keepHeld,
  unhold,
  cel: {
    text: 'spec.paused=true',
    applies: `${atLeastOne('object')} && ${atLeastOne('oldObject')}`,
    isHeld: (variable) => `(has(${variable}.spec.paused) && ${variable}.spec.paused)`,
    hold: [{ path: PAUSED, value: 'true' }],
    keep: [
      { path: PAUSED, value: 'true' },
      {
        path: STRATEGY,
        value: 'oldObject.spec.strategy',
        when: `(${recreates('object')}) && !(${recreates('oldObject')})`,
      },
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
