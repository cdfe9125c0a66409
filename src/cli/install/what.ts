// What `install` puts into a cluster: namespace, account and rights, CRDs, webhook configurations, and inside the cluster the
// process with its Services. The running process adds what only it knows: its certificate, and the policies that hold updates.

import { conversionService, customResourceDefinitions, type ConversionTarget } from '../../api/crds.ts';
import type { KubeObject } from '../../api/kube.ts';
import { IMAGE_NAME, PATH, SERVICE_PORT, WEBHOOK_SERVICE_NAME } from '../../api/names.ts';
import {
  accountObjects,
  processObjects,
  serviceObjects,
  webhookObjects,
  workloadRole,
  type InstallOptions,
  type Pods,
  type WorkloadResource,
} from '../../install/index.ts';
import { PIPE_RIGHTS } from '../../pipes/index.ts';
import { UsageError } from '../errors.ts';
import about from '../../../package.json' with { type: 'json' };

/** As `docker build` of this version names it. */
export const DEFAULT_IMAGE = `${IMAGE_NAME}:${about.version}`;

export interface Placement {
  namespace: string;
  /** Where the API server reaches a controller outside the cluster. */
  webhookUrl: string | undefined;
}

/** What else is chosen, or found in the cluster. */
export interface Choices {
  /** Only for a controller inside the cluster. */
  pods: Pods;
  /** Custom resources used as workloads. */
  workloads: readonly WorkloadResource[];
}

const service = (namespace: string, name: string) => ({ service: { namespace, name, port: SERVICE_PORT } });

const optionsFor = ({ namespace, webhookUrl }: Placement): InstallOptions => ({
  namespace,
  endpoint: webhookUrl === undefined ? service(namespace, WEBHOOK_SERVICE_NAME) : { url: webhookUrl },
  policies: true,
});

const conversionFor = ({ namespace, webhookUrl }: Placement): ConversionTarget =>
  webhookUrl === undefined ? conversionService(namespace) : { url: `${webhookUrl}${PATH.convert}` };

/** In the order in which they are applied. */
export function objectsFor(placement: Placement, { pods, workloads }: Choices): KubeObject[] {
  const options = optionsFor(placement);
  const inside = placement.webhookUrl === undefined;
  return [
    ...accountObjects(options, PIPE_RIGHTS),
    ...workloads.map((resource) => workloadRole(options, resource)),
    ...customResourceDefinitions(conversionFor(placement)),
    ...(inside ? serviceObjects(options) : []),
    ...webhookObjects(options),
    ...(inside ? processObjects(options, { ...pods, learns: workloads.length > 0 }) : []),
  ];
}

/** `https://host:port` without anything behind it. */
export function checkedUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && url.pathname === '/' && url.search === '' && url.hash === '') return url.origin;
  throw new UsageError(
    `error: --webhook-url is "${text}"; it must be https://HOST:PORT, where the API server reaches sluice serve`,
  );
}
