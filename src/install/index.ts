// Everything an installation consists of beside CRDs and the Deployment of our own pods, in the order in which it is applied:
// the account and its rights first, the webhooks next, the policies last.

import type { KubeObject } from '../api/kube.ts';
import { PROVIDERS } from '../traffic/index.ts';
import { WORKLOADS } from '../workloads/index.ts';
import { namespace, serviceAccount } from './namespace.ts';
import type { InstallOptions } from './options.ts';
import { policies } from './policies.ts';
import { rbac, type Registries } from './rbac.ts';
import { mutatingWebhooks, validatingWebhooks } from './webhooks.ts';

export { DEFAULT_OPTIONS, type Endpoint, type InstallOptions } from './options.ts';

const REGISTRIES: Registries = { workloads: WORKLOADS, providers: PROVIDERS };

/** Namespace, account and rights. */
export const accountObjects = (options: InstallOptions): KubeObject[] => [
  namespace(options),
  serviceAccount(options),
  ...rbac(options, REGISTRIES),
];

export const webhookObjects = (options: InstallOptions): KubeObject[] => [
  mutatingWebhooks(options, WORKLOADS),
  validatingWebhooks(options),
];

/** Each policy before its binding, which is what makes it act. */
export const policyObjects = (options: InstallOptions): KubeObject[] =>
  options.policies ? policies(options, WORKLOADS) : [];

export const installObjects = (options: InstallOptions): KubeObject[] => [
  ...accountObjects(options),
  ...webhookObjects(options),
  ...policyObjects(options),
];

/** Uninstall removes policies first, then webhooks: only then is what they hold released. */
export const uninstallOrder = (options: InstallOptions): KubeObject[] => [
  ...policyObjects(options).reverse(),
  ...webhookObjects(options).reverse(),
];
