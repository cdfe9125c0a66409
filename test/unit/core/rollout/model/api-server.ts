// A small API server in memory: resource versions as preconditions, generations, the status subresource, merge patches,
// finalizers, owners, managedFields with whole seconds. Every write is told to one listener after it is stored.

import type { JsonObject, KubeObject, Resource } from '../../../../../src/api/kube.ts';
import { apiVersionOf } from '../../../../../src/api/kube.ts';
import { HTTP_ROUTES, INGRESSES, SERVICES } from '../../../../../src/api/resources.ts';
import { sameJson as same } from '../../../../../src/lib/json.ts';
import { ManagedFields } from './managed-fields.ts';

export class Refusal extends Error {
  readonly reason: 'Conflict' | 'NotFound' | 'AlreadyExists' | 'Denied';
  constructor(reason: Refusal['reason'], message: string) {
    super(`${reason}: ${message}`);
    this.reason = reason;
  }
}

export interface Write {
  actor: string;
  verb: 'create' | 'patch' | 'delete';
  resource: Resource;
  name: string;
  before: KubeObject | undefined;
  after: KubeObject | undefined;
}

const isMap = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function merged(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const next: Record<string, unknown> = { ...(isMap(target) ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete next[key];
    else next[key] = merged(next[key], value);
  }
  return next;
}

/** Only there does anybody ask who wrote when. */
const TRACKED = [SERVICES, INGRESSES, HTTP_ROUTES];
const NOBODY = new ManagedFields();

export class ApiServer {
  readonly namespace = 'shop';
  /** By plural and name; the objects in it never change in place. */
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #managed = new Map<string, ManagedFields>();
  readonly #now: () => number;
  #version = 100;
  #uids = 0;
  /** How many objects are gone so far. */
  deletions = 0;
  onWrite: (write: Write) => void = () => {};

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Of the last write. */
  get version(): string {
    return String(this.#version);
  }

  get(resource: Resource, name: string): KubeObject | undefined {
    return this.#objects.get(resource.plural)?.get(name);
  }

  list(resource: Resource): KubeObject[] {
    return [...(this.#objects.get(resource.plural)?.values() ?? [])];
  }

  all(): [string, KubeObject][] {
    return [...this.#objects].flatMap(([plural, objects]) =>
      [...objects].map(([name, object]): [string, KubeObject] => [`${plural}/${name}`, object]),
    );
  }

  /** Another server with the same objects. */
  copyTo(other: ApiServer): void {
    for (const [plural, objects] of this.#objects) other.#objects.set(plural, new Map(objects));
    for (const [key, fields] of this.#managed) other.#managed.set(key, fields.copy());
    other.#version = this.#version;
    other.#uids = this.#uids;
  }

  create(actor: string, resource: Resource, object: KubeObject): KubeObject {
    const { generateName } = object.metadata;
    this.#uids += 1;
    const name = generateName === undefined ? object.metadata.name : `${generateName}${this.#uids}`;
    if (this.get(resource, name) !== undefined) throw new Refusal('AlreadyExists', `${resource.plural}/${name}`);
    const { status: _status, ...stored } = object;
    const metadata = {
      ...stored.metadata,
      name,
      namespace: this.namespace,
      uid: `uid-${this.#uids}`,
      generation: 1,
      creationTimestamp: this.#seconds(),
    };
    const full = { ...stored, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
    return this.#store({ actor, verb: 'create', resource, name, before: undefined, after: full });
  }

  patch(
    actor: string,
    resource: Resource,
    name: string,
    patch: JsonObject,
    { resourceVersion, subresource }: { resourceVersion?: string; subresource?: string | undefined } = {},
  ): KubeObject {
    const before = this.get(resource, name);
    if (before === undefined) throw new Refusal('NotFound', `${resource.plural}/${name}`);
    if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion)
      throw new Refusal('Conflict', `${resource.plural}/${name}`);
    const next = merged(before, patch) as KubeObject;
    const after: KubeObject =
      subresource === 'status'
        ? { ...before, status: next['status'] }
        : { ...next, ...(before['status'] === undefined ? {} : { status: before['status'] }) };
    if (same(before, after)) return before;
    const changed = !same(before['spec'], after['spec']);
    const generation = (before.metadata.generation ?? 0) + (changed ? 1 : 0);
    after.metadata = { ...after.metadata, generation };
    return this.#store({ actor, verb: 'patch', resource, name, before, after }, subresource);
  }

  /** The object while finalizers keep it. */
  delete(actor: string, resource: Resource, name: string, uid?: string): KubeObject | undefined {
    const before = this.get(resource, name);
    if (before === undefined) throw new Refusal('NotFound', `${resource.plural}/${name}`);
    if (uid !== undefined && before.metadata.uid !== uid) throw new Refusal('NotFound', `${resource.plural}/${name}`);
    if (before.metadata.deletionTimestamp !== undefined) return before;
    const metadata = { ...before.metadata, deletionTimestamp: this.#seconds() };
    this.#store({ actor, verb: 'delete', resource, name, before, after: { ...before, metadata } });
    return this.get(resource, name);
  }

  #seconds(): string {
    return new Date(Math.floor(this.#now() / 1000) * 1000).toISOString().replace('.000Z', 'Z');
  }

  #store(write: Write & { after: KubeObject }, subresource?: string): KubeObject {
    const { actor, resource, name, before, after } = write;
    const key = `${resource.plural}/${name}`;
    const isTracked = TRACKED.includes(resource);
    const isGone = after.metadata.deletionTimestamp !== undefined && (after.metadata.finalizers ?? []).length === 0;
    const fields = before === undefined ? new ManagedFields() : (this.#managed.get(key) ?? NOBODY);
    const by = { manager: actor, seconds: Math.floor(this.#now() / 1000) };
    if (isTracked) fields.record(before, after, subresource === undefined ? by : { ...by, subresource });
    after.metadata = {
      ...after.metadata,
      resourceVersion: String((this.#version += 1)),
      ...(isTracked ? { managedFields: fields.entries() } : {}),
    };
    const table = this.#objects.get(resource.plural) ?? new Map<string, KubeObject>();
    this.#objects.set(resource.plural, table);
    if (isGone) this.deletions += 1;
    if (isGone) table.delete(name);
    else table.set(name, after);
    if (isTracked) this.#managed.set(key, fields);
    this.onWrite({ ...write, before, after: isGone ? undefined : after });
    return after;
  }
}
