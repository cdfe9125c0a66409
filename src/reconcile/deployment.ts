// Ties Deployments in partition style to the control pipe: the advanced-deployment controller.

import type { KubeObject } from '../api/kube.ts';
import { splitKey } from '../api/object-key.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../api/resources.ts';
import type { DeploymentObserved } from '../core/deployment/observed.ts';
import { partitionStrategyOf } from '../core/deployment/observed.ts';
import { planDeployment } from '../core/deployment/plan.ts';
import type { Plan } from '../objects/actions.ts';
import { deploymentLive, replicaSetsKnown, replicaSetsLive, type DeploymentObserver } from '../gather/deployment.ts';
import type { Store } from '../kube/store.ts';
import type { Reconciler } from '../runtime/controller.ts';
import { perform, type Performer } from './perform.ts';

export function deploymentReconciler(observer: DeploymentObserver, performer: Performer): Reconciler {
  /** How many names in a row were taken, by key; lost on a restart, which only repeats those creates. */
  const taken = new Map<string, number>();
  return {
    name: 'deployment',
    async reconcile(key, signal) {
      const [namespace, name] = splitKey(key);
      const deployment = await deploymentLive(observer, namespace, name, signal);
      if (deployment === undefined) return {};
      const namesTaken = taken.get(key) ?? 0;
      const plan = await planFrom(observer, { deployment, namesTaken }, signal);
      const { nameTaken, ...result } = await perform(performer, deployment, plan, signal);
      if (nameTaken) taken.set(key, namesTaken + 1);
      else taken.delete(key);
      return result;
    },
  };
}

const creates = ({ actions }: Plan): boolean => actions.some((action) => action.do === 'create');

/** From the ReplicaSets of the table; again from a live list before one is made, so that there is never a twin. */
async function planFrom(
  observer: DeploymentObserver,
  found: Omit<DeploymentObserved, 'replicaSets'>,
  signal: AbortSignal,
): Promise<Plan> {
  const plan = planDeployment({ ...found, replicaSets: replicaSetsKnown(observer, found.deployment) });
  if (!creates(plan)) return plan;
  return planDeployment({ ...found, replicaSets: await replicaSetsLive(observer, found.deployment, signal) });
}

/** Wakes a Deployment in partition style when it or one of its ReplicaSets changes. */
export function watchDeployments(store: Store, wake: (key: string) => void): void {
  const deployments = store.table(DEPLOYMENTS);
  const consider = (deployment: KubeObject | undefined): void => {
    if (deployment === undefined || partitionStrategyOf(deployment) === undefined) return;
    wake(`${deployment.metadata.namespace ?? ''}/${deployment.metadata.name}`);
  };
  deployments.onChange((_before, after) => consider(after));
  store.table(REPLICA_SETS).onChange((before, after) => {
    const { namespace = '', ownerReferences = [] } = (after ?? before)?.metadata ?? { name: '' };
    for (const { controller, name } of ownerReferences)
      if (controller === true) consider(deployments.get(namespace, name));
  });
}

/** Everything there is, for a new leader. */
export function partitionedDeployments(store: Store): string[] {
  const all = store.table(DEPLOYMENTS).list();
  return all
    .filter((deployment) => partitionStrategyOf(deployment) !== undefined)
    .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
}
