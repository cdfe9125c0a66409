// What `install` puts into a cluster: namespace, account and rights, CRDs, webhook configurations. The running process adds
// what only it knows: its certificate, and the policies that hold updates.

import { conversionService, customResourceDefinitions, type ConversionTarget } from '../../api/crds.ts';
import type { KubeObject } from '../../api/kube.ts';
import { PATH, SERVICE_PORT, WEBHOOK_SERVICE_NAME } from '../../api/names.ts';
import { accountObjects, webhookObjects, type InstallOptions } from '../../install/index.ts';
import { UsageError } from '../errors.ts';

export interface Placement {
  namespace: string;
  /** Where the API server reaches a controller outside the cluster. */
  webhookUrl: string | undefined;
}

const service = (namespace: string, name: string) => ({ service: { namespace, name, port: SERVICE_PORT } });

export const optionsFor = ({ namespace, webhookUrl }: Placement): InstallOptions => ({
  namespace,
  endpoint: webhookUrl === undefined ? service(namespace, WEBHOOK_SERVICE_NAME) : { url: webhookUrl },
  policies: true,
});

const conversionFor = ({ namespace, webhookUrl }: Placement): ConversionTarget =>
  webhookUrl === undefined ? conversionService(namespace) : { url: `${webhookUrl}${PATH.convert}` };

/** In the order in which they are applied. */
export const objectsFor = (placement: Placement): KubeObject[] => [
  ...accountObjects(optionsFor(placement)),
  ...customResourceDefinitions(conversionFor(placement)),
  ...webhookObjects(optionsFor(placement)),
];

/** `https://host:port` without anything behind it. */
export function checkedUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && url.pathname === '/' && url.search === '' && url.hash === '') return url.origin;
  throw new UsageError(
    `error: --webhook-url is "${text}"; it must be https://HOST:PORT, where the API server reaches sluice serve`,
  );
}
