// Rights on kinds that no registry knows: a ClusterRole that collects the rules of every ClusterRole with our label, so that
// an administrator adds one small role for a custom resource instead of giving us a wildcard.

import type { Json, KubeObject } from '../api/kube.ts';
import { AGGREGATED_ROLE_NAME, LABEL, SERVICE_ACCOUNT_NAME } from '../api/names.ts';
import { CLUSTER_ROLES, CONTROLLER_REVISIONS } from '../api/resources.ts';
import type { ApiVerb } from '../workloads/workload.ts';
import { clusterName, objectOf, OUR_LABELS, type InstallOptions } from './options.ts';

/** As `sluice install --workload` names it: `widgets.example.com`. */
export interface WorkloadResource {
  plural: string;
  group: string;
}

const COLLECTED = { [LABEL.aggregateToManager]: 'true' };

/** Its rules are filled in by the API server's own controller, so none are named here. */
export const aggregatedRole = (options: InstallOptions): KubeObject =>
  objectOf(
    CLUSTER_ROLES,
    { name: clusterName(options, AGGREGATED_ROLE_NAME), labels: { ...OUR_LABELS } },
    { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { ...COLLECTED } }] } },
  );

const READ: ApiVerb[] = ['get', 'list', 'watch'];

/** What a release of such a workload takes: the object itself, and the revisions that its controller keeps. */
export const workloadRole = (options: InstallOptions, { plural, group }: WorkloadResource): KubeObject =>
  objectOf(
    CLUSTER_ROLES,
    {
      name: clusterName(options, `${SERVICE_ACCOUNT_NAME}-${plural}.${group}`),
      labels: { ...OUR_LABELS, ...COLLECTED },
    },
    {
      rules: [
        { apiGroups: [group], resources: [plural], verbs: [...READ, 'patch'] },
        { apiGroups: [CONTROLLER_REVISIONS.group], resources: [CONTROLLER_REVISIONS.plural], verbs: READ },
      ] as unknown as Json,
    },
  );
