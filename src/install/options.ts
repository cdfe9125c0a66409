// What an installation can vary in, shared by every builder of this folder.

import { apiVersionOf, type JsonObject, type KubeObject, type LabelSelector, type Resource } from '../api/kube.ts';
import { DEFAULT_NAMESPACE, leftOutNamespaces, ourUserName } from '../api/names.ts';

/** How the API server reaches us: by URL outside the cluster, by Service inside. */
export type Endpoint = { url: string } | { service: { name: string; namespace: string; port: number } };

export interface InstallOptions {
  namespace: string;
  endpoint: Endpoint;
  /** PEM, base64; absent in manifests, where the running process fills it in. */
  caBundle?: string;
  /** Admission policies; only where the API server has them (`kinds it serves` decide). */
  policies: boolean;
  /** Appended to the names of cluster-scoped objects, so that several installations can be tried side by side. */
  nameSuffix?: string;
  /** Restricts every admission layer to these namespaces, beside those that are always left out. */
  namespaceSelector?: LabelSelector;
}

export const DEFAULT_OPTIONS: Omit<InstallOptions, 'endpoint'> = { namespace: DEFAULT_NAMESPACE, policies: true };

export const installedUserName = (options: InstallOptions): string => ourUserName(options.namespace);

export const clusterName = (options: InstallOptions, name: string): string => `${name}${options.nameSuffix ?? ''}`;

export const objectOf = (resource: Resource, metadata: KubeObject['metadata'], body: JsonObject): KubeObject => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
  metadata,
  ...body,
});

/** Labels that all our objects carry, so that they can be found and removed together. */
export const OUR_LABELS = { 'app.kubernetes.io/name': 'sluice', 'app.kubernetes.io/part-of': 'sluice' } as const;

const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

export function namespaceSelectorOf(options: InstallOptions): JsonObject {
  const { matchLabels, matchExpressions = [] } = options.namespaceSelector ?? {};
  const leftOut = { key: NAMESPACE_NAME, operator: 'NotIn', values: leftOutNamespaces(options.namespace) };
  return {
    ...(matchLabels === undefined ? {} : { matchLabels }),
    matchExpressions: [leftOut, ...matchExpressions] as unknown as JsonObject[],
  };
}
