// What is known of one watched collection: objects by namespace and name, named indexes, change listeners. Fed by a watch
// and by answers to our own writes, in any order: the newer version wins, and what was seen deleted stays deleted however
// late older news arrives. Holds projected objects; readers must not change them.

import type { KubeObject, Resource } from '../api/kube.ts';
import { compact, createStrings } from '../lib/compact.ts';
import { inScope } from './paths.ts';
import type { Scope } from './paths.ts';
import { Tombstones } from './tombstones.ts';
import { compareVersions } from './versions.ts';

/** Of all tables: names of workloads, revisions and namespaces come in several. */
const STRINGS = createStrings();

export type IndexFunction = (object: KubeObject) => string[];
/** `undefined` before: new; `undefined` after: gone. */
export type ChangeListener = (before: KubeObject | undefined, after: KubeObject | undefined) => void;

export interface TableOptions {
  scope?: Scope;
  /** Keeps only what decisions read. Must keep name, namespace, uid, resourceVersion, labels and whatever indexes read. */
  project?: (object: KubeObject) => KubeObject;
  indexes?: Record<string, IndexFunction>;
  /** The projection reads metadata and nothing else, so no more is asked for. */
  metadataOnly?: boolean;
  /** Told when a listener or an index function throws; the table goes on. */
  onError?: (error: unknown) => void;
}

/** unknown: not listed yet. missing: the server does not serve the resource. synced: listed and kept up to date. */
export type TableState = 'unknown' | 'missing' | 'synced';

export const tableKey = (namespace: string | undefined, name: string): string =>
  namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
const keyOfObject = ({ metadata }: KubeObject): string => tableKey(metadata.namespace, metadata.name);
const versionOf = ({ metadata }: KubeObject): string => metadata.resourceVersion ?? '';

export class Table {
  readonly resource: Resource;
  readonly scope: Scope;
  readonly metadataOnly: boolean;
  readonly project: (object: KubeObject) => KubeObject;
  readonly #objects = new Map<string, KubeObject>();
  readonly #namespaces = new Map<string, Map<string, KubeObject>>();
  readonly #indexes: { name: string; of: IndexFunction; values: Map<string, Map<string, KubeObject>> }[];
  readonly #tombstones = new Tombstones();
  readonly #listeners = new Set<ChangeListener>();
  readonly #onError: (error: unknown) => void;
  #state: TableState = 'unknown';
  #reached = '';
  #waiters: (() => void)[] = [];

  constructor(resource: Resource, options: TableOptions = {}) {
    this.resource = resource;
    this.scope = options.scope ?? {};
    this.metadataOnly = options.metadataOnly === true;
    const { project } = options;
    // Whoever says what is kept keeps it for long.
    this.project = project === undefined ? (object) => object : (object) => compact(project(object), STRINGS);
    this.#onError = options.onError ?? (() => {});
    this.#indexes = Object.entries(options.indexes ?? {}).map(([name, of]) => ({ name, of, values: new Map() }));
  }

  get state(): TableState {
    return this.#state;
  }

