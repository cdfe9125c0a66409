// Everything an installation consists of beside CRDs, in the order in which it is applied: the account and its rights first,
// then how we are reached, the webhooks, the process, and the policies last.

import type { KubeObject } from '../api/kube.ts';
import { JUDGES } from '../core/admission/judges/index.ts';
import { PROVIDERS } from '../traffic/index.ts';
import { WORKLOADS } from '../workloads/index.ts';
import type { Permission } from '../workloads/workload.ts';
import { processObjects, serviceObjects, type Pods } from './deploy.ts';
import { namespace, serviceAccount } from './namespace.ts';
import type { InstallOptions } from './options.ts';
import { policies, retiredPolicies } from './policies.ts';
import { rbac } from './rbac.ts';
import { webhookConfigurations } from './webhooks.ts';

export { workloadRole, type WorkloadResource } from './aggregated.ts';
export { DEFAULT_REPLICAS, LEARN, processObjects, serviceObjects, type Pods } from './deploy.ts';
export { DEFAULT_OPTIONS, type Endpoint, type InstallOptions } from './options.ts';

/** Namespace, account and rights. `controllers`: what those ask for that stand on floors above this one (src/pipes). */
export const accountObjects = (options: InstallOptions, controllers: readonly Permission[]): KubeObject[] => [
  namespace(options),
  serviceAccount(options),
  ...rbac(options, { workloads: WORKLOADS, providers: PROVIDERS, judges: JUDGES, controllers }),
];

/** `workloads`: the kinds that are known; a running process may have learned more than the registry names. */
export const webhookObjects = (options: InstallOptions, workloads = WORKLOADS): KubeObject[] =>
  webhookConfigurations(options, JUDGES, workloads);

/** Each policy before its binding, which is what makes it act. */
export const policyObjects = (options: InstallOptions, workloads = WORKLOADS): KubeObject[] =>
  options.policies ? policies(options, workloads) : [];

/** What an upgrade leaves behind. */
export const retiredObjects = (options: InstallOptions, workloads = WORKLOADS): ReturnType<typeof retiredPolicies> =>
  retiredPolicies(options, workloads);

/** With `pods` the process runs inside the cluster. */
export const installObjects = (
  options: InstallOptions,
  controllers: readonly Permission[],
  pods?: Pods,
): KubeObject[] => [
  ...accountObjects(options, controllers),
  ...(pods === undefined ? [] : serviceObjects(options)),
  ...webhookObjects(options),
  ...(pods === undefined ? [] : processObjects(options, pods)),
  ...policyObjects(options),
];

/** Uninstall removes policies first, then webhooks: only then is what they hold released. */
export const uninstallOrder = (options: InstallOptions): KubeObject[] => [
  ...policyObjects(options).reverse(),
  ...webhookObjects(options).reverse(),
];
