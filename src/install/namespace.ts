// The namespace we live in and the account under which all our writes arrive.

import type { KubeObject } from '../api/kube.ts';
import { SERVICE_ACCOUNT_NAME } from '../api/names.ts';
import { NAMESPACES, SERVICE_ACCOUNTS } from '../api/resources.ts';
import { objectOf, OUR_LABELS, type InstallOptions } from './options.ts';

export const namespace = (options: InstallOptions): KubeObject =>
  objectOf(
    NAMESPACES,
    { name: options.namespace, labels: { ...OUR_LABELS, 'pod-security.kubernetes.io/enforce': 'restricted' } },
    {},
  );

export const serviceAccount = (options: InstallOptions): KubeObject =>
  objectOf(
    SERVICE_ACCOUNTS,
    { name: SERVICE_ACCOUNT_NAME, namespace: options.namespace, labels: { ...OUR_LABELS } },
    {},
  );
