// Every resource we read or write, as the REST path names it.

import type { Resource } from './kube.ts';
import { GROUP, V1ALPHA1, V1BETA1 } from './names.ts';

const resource =
  (namespaced: boolean) =>
  (group: string, version: string, plural: string, kind: string): Resource => ({
    group,
    version,
    plural,
    kind,
    namespaced,
  });
const inNamespace = resource(true);
const inCluster = resource(false);

/** Ours. */
export const ROLLOUTS = inNamespace(GROUP, V1BETA1, 'rollouts', 'Rollout');
export const ROLLOUTS_V1ALPHA1 = inNamespace(GROUP, V1ALPHA1, 'rollouts', 'Rollout');
export const BATCH_RELEASES = inNamespace(GROUP, V1BETA1, 'batchreleases', 'BatchRelease');
export const TRAFFIC_ROUTINGS = inNamespace(GROUP, V1ALPHA1, 'trafficroutings', 'TrafficRouting');
export const ROLLOUT_HISTORIES = inNamespace(GROUP, V1ALPHA1, 'rollouthistories', 'RolloutHistory');

/** Workloads and what they own. */
export const DEPLOYMENTS = inNamespace('apps', 'v1', 'deployments', 'Deployment');
export const REPLICA_SETS = inNamespace('apps', 'v1', 'replicasets', 'ReplicaSet');
export const STATEFUL_SETS = inNamespace('apps', 'v1', 'statefulsets', 'StatefulSet');
export const DAEMON_SETS = inNamespace('apps', 'v1', 'daemonsets', 'DaemonSet');
export const CONTROLLER_REVISIONS = inNamespace('apps', 'v1', 'controllerrevisions', 'ControllerRevision');
export const CLONE_SETS = inNamespace('apps.kruise.io', 'v1alpha1', 'clonesets', 'CloneSet');
export const ADVANCED_STATEFUL_SETS = inNamespace('apps.kruise.io', 'v1beta1', 'statefulsets', 'StatefulSet');
export const ADVANCED_DAEMON_SETS = inNamespace('apps.kruise.io', 'v1alpha1', 'daemonsets', 'DaemonSet');
export const PODS = inNamespace('', 'v1', 'pods', 'Pod');

/** Traffic. */
export const SERVICES = inNamespace('', 'v1', 'services', 'Service');
export const INGRESSES = inNamespace('networking.k8s.io', 'v1', 'ingresses', 'Ingress');
export const INGRESS_CLASSES = inCluster('networking.k8s.io', 'v1', 'ingressclasses', 'IngressClass');
export const HTTP_ROUTES: Resource = {
  ...inNamespace('gateway.networking.k8s.io', 'v1', 'httproutes', 'HTTPRoute'),
  olderVersions: ['v1beta1'],
  optional: true,
};

/** Ourselves and the cluster. */
export const CORE_EVENTS = inNamespace('', 'v1', 'events', 'Event');
export const LEASES = inNamespace('coordination.k8s.io', 'v1', 'leases', 'Lease');
export const SECRETS = inNamespace('', 'v1', 'secrets', 'Secret');
export const POD_DISRUPTION_BUDGETS = inNamespace('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget');
export const SERVICE_ACCOUNTS = inNamespace('', 'v1', 'serviceaccounts', 'ServiceAccount');
export const NAMESPACES = inCluster('', 'v1', 'namespaces', 'Namespace');
export const CUSTOM_RESOURCE_DEFINITIONS = inCluster(
  'apiextensions.k8s.io',
  'v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
);
const admission = (plural: string, kind: string) => inCluster('admissionregistration.k8s.io', 'v1', plural, kind);
export const MUTATING_WEBHOOKS = admission('mutatingwebhookconfigurations', 'MutatingWebhookConfiguration');
export const VALIDATING_WEBHOOKS = admission('validatingwebhookconfigurations', 'ValidatingWebhookConfiguration');
export const MUTATING_POLICIES = admission('mutatingadmissionpolicies', 'MutatingAdmissionPolicy');
export const MUTATING_POLICY_BINDINGS = admission('mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding');
export const VALIDATING_POLICIES = admission('validatingadmissionpolicies', 'ValidatingAdmissionPolicy');
export const VALIDATING_POLICY_BINDINGS = admission(
  'validatingadmissionpolicybindings',
  'ValidatingAdmissionPolicyBinding',
);
const rbac = 'rbac.authorization.k8s.io';
export const CLUSTER_ROLES = inCluster(rbac, 'v1', 'clusterroles', 'ClusterRole');
export const CLUSTER_ROLE_BINDINGS = inCluster(rbac, 'v1', 'clusterrolebindings', 'ClusterRoleBinding');
export const ROLES = inNamespace(rbac, 'v1', 'roles', 'Role');
export const ROLE_BINDINGS = inNamespace(rbac, 'v1', 'rolebindings', 'RoleBinding');
