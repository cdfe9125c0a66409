// Ties Deployments in partition style to the control pipe: the advanced-deployment controller. The Deployment is read live,
// because its template is copied; its ReplicaSets are listed live before one is made, so that there is never a twin.

import type { KubeObject } from '../api/kube.ts';
import { splitKey } from '../api/object-key.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../api/resources.ts';
import type { DeploymentObserved } from '../core/deployment/observed.ts';
import { partitionStrategyOf } from '../core/deployment/observed.ts';
import { planDeployment } from '../core/deployment/plan.ts';
import type { Plan } from '../objects/actions.ts';
import type { Client } from '../kube/client.ts';
import type { Store } from '../kube/store.ts';
import type { Reconciler } from '../runtime/controller.ts';
import { matchLabelsOf, ownedBy } from '../workloads/replica-sets.ts';
import { perform, type Performer } from './perform.ts';
import { INDEX } from './tables.ts';

interface Reader {
  client: Client;
  store: Store;
}

const creates = ({ actions }: Plan): boolean => actions.some((action) => action.do === 'create');

async function listed(client: Client, deployment: KubeObject, signal: AbortSignal): Promise<KubeObject[]> {
  const { namespace = '', uid = '' } = deployment.metadata;
  const labels = { matchLabels: matchLabelsOf(deployment) };
  const { items } = await client.list(REPLICA_SETS, { namespace, labels, signal });
  return items.filter((item) => ownedBy(item, uid));
}

async function planFrom(
  { client, store }: Reader,
  found: Omit<DeploymentObserved, 'replicaSets'>,
  signal: AbortSignal,
) {
  const known = store.table(REPLICA_SETS).by(INDEX.owner, found.deployment.metadata.uid ?? '');
  const plan = planDeployment({ ...found, replicaSets: known });
  if (!creates(plan)) return plan;
  return planDeployment({ ...found, replicaSets: await listed(client, found.deployment, signal) });
}

export function deploymentReconciler(reader: Reader, performer: Performer): Reconciler {
  /** How many names in a row were taken, by key; lost on a restart, which only repeats those creates. */
  const taken = new Map<string, number>();
  return {
    name: 'deployment',
    async reconcile(key, signal) {
      const [namespace, name] = splitKey(key);
      const known = reader.store.table(DEPLOYMENTS).get(namespace, name);
      if (known === undefined || partitionStrategyOf(known) === undefined) return {};
      const deployment = await reader.client.get({ resource: DEPLOYMENTS, namespace, name }, { signal });
      if (deployment === undefined) return {};
      const namesTaken = taken.get(key) ?? 0;
      const plan = await planFrom(reader, { deployment, namesTaken }, signal);
      const { nameTaken, ...result } = await perform(performer, deployment, plan, signal);
      if (nameTaken) taken.set(key, namesTaken + 1);
      else taken.delete(key);
      return result;
    },
  };
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