  get synced(): boolean {
    return this.#state === 'synced';
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Resolves once it is known what there is, be it that the server does not have this resource. */
  whenSynced(): Promise<void> {
    return this.#state === 'unknown' ? new Promise((resolve) => this.#waiters.push(resolve)) : Promise.resolve();
  }

  get(namespace: string, name: string): KubeObject | undefined {
    return this.#objects.get(tableKey(namespace, name));
  }

  list(namespace?: string): KubeObject[] {
    return namespace === undefined
      ? [...this.#objects.values()]
      : [...(this.#namespaces.get(namespace)?.values() ?? [])];
  }

  /** Objects for which the index function gave `value`. */
  by(index: string, value: string): KubeObject[] {
    const found = this.#indexes.find(({ name }) => name === index);
    if (found === undefined) throw new TypeError(`${this.resource.plural} have no index ${index}`);
    return [...(found.values.get(value)?.values() ?? [])];
  }

  /** Calls `listener` after each change; the returned function ends that. */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Takes an object that a call answered with. False = it was no news. */
  put(object: KubeObject): boolean {
    // Up to the version that the watch has reached the table is complete: what it lacks no longer exists.
    const known = this.#objects.has(keyOfObject(object)) || compareVersions(versionOf(object), this.#reached) > 0;
    return known && this.#put(this.project(object));
  }

  /** Takes an object from an event of the watch. False = it was no news. */
  putWatched(object: KubeObject): boolean {
    this.reached(versionOf(object));
    return this.#put(this.project(object));
  }

  /** The watch has told everything up to `version`. */
  reached(version: string): void {
    if (compareVersions(version, this.#reached) > 0) this.#reached = version;
  }

  #put(object: KubeObject): boolean {
    const key = keyOfObject(object);
    if (this.#isOld(key, object)) return false;
    if (!inScope(this.scope, object)) return this.#drop(key, versionOf(object), undefined);
    this.#store(key, object);
    return true;
  }

  /** The object left the collection at `version`: deleted, or out of scope. False = it was no news. */
  removeAt(namespace: string, name: string, version: string): boolean {
    this.reached(version);
    const key = tableKey(namespace, name);
    const present = this.#objects.get(key);
    if (present !== undefined && compareVersions(versionOf(present), version) > 0) return false;
    return this.#drop(key, version, undefined);
  }

  /** The object with this uid no longer exists, whatever its last version was. False = it was no news. */
  removeUid(namespace: string, name: string, uid: string): boolean {
    const key = tableKey(namespace, name);
    const present = this.#objects.get(key);
    if (present !== undefined && present.metadata.uid !== uid) return false;
    return this.#drop(key, '', uid);
  }

  /**
   * A complete list, already projected, as it was at `version`. `rewound`: the server's history went back (restored from
   * a backup), so versions known so far say nothing.
   */
  replace(objects: KubeObject[], version: string, rewound = false): void {
    const listed = new Set<string>();
    for (const object of objects) listed.add(keyOfObject(object));
    for (const [key, present] of [...this.#objects]) {
      // What we wrote after the list was taken is not in it; the watch that follows will say more.
      if (listed.has(key) || (!rewound && compareVersions(versionOf(present), version) > 0)) continue;
      this.#drop(key, version, undefined);
    }
    if (rewound) this.#tombstones.clear();
    for (const object of objects) {
      if (rewound) this.#store(keyOfObject(object), object);
      else this.#put(object);
    }
    this.#reached = version;
    this.#become('synced');
  }

  /** The server does not serve this resource: nothing of it exists. */
  clear(): void {
    for (const [key, present] of [...this.#objects]) this.#drop(key, versionOf(present), undefined);
    this.#reached = '';
    this.#become('missing');
  }

  #isOld(key: string, object: KubeObject): boolean {
    const present = this.#objects.get(key);
    if (present !== undefined) return compareVersions(versionOf(object), versionOf(present)) <= 0;
    return this.#tombstones.covers(key, versionOf(object), object.metadata.uid);
  }

  #store(key: string, object: KubeObject): void {
    const before = this.#objects.get(key);
    this.#objects.set(key, object);
    this.#tombstones.delete(key);
    const namespace = object.metadata.namespace ?? '';
    const within = this.#namespaces.get(namespace) ?? new Map<string, KubeObject>();
    this.#namespaces.set(namespace, within.set(key, object));
    this.#reindex(key, before, object);
    this.#notify(before, object);
  }

  #drop(key: string, version: string, uid: string | undefined): boolean {
    const before = this.#objects.get(key);
    const known = before === undefined ? '' : versionOf(before);
    this.#tombstones.add(key, compareVersions(version, known) > 0 ? version : known, uid);
    if (before === undefined) return false;
    this.#objects.delete(key);
    const namespace = before.metadata.namespace ?? '';
    const within = this.#namespaces.get(namespace);
    within?.delete(key);
    if (within?.size === 0) this.#namespaces.delete(namespace);
    this.#reindex(key, before, undefined);
    this.#notify(before, undefined);
    return true;
  }

  #reindex(key: string, before: KubeObject | undefined, after: KubeObject | undefined): void {
    for (const { of, values } of this.#indexes) {
      for (const value of this.#indexed(of, before)) {
        const bucket = values.get(value);
        bucket?.delete(key);
        if (bucket?.size === 0) values.delete(value);
      }
      if (after === undefined) continue;
      for (const value of this.#indexed(of, after)) {
        const bucket = values.get(value) ?? new Map<string, KubeObject>();
        values.set(value, bucket.set(key, after));
      }
    }
  }

  #indexed(of: IndexFunction, object: KubeObject | undefined): string[] {
    if (object === undefined) return [];
    try {
      return of(object);
    } catch (error) {
      this.#onError(error);
      return [];
    }
  }

  #notify(before: KubeObject | undefined, after: KubeObject | undefined): void {
    for (const listener of this.#listeners) {
      try {
        listener(before, after);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  #become(state: TableState): void {
    this.#state = state;
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
