// The port to the API server: its verbs as everybody here calls them, plain JSON in and out, a deadline for each call. Who
// looks gets a Reader and cannot write; only who performs gets a Writer too. Interfaces and nothing else: clients and what
// stands in for them in tests implement them.

import type { JsonObject, KubeObject, Resource } from '../api/kube.ts';
import type { Target } from '../objects/actions.ts';
import type { Scope } from './paths.ts';

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Deadline of the whole call, answer included. */
  timeoutMs?: number | undefined;
}

export type Query = Record<string, string | number | boolean | undefined>;

export interface ListOptions extends CallOptions, Scope {
  /** Objects a page; all pages are read. Default 100; 0 = everything in one page. */
  limit?: number;
  /** As in the API, when the scope cannot say it. */
  fieldSelector?: string;
  resourceVersion?: string;
  resourceVersionMatch?: 'Exact' | 'NotOlderThan';
  /** Asks for metadata alone: without `spec` and `status`, and `apiVersion` and `kind` are not those of the object. */
  metadataOnly?: boolean;
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
  /** As in `ListOptions`. */
  metadataOnly?: boolean;
  resourceVersion: string;
  timeoutSeconds: number;
}

/** Whatever reads: gatherers, admission, watches, and commands that only show. */
export interface Reader {
  get(target: Target, options?: CallOptions): Promise<KubeObject | undefined>;
  list(resource: Resource, options?: ListOptions): Promise<List>;
  /** Any path (discovery, health): the answer parsed, or as text when it is not JSON. */
  raw(path: string, options?: RawOptions): Promise<unknown>;
  /** Lines of watch events as bytes. */
  watch(resource: Resource, options: WatchOptions, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
}

/** Whatever writes. */
export interface Writer {
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
  /** POST to any path, for what has no resource, such as a review; the answer as `raw` gives it. */
  post(path: string, body: unknown, options?: RawOptions): Promise<unknown>;
}

export interface Client extends Reader, Writer {}

export interface RawOptions extends CallOptions {
  query?: Query;
}
