// The verbs of the Kubernetes API as everybody here calls them: plain JSON in and out, a deadline for each call.

import type { JsonObject, KubeObject, Resource } from '../api/kube.ts';
import type { Target } from '../objects/actions.ts';
import type { Scope } from './paths.ts';
import type { Call, CallOptions } from './transport.ts';

export interface ListOptions extends CallOptions, Scope {
  /** Objects a page; all pages are read. Default 500; 0 = everything in one page. */
  limit?: number;
  /** As in the API, when the scope cannot say it. */
  fieldSelector?: string;
  resourceVersion?: string;
  resourceVersionMatch?: 'Exact' | 'NotOlderThan';
  /** Applied to each object page by page, so that a long list never exists whole. */
  project?: (object: KubeObject) => KubeObject;
}

export interface List {
  items: KubeObject[];
  /** Version from which a watch continues this list. */
  resourceVersion: string;
}

export interface PatchOptions extends CallOptions {
  subresource?: string;
  /** Precondition; undefined = none. */
  resourceVersion?: string | undefined;
}

export interface DeleteOptions extends CallOptions {
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  propagation?: 'Foreground' | 'Background' | 'Orphan';
}

export interface WatchOptions extends Scope {
  resourceVersion: string;
  timeoutSeconds: number;
}

export interface Client {
  get(target: Target, options?: CallOptions): Promise<KubeObject | undefined>;
  list(resource: Resource, options?: ListOptions): Promise<List>;
  create(resource: Resource, namespace: string, object: KubeObject, options?: CallOptions): Promise<KubeObject>;
  mergePatch(target: Target, patch: JsonObject, options?: PatchOptions): Promise<KubeObject>;
  /** RFC 6902 operations; their own `test` operations are the precondition. */
  jsonPatch(target: Target, operations: unknown[], options?: PatchOptions): Promise<KubeObject>;
  /** PUT: for Leases, Secrets and cluster objects that are wholly ours; the version in `object` is the precondition. */
  replace(target: Target, object: KubeObject, options?: CallOptions): Promise<KubeObject>;
  /** The object while finalizers or its grace period keep it, undefined when it is gone. Throws when it never was. */
  delete(target: Target, options?: DeleteOptions): Promise<KubeObject | undefined>;
  createSubresource(
    target: Target,
    subresource: string,
    body: KubeObject | JsonObject,
    options?: CallOptions,
  ): Promise<KubeObject>;
  /** Any path (discovery, reviews, health): the answer parsed, or as text when it is not JSON. */
  raw(path: string, options?: RawOptions): Promise<unknown>;
  /** Lines of watch events as bytes. */
  watch(resource: Resource, options: WatchOptions, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
}

export interface RawOptions extends CallOptions {
  method?: Call['method'];
  query?: Call['query'];
  body?: unknown;
}
