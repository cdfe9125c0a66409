// A cluster for commands: the verbs of the client on objects in memory, with merge patches, preconditions, finalizers and
// selectors as the API server has them, and a place to refuse or undo a write.

import fastJsonPatch, { type Operation } from 'fast-json-patch';
import { apiVersionOf, type JsonObject, type KubeObject, type Resource } from '../../../src/api/kube.ts';
import * as resources from '../../../src/api/resources.ts';
import type { Target } from '../../../src/objects/actions.ts';
import type { Client, ListOptions, PatchOptions, WatchOptions } from '../../../src/kube/client.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { inScope } from '../../../src/kube/paths.ts';
import { selects } from '../../../src/objects/label-selector.ts';

export interface Write {
  verb: 'create' | 'patch' | 'delete';
  /** `plural/namespace/name`. */
  key: string;
  subresource?: string;
  body?: unknown;
}

const { applyPatch } = fastJsonPatch;

const keyOf = ({ resource, namespace, name }: Target): string => `${resource.plural}/${namespace}/${name}`;
const copy = <T>(value: T): T => structuredClone(value);

export const refusal = (status: number, reason: string, message: string): KubeError =>
  new KubeError({ status, reason, message: `GET /x: ${message}` });
const missing = (): KubeError => refusal(404, 'NotFound', '404 page not found');

