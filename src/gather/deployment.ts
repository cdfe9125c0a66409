// Everything that rolling a Deployment in partition style is planned from. The Deployment is read live, because its template is
// copied; its ReplicaSets are those of the table.

import type { KubeObject } from '../api/kube.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../api/resources.ts';
import { partitionStrategyOf } from '../core/deployment/deployment-observed.ts';
import { INDEX } from '../tables/keys.ts';
import type { Observer } from './observer.ts';

export type DeploymentObserver = Pick<Observer, 'reader' | 'store'>;

/** Undefined when it is not there, or not ours to roll. */
export async function deploymentLive(
  { reader, store }: DeploymentObserver,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const known = store.table(DEPLOYMENTS).get(namespace, name);
  if (known === undefined || partitionStrategyOf(known) === undefined) return undefined;
  return reader.get({ resource: DEPLOYMENTS, namespace, name }, { signal });
}

export const replicaSetsKnown = ({ store }: DeploymentObserver, deployment: KubeObject): KubeObject[] =>
  store.table(REPLICA_SETS).by(INDEX.owner, deployment.metadata.uid ?? '');
