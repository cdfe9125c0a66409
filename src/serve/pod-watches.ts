// Opens and closes watches of pods as core/batch/pods-to-watch says, one for all releases of a workload, and wakes those
// releases. Nobody watches the other pods of a cluster.

import type { BatchRelease } from '../api/batch-release.ts';
import { groupOf } from '../api/kube.ts';
import { keyOf } from '../api/object-key.ts';
import { PODS } from '../api/resources.ts';
import { isNews, podsToWatch, type PodScope } from '../core/batch/pods-to-watch.ts';
import { factsOf } from '../objects/pod-facts.ts';
import { scopeText } from '../kube/paths.ts';
import type { Store, Table } from '../kube/store.ts';
import type { Watch } from '../kube/watch-contract.ts';
import type { Tables } from '../tables/tables.ts';

export interface PodWatchNeeds {
  store: Store;
  tables: Pick<Tables, 'batchReleases' | 'workloads'>;
  watch(table: Table): Watch;
  /** Key of a BatchRelease that shall look again. */
  wake(key: string): void;
  onError(error: unknown): void;
}

interface Open {
  table: Table;
  watch: Watch;
  /** BatchReleases whose pods they are. */
  keys: Set<string>;
}

export class PodWatches {
  readonly #needs: PodWatchNeeds;
  /** By the text of the scope. */
  readonly #open = new Map<string, Open>();
  readonly #scopes = new Map<string, string>();
  readonly #closing = new Set<Promise<void>>();
  #running = false;

  constructor(needs: PodWatchNeeds) {
    this.#needs = needs;
    needs.tables.batchReleases.onChange((before, after) => {
      const object = after ?? before;
      if (this.#running && object !== undefined) this.#follow(keyOf(object), after as BatchRelease | undefined);
    });
  }

  start(): void {
    this.#running = true;
    for (const object of this.#needs.tables.batchReleases.list()) this.#follow(keyOf(object), object as BatchRelease);
  }

  async stop(): Promise<void> {
    this.#running = false;
    for (const key of [...this.#scopes.keys()]) this.#follow(key, undefined);
    await Promise.all(this.#closing);
  }

  /** What is watched now, for tests and for whoever asks. */
  get scopes(): string[] {
    return [...this.#open.keys()];
  }

  #follow(key: string, release: BatchRelease | undefined): void {
    const scope = release === undefined ? undefined : this.#scopeOf(release);
    const text = scope === undefined ? undefined : scopeText(PODS, scope);
    const known = this.#scopes.get(key);
    if (known === text) return;
    if (known !== undefined) this.#leave(key, known);
    if (scope !== undefined && text !== undefined) this.#join(key, text, scope);
  }

  #scopeOf(release: BatchRelease): PodScope | undefined {
    const { apiVersion = '', kind = '', name = '' } = release.spec.workloadRef;
    const { namespace = '' } = release.metadata;
    return podsToWatch(release, this.#needs.tables.workloads.get(groupOf(apiVersion), kind)?.get(namespace, name));
  }

  #join(key: string, text: string, scope: PodScope): void {
    const open = this.#open.get(text) ?? this.#begin(text, scope);
    open.keys.add(key);
    this.#scopes.set(key, text);
  }

  #begin(text: string, scope: PodScope): Open {
    const { store, watch, wake, onError } = this.#needs;
    const table = store.define(PODS, { scope, onError, project: factsOf });
    const open: Open = { table, watch: watch(table), keys: new Set() };
    table.onChange((before, after) => {
      if (isNews(before, after)) for (const key of open.keys) wake(key);
    });
    this.#open.set(text, open);
    return open;
  }

  #leave(key: string, text: string): void {
    this.#scopes.delete(key);
    const open = this.#open.get(text);
    open?.keys.delete(key);
    if (open === undefined || open.keys.size > 0) return;
    this.#open.delete(text);
    this.#needs.store.drop(open.table);
    const closing = open.watch.stop().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