function merged(into: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof into === 'object' && into !== null && !Array.isArray(into) ? { ...into } : {};
  const result = base as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

export class FakeCluster implements Client {
  readonly objects = new Map<string, KubeObject>();
  readonly writes: Write[] = [];
  /** Plurals that the cluster does not serve. */
  readonly unserved = new Set<string>();
  /** Kinds of the cluster's own. */
  readonly own: Resource[] = [];
  closed = 0;
  /** Sees each write before it happens; a KubeError refuses it, 'undone' accepts it without effect. */
  intercept: (write: Write) => KubeError | 'undone' | undefined = () => undefined;
  #version = 100;
  readonly #events: { plural: string; type: string; object: KubeObject }[] = [];
  readonly #waiting = new Set<() => void>();

  put(object: KubeObject): KubeObject {
    const resource = this.#served().find((one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion);
    if (resource === undefined) throw new Error(`no resource for ${object.kind}`);
    const { name, namespace = '' } = object.metadata;
    return this.#store({ resource, namespace, name }, object);
  }

  at(resource: Resource, name: string, namespace = ''): KubeObject | undefined {
    return this.objects.get(keyOf({ resource, namespace, name }));
  }

  get(target: Target): Promise<KubeObject | undefined> {
    return this.#answer(() =>
      this.unserved.has(target.resource.plural) ? undefined : this.objects.get(keyOf(target)),
    );
  }

  list(resource: Resource, { namespace, labels, name, project }: ListOptions = {}) {
    return this.#answer(() => {
      if (this.unserved.has(resource.plural)) throw missing();
      const prefix = namespace === undefined ? `${resource.plural}/` : `${resource.plural}/${namespace}/`;
      const inside = [...this.objects].filter(([key]) => key.startsWith(prefix));
      const isMeant = ({ metadata }: KubeObject): boolean =>
        selects(labels, metadata.labels) && (name === undefined || name === metadata.name);
      const items = inside.map(([, object]) => copy(object)).filter(isMeant);
      return { items: project === undefined ? items : items.map(project), resourceVersion: String(this.#version) };
    });
  }

  create(resource: Resource, namespace: string, object: KubeObject): Promise<KubeObject> {
    const target = { resource, namespace, name: object.metadata.name };
    return this.#write({ verb: 'create', key: keyOf(target), body: object }, () =>
      this.#store(target, merged({}, object) as KubeObject),
    );
  }

  mergePatch(target: Target, patch: JsonObject, options: PatchOptions = {}): Promise<KubeObject> {
    const { subresource, resourceVersion } = options;
    const write: Write = { verb: 'patch', key: keyOf(target), body: patch, ...(subresource ? { subresource } : {}) };
    return this.#write(write, () => {
      const present = this.objects.get(keyOf(target));
      if (present === undefined) throw missing();
      if (resourceVersion !== undefined && resourceVersion !== present.metadata.resourceVersion)
        throw refusal(409, 'Conflict', 'the object has been modified');
      const next = merged(present, patch) as KubeObject;
      const gone = next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0;
      if (gone) this.drop(target.resource, target.name, target.namespace);
      return gone ? next : this.#store(target, next);
    });
  }

  delete(target: Target): Promise<KubeObject | undefined> {
    return this.#write({ verb: 'delete', key: keyOf(target) }, () => {
      const present = this.objects.get(keyOf(target));
      if (present === undefined) throw missing();
      if ((present.metadata.finalizers ?? []).length === 0) this.drop(target.resource, target.name, target.namespace);
      else this.#store(target, merged(present, { metadata: { deletionTimestamp: 'now' } }) as KubeObject);
      return undefined;
    });
  }

  watch(resource: Resource, options: WatchOptions, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    if (resource.plural !== 'customresourcedefinitions')
      return Promise.resolve(this.#stream(resource, options, signal));
    const established = { status: { conditions: [{ type: 'Established', status: 'True' }] } };
    const line = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: established })}\n`);
    return Promise.resolve(
      (async function* () {
        yield await Promise.resolve(line);
      })(),
    );
  }

  /** Changes after the version, and then as they happen, until somebody has had enough. */
  async *#stream(resource: Resource, options: WatchOptions, signal: AbortSignal): AsyncGenerator<Buffer> {
    let seen = 0;
    for (;;) {
      for (const { plural, type, object } of this.#events.slice(seen)) {
        const isNews = Number(object.metadata.resourceVersion) > Number(options.resourceVersion);
        if (plural !== resource.plural || !isNews || !inScope(options, object)) continue;
        yield Buffer.from(`${JSON.stringify({ type, object })}\n`);
      }
      seen = this.#events.length;
      if (signal.aborted) return;
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
        signal.addEventListener('abort', () => resolve());
      });
    }
  }

  #tell(plural: string, type: string, object: KubeObject): void {
    this.#events.push({ plural, type, object: copy(object) });
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Takes an object away, as somebody else would. */
  drop(resource: Resource, name: string, namespace = ''): void {
    const key = keyOf({ resource, namespace, name });
    const object = this.objects.get(key);
    if (object === undefined) return;
    this.objects.delete(key);
    const metadata = { ...object.metadata, resourceVersion: String((this.#version += 1)) };
    this.#tell(resource.plural, 'DELETED', { ...object, metadata });
  }

  /** Operations `test`, `add`, `replace` and `remove`; a test that does not hold is answered as the API server does. */
  jsonPatch(target: Target, operations: unknown[]): Promise<KubeObject> {
    const body = operations as Operation[];
    return this.#write({ verb: 'patch', key: keyOf(target), body }, () => {
      const present = this.objects.get(keyOf(target));
      if (present === undefined) throw missing();
      try {
        return this.#store(target, applyPatch(copy(present), body, true).newDocument);
      } catch {
        throw refusal(422, 'Invalid', 'the server rejected our request due to an error in our request');
      }
    });
  }

  replace = (): never => this.#unused('replace');
  createSubresource = (): never => this.#unused('createSubresource');
  post = (): never => this.#unused('post');
  /** Discovery of one group and version. */
  raw = (path: string): Promise<unknown> =>
    this.#answer(() => ({
      resources: this.#served()
        .filter((one) => `/apis/${apiVersionOf(one)}` === path && !this.unserved.has(one.plural))
        .map(({ plural: name, kind, namespaced }) => ({ name, kind, namespaced })),
    }));

  #served = (): Resource[] => [...Object.values(resources), ...this.own];

  /** Keys in the order in which they were written to. */
  written(verb: Write['verb']): string[] {
    return this.writes.filter((write) => write.verb === verb).map(({ key }) => key);
  }

  #unused(verb: string): never {
    throw new Error(`commands do not use ${verb}`);
  }

  #store(target: Target, object: KubeObject): KubeObject {
    const key = keyOf(target);
    const metadata = { uid: `uid-${key}`, ...object.metadata, resourceVersion: String((this.#version += 1)) };
    const stored = { ...copy(object), metadata };
    this.#tell(target.resource.plural, this.objects.has(key) ? 'MODIFIED' : 'ADDED', stored);
    this.objects.set(key, stored);
    return copy(stored);
  }

  #write<T>(write: Write, act: () => T): Promise<T> {
    return this.#answer(() => {
      const verdict = this.intercept(write);
      if (verdict instanceof KubeError) throw verdict;
      this.writes.push(write);
      return verdict === 'undone' ? (copy(this.objects.get(write.key)) as T) : act();
    });
  }

  async #answer<T>(act: () => T): Promise<T> {
    await Promise.resolve();
    return copy(act());
  }
}
