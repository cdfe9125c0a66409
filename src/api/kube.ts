// The few Kubernetes shapes that decisions read, as plain JSON. Fields nobody here names survive, because objects are
// passed on as they came. Times are RFC 3339 strings, as on the wire.

export type { Json, JsonObject } from '../lib/json.ts';
export type Strings = Record<string, string>;

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  manager?: string;
  operation?: string;
  subresource?: string;
  time?: string;
  fieldsV1?: unknown;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Strings;
  annotations?: Strings;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
  generateName?: string;
}

/** Any object of the API; `spec` and `status` are narrowed by whoever knows the kind. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** A resource as the REST path names it. */
export interface Resource {
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
  /** What servers of older add-ons serve instead of `version`, the newest first; same shape. */
  olderVersions?: readonly string[];
  /** Its definition is somebody else's add-on: a cluster may not have it, or get it at any time. */
  optional?: boolean;
}

export interface LabelSelector {
  matchLabels?: Strings;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export interface Container {
  name: string;
  image?: string;
  [field: string]: unknown;
}

export interface PodTemplate {
  metadata?: { labels?: Strings; annotations?: Strings; [field: string]: unknown };
  spec?: { containers?: Container[]; [field: string]: unknown };
  [field: string]: unknown;
}

export interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
  lastUpdateTime?: string;
  lastTransitionTime?: string;
}

export const apiVersionOf = (resource: Resource): string =>
  resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;

export const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
