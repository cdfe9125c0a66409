// The verbs of the Kubernetes API on plain JSON: what is not asked about passes through untouched. Changes are merge patches
// with a version to start from, or JSON patches with tests; every call has a deadline and can be aborted; failures are KubeErrors.

import { apiVersionOf } from '../api/kube.ts';
import type { JsonObject, KubeObject, Resource } from '../api/kube.ts';
import { FIELD_MANAGER } from '../api/names.ts';
import type { Target } from '../objects/actions.ts';
import { KubeError } from './errors.ts';
import { collectionPath, objectPath, scopeQuery } from './paths.ts';
import { withServedVersions } from './served-version.ts';
import { Transport, invalidAnswer } from './transport.ts';
import type { ApiCall, Connection, TransportOptions } from './transport.ts';
import type {
  CallOptions,
  Client,
  DeleteOptions,
  List,
  ListOptions,
  PatchOptions,
  RawOptions,
  WatchOptions,
} from './port.ts';

export type * from './port.ts';
export type { Connection } from './transport.ts';

const PAGE = 100;
const LIST_TIMEOUT_MS = 60_000;
/** Smaller answers, and less for the server to encode; one that cannot do it answers with whole objects. */
const metadataAs = (kind: string): string => `application/json;as=${kind};v=v1;g=meta.k8s.io,application/json`;
const ACCEPT = { list: metadataAs('PartialObjectMetadataList'), watch: metadataAs('PartialObjectMetadata') };
const MANAGED = { fieldManager: FIELD_MANAGER };

export function createClient(connection: Connection, options: TransportOptions = {}): Client {
  return withServedVersions(new RestClient(new Transport(connection, options)));
}

class RestClient implements Client {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async get(target: Target, options: CallOptions = {}): Promise<KubeObject | undefined> {
    try {
      return await this.#object({ ...timing(options), method: 'GET', path: objectPath(target) });
    } catch (error) {
      if (error instanceof KubeError && error.notFound) return undefined;
      throw error;
    }
  }

  async list(resource: Resource, options: ListOptions = {}): Promise<List> {
    const path = collectionPath(resource, options.namespace);
    const { resourceVersion, resourceVersionMatch, limit = PAGE } = options;
    const { labelSelector, fieldSelector = options.fieldSelector } = scopeQuery(options);
    const deadline = performance.now() + (options.timeoutMs ?? LIST_TIMEOUT_MS);
    const selection = { labelSelector, fieldSelector, limit };
    let query: ApiCall['query'] = { ...selection, resourceVersion, resourceVersionMatch };
    const call = { method: 'GET', path, signal: options.signal, ...accepting(options, ACCEPT.list) } as const;
    const items: KubeObject[] = [];
    for (;;) {
      const timeoutMs = Math.max(1, deadline - performance.now());
      const page = pageOf(await this.#object({ ...call, query, timeoutMs }));
      for (const item of page.items) items.push(complete(item, resource, options.project));
      if (page.next === '') return { items, resourceVersion: page.resourceVersion };
      query = { ...selection, continue: page.next };
    }
  }

  create(resource: Resource, namespace: string, object: KubeObject, options: CallOptions = {}): Promise<KubeObject> {
    const path = collectionPath(resource, namespace);
    return this.#object({ ...timing(options), method: 'POST', path, query: MANAGED, body: object });
  }

  mergePatch(target: Target, patch: JsonObject, options: PatchOptions = {}): Promise<KubeObject> {
    const { resourceVersion } = options;
    const metadata = patch['metadata'] as JsonObject | undefined;
    const body = resourceVersion === undefined ? patch : { ...patch, metadata: { ...metadata, resourceVersion } };
    return this.#patch(target, body, 'application/merge-patch+json', options);
  }

  jsonPatch(target: Target, operations: unknown[], options: PatchOptions = {}): Promise<KubeObject> {
    const { resourceVersion } = options;
    const test = { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion };
    const body = resourceVersion === undefined ? operations : [test, ...operations];
    return this.#patch(target, body, 'application/json-patch+json', options);
  }

  replace(target: Target, object: KubeObject, options: CallOptions = {}): Promise<KubeObject> {
    return this.#object({ ...timing(options), method: 'PUT', path: objectPath(target), query: MANAGED, body: object });
  }

  async delete(target: Target, options: DeleteOptions = {}): Promise<KubeObject | undefined> {
    const { uid, resourceVersion, propagation = 'Background' } = options;
    const preconditions = { uid, resourceVersion };
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions, propagationPolicy: propagation };
    const answer = await this.#object({ ...timing(options), method: 'DELETE', path: objectPath(target), body });
    // Some kinds answer with the object although it is gone; what stays a while bears a deletionTimestamp.
    return answer.kind === 'Status' || answer.metadata.deletionTimestamp === undefined ? undefined : answer;
  }

  createSubresource(
    target: Target,
    subresource: string,
    body: KubeObject | JsonObject,
    options: CallOptions = {},
  ): Promise<KubeObject> {
    const path = objectPath(target, subresource);
    return this.#object({ ...timing(options), method: 'POST', path, query: MANAGED, body });
  }

  raw(path: string, options: RawOptions = {}): Promise<unknown> {
    return this.#any({ ...timing(options), method: 'GET', path, query: options.query });
  }

  post(path: string, body: unknown, options: RawOptions = {}): Promise<unknown> {
    return this.#any({ ...timing(options), method: 'POST', path, query: options.query, body });
  }

  watch(resource: Resource, options: WatchOptions, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const { namespace, resourceVersion, timeoutSeconds } = options;
    const moment = { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds };
    const query = { ...moment, ...scopeQuery(options) };
    const call = { method: 'GET', path: collectionPath(resource, namespace), query } as const;
    return this.#transport.stream({ ...call, ...accepting(options, ACCEPT.watch) }, signal);
  }

  async #any(call: ApiCall): Promise<unknown> {
    const text = await this.#transport.text({ ...call, accept: '*/*' });
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }

  #patch(target: Target, body: unknown, contentType: string, options: PatchOptions): Promise<KubeObject> {
    const path = objectPath(target, options.subresource);
    return this.#object({ ...timing(options), method: 'PATCH', path, query: MANAGED, body, contentType });
  }

  async #object(call: ApiCall): Promise<KubeObject> {
    const answer = await this.#transport.json(call);
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw invalidAnswer(call, undefined);
    return answer as KubeObject;
  }
}

const accepting = ({ metadataOnly }: { metadataOnly?: boolean }, accept: string): { accept?: string } =>
  metadataOnly === true ? { accept } : {};

const timing = ({ signal, timeoutMs }: CallOptions): CallOptions => ({ signal, timeoutMs });

function pageOf(list: KubeObject): { items: KubeObject[]; next: string; resourceVersion: string } {
  const metadata = (list.metadata ?? {}) as { continue?: string; resourceVersion?: string };
  const items = Array.isArray(list['items']) ? (list['items'] as KubeObject[]) : [];
  return { items, next: metadata.continue ?? '', resourceVersion: metadata.resourceVersion ?? '' };
}

/** Items of built-in lists carry neither apiVersion nor kind; everything else in Sluice expects both. */
function complete(item: KubeObject, resource: Resource, project: ListOptions['project']): KubeObject {
  item.apiVersion ??= apiVersionOf(resource);
  item.kind ??= resource.kind;
  return project === undefined ? item : project(item);
}
