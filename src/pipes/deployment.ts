// Deployments in partition style, rolled by us: the advanced-deployment controller.

import type { KubeObject } from '../api/kube.ts';
import { keyOf, splitKey } from '../api/object-key.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../api/resources.ts';
import { partitionStrategyOf, type DeploymentObserved } from '../core/deployment/deployment-observed.ts';
import { planDeployment } from '../core/deployment/plan-deployment.ts';
import { deploymentLive, replicaSetsKnown } from '../gather/deployment.ts';
import type { Observer } from '../gather/observer.ts';
import { controllerOf } from '../objects/ownership.ts';
import type { Tables } from '../tables/tables.ts';
import type { Pipe } from './pipe.ts';
import { keysOf } from './wakes.ts';

const isPartitioned = (deployment: KubeObject): boolean => partitionStrategyOf(deployment) !== undefined;

/** Its key, if there is such a Deployment now and it is ours to roll. */
function partitioned(namespace: string, name: string, tables: Tables): string[] {
  const known = tables.of(DEPLOYMENTS).get(namespace, name);
  return known !== undefined && isPartitioned(known) ? [keyOf(known)] : [];
}

/**
 * The tables know of nothing to do: it is read live to be copied from, not to be looked at once more. What they do not know yet
 * wakes it when they do.
 */
function isQuiet(key: string, observer: Observer): boolean {
  const deployment = observer.tables.of(DEPLOYMENTS).get(...splitKey(key));
  if (deployment === undefined || !isPartitioned(deployment)) return true;
  const known = { deployment, replicaSets: replicaSetsKnown(observer, deployment), namesTaken: 0 };
  const { actions, asks = [] } = planDeployment(known);
  return actions.length === 0 && asks.length === 0;
}

export const DEPLOYMENT: Pipe<Pick<DeploymentObserved, 'deployment' | 'replicaSets'>> = {
  name: 'deployment',
  gate: 'AdvancedDeployment',
  workers: { setting: 'deployment', byDefault: 3 },
  tables: [],
  wakes: [
    { on: DEPLOYMENTS, keys: ({ metadata }, tables) => partitioned(metadata.namespace ?? '', metadata.name, tables) },
    {
      on: REPLICA_SETS,
      keys: (replicaSet, tables) =>
        partitioned(replicaSet.metadata.namespace ?? '', controllerOf(replicaSet)?.name ?? '', tables),
    },
  ],
  all: (tables) => keysOf(tables.of(DEPLOYMENTS).list().filter(isPartitioned)),
  async observe(key, observer, signal) {
    if (isQuiet(key, observer)) return undefined;
    const deployment = await deploymentLive(observer, ...splitKey(key), signal);
    return deployment === undefined ? undefined : { deployment, replicaSets: replicaSetsKnown(observer, deployment) };
  },
  plan: (observed, { namesTaken }, answers) => planDeployment({ ...observed, namesTaken, answers }),
  about: ({ deployment }) => deployment,
  // The workload kind asks for what this needs.
  rights: [],
};
