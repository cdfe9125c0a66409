// Whether other replicas of ours answer the API server too, by the Deployment that the process runs in.

import type { KubeObject } from '../api/kube.ts';
import { DEPLOYMENTS } from '../api/resources.ts';
import { SELECTOR } from '../install/deploy.ts';
import type { Table } from '../kube/store.ts';
import { replicasOf, statusCount } from '../workloads/replica-sets.ts';
import type { Tables } from '../tables/tables.ts';

export const deploymentsIn = ({ workloads }: Pick<Tables, 'workloads'>): Table | undefined =>
  workloads.get(DEPLOYMENTS.group, DEPLOYMENTS.kind);

const isOurs = ({ metadata }: KubeObject): boolean =>
  Object.entries(SELECTOR).every(([key, value]) => metadata.labels?.[key] === value);

/** More than one of them, or a Deployment that is not there to tell: an unknown number counts as several. */
export function hasReplicas(tables: Pick<Tables, 'workloads'>, namespace: string): boolean {
  const table = deploymentsIn(tables);
  if (table?.synced !== true) return true;
  const [own, ...others] = table.list(namespace).filter(isOurs);
  if (own === undefined || others.length > 0) return true;
  return replicasOf(own) > 1 || statusCount(own, 'replicas') > 1;
}
