// What our account may do, and nothing else: rights of workload kinds, traffic providers, judges and controllers come from
// their registries, the rest is what the program itself needs. No wildcard; objects of a known name are listed by name.

import { CONVERTED_NAMES } from '../api/crds.ts';
import type { Json, JsonObject, KubeObject, Resource } from '../api/kube.ts';
import {
  LEASE_NAME,
  MUTATING_WEBHOOK_CONFIGURATION,
  POLICY,
  RETIRED_POLICY,
  SERVICE_ACCOUNT_NAME,
  VALIDATING_WEBHOOK_CONFIGURATION,
  WEBHOOK_SECRET_NAME,
} from '../api/names.ts';
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  CORE_EVENTS,
  CUSTOM_RESOURCE_DEFINITIONS,
  LEASES,
  MUTATING_POLICIES,
  MUTATING_POLICY_BINDINGS,
  MUTATING_WEBHOOKS,
  NAMESPACES,
  ROLE_BINDINGS,
  ROLES,
  SECRETS,
  SERVICES,
  VALIDATING_POLICIES,
  VALIDATING_POLICY_BINDINGS,
  VALIDATING_WEBHOOKS,
} from '../api/resources.ts';
import type { Judge } from '../core/admission/judge.ts';
import type { TrafficProvider } from '../traffic/provider.ts';
import type { Permission, Registered, ApiVerb } from '../workloads/workload.ts';
import { aggregatedRole } from './aggregated.ts';
import { clusterName, objectOf, OUR_LABELS, type InstallOptions } from './options.ts';
import { ALL, may, READ } from './rights.ts';
import { policyNames } from './policies.ts';

export interface PolicyRule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: ApiVerb[];
}

/** What the cluster tells, and Events about what we do. */
const CLUSTER: Permission[] = [
  may(NAMESPACES, READ),
  may(CUSTOM_RESOURCE_DEFINITIONS, READ),
  may(CORE_EVENTS, ['create', 'patch']),
];

const trafficNeeds = (providers: readonly TrafficProvider[]): Permission[] =>
  providers.length === 0
    ? []
    : [
        may(SERVICES, ALL),
        ...providers.flatMap(({ resources, makes, looksAt = [] }) => [
          ...looksAt.map((one) => may(one, ['get'])),
          ...resources.map((one) => may(one, [...READ, 'patch'])),
          ...makes.map((one) => may(one, ['create', 'delete'])),
        ]),
      ];

/** One rule a resource, with the union of the verbs; in a stable order. */
function rulesOf(permissions: readonly Permission[]): PolicyRule[] {
  const byResource = new Map<string, PolicyRule>();
  for (const { group, resource, verbs } of permissions) {
    const key = `${group}/${resource}`;
    const known = byResource.get(key)?.verbs ?? [];
    const union = (['get', 'list', 'watch', 'create', 'patch', 'update', 'delete'] as const).filter(
      (verb) => known.includes(verb) || verbs.includes(verb),
    );
    byResource.set(key, { apiGroups: [group], resources: [resource], verbs: union });
  }
  return [...byResource.keys()].sort().map((key) => byResource.get(key) as PolicyRule);
}

const named = ({ group, plural }: Resource, resourceNames: string[], verbs: ApiVerb[]): PolicyRule => ({
  apiGroups: [group],
  resources: [plural],
  resourceNames,
  verbs,
});

const unnamed = ({ group, plural }: Resource, verbs: ApiVerb[]): PolicyRule => ({
  apiGroups: [group],
  resources: [plural],
  verbs,
});

/** Objects of ours outside namespaces, by name. Creating, and a watch of several, cannot be limited by name. */
function ownObjects(options: InstallOptions, workloads: readonly Registered[]): PolicyRule[] {
  const mutating = policyNames(options, workloads, POLICY.hold);
  const validating = policyNames(options, workloads, POLICY.guard, POLICY.explain);
  const retired = policyNames(options, workloads, ...Object.values(RETIRED_POLICY));
  const policies: [Resource, string[]][] = [
    [MUTATING_POLICIES, mutating],
    [MUTATING_POLICY_BINDINGS, mutating],
    [VALIDATING_POLICIES, validating],
    [VALIDATING_POLICY_BINDINGS, validating],
  ];
  const hook = (base: string): string[] => [clusterName(options, base)];
  return [
    named(MUTATING_WEBHOOKS, hook(MUTATING_WEBHOOK_CONFIGURATION), [...READ, 'patch']),
    named(VALIDATING_WEBHOOKS, hook(VALIDATING_WEBHOOK_CONFIGURATION), [...READ, 'patch']),
    named(CUSTOM_RESOURCE_DEFINITIONS, [...CONVERTED_NAMES], ['patch']),
    ...policies.flatMap(([resource, list]) => [
      named(resource, list, ['get', 'patch']),
      unnamed(resource, ['list', 'watch', 'create']),
    ]),
    ...[MUTATING_POLICIES, MUTATING_POLICY_BINDINGS].map((resource) => named(resource, retired, ['delete'])),
  ];
}

/** In our own namespace only. */
const LOCAL: PolicyRule[] = [
  unnamed(LEASES, ['create']),
  named(LEASES, [LEASE_NAME], [...READ, 'patch', 'update']),
  unnamed(SECRETS, ['create']),
  named(SECRETS, [WEBHOOK_SECRET_NAME], [...READ, 'patch']),
];

const toJson = (rules: readonly PolicyRule[]): Json => rules as unknown as Json;

function binding(resource: Resource, role: KubeObject, options: InstallOptions): KubeObject {
  const { name, namespace } = role.metadata;
  const body: JsonObject = {
    roleRef: { apiGroup: resource.group, kind: role.kind ?? '', name },
    subjects: [{ kind: 'ServiceAccount', name: SERVICE_ACCOUNT_NAME, namespace: options.namespace }],
  };
  return objectOf(
    resource,
    { name, ...(namespace === undefined ? {} : { namespace }), labels: { ...OUR_LABELS } },
    body,
  );
}

export interface Registries {
  workloads: readonly Registered[];
  providers: readonly TrafficProvider[];
  judges: readonly Judge[];
  /** What our controllers need for resources of their own. */
  controllers: readonly Permission[];
}

/** Roles and their bindings. */
export function rbac(options: InstallOptions, { workloads, providers, judges, controllers }: Registries): KubeObject[] {
  const cluster = rulesOf([
    ...controllers,
    ...CLUSTER,
    ...workloads.flatMap(({ needs }) => needs),
    ...trafficNeeds(providers),
    ...judges.flatMap(({ needs = [] }) => needs),
  ]);
  const clusterRole = objectOf(
    CLUSTER_ROLES,
    { name: clusterName(options, SERVICE_ACCOUNT_NAME), labels: { ...OUR_LABELS } },
    { rules: toJson([...cluster, ...ownObjects(options, workloads)]) },
  );
  const role = objectOf(
    ROLES,
    { name: SERVICE_ACCOUNT_NAME, namespace: options.namespace, labels: { ...OUR_LABELS } },
    { rules: toJson(LOCAL) },
  );
  const aggregated = aggregatedRole(options);
  return [
    clusterRole,
    binding(CLUSTER_ROLE_BINDINGS, clusterRole, options),
    aggregated,
    binding(CLUSTER_ROLE_BINDINGS, aggregated, options),
    role,
    binding(ROLE_BINDINGS, role, options),
  ];
}
