// Pods of releases under way: watched by the selector of their workload while the BatchRelease is not completed, so that a pod
// that cannot start, or has become ready, wakes its release at once. Nobody watches the other pods of a cluster.

import { groupOf, type KubeObject, type LabelSelector } from '../api/kube.ts';
import { BATCH_PHASE } from '../api/names.ts';
import type { BatchRelease } from '../api/batch-release.ts';
import { keyOf } from '../api/object-key.ts';
import { PODS } from '../api/resources.ts';
import { factsOf } from '../objects/pod-facts.ts';
import { readAt, sameJson } from '../lib/json.ts';
import { scopeText, type Scope } from '../kube/paths.ts';
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

  #scopeOf({ metadata, spec, status }: BatchRelease): Scope | undefined {
    if (status?.phase === BATCH_PHASE.completed) return undefined;
    const { apiVersion = '', kind = '', name = '' } = spec.workloadRef;
    const { namespace = '' } = metadata;
    const workload = this.#needs.tables.workloads.get(groupOf(apiVersion), kind)?.get(namespace, name);
    const labels = workload === undefined ? undefined : (readAt(workload, ['spec', 'selector']) as LabelSelector);
    return labels === undefined ? undefined : { namespace, labels };
  }

  #join(key: string, text: string, scope: Scope): void {
    const open = this.#open.get(text) ?? this.#begin(text, scope);
    open.keys.add(key);
    this.#scopes.set(key, text);
  }

  #begin(text: string, scope: Scope): Open {
    const { store, watch, wake, onError } = this.#needs;
    const table = store.define(PODS, { scope, onError, project: factsOf });
    const open: Open = { table, watch: watch(table), keys: new Set() };
    table.onChange((before, after) => {
      if (before !== undefined && after !== undefined && isSame(before, after)) return;
      for (const key of open.keys) wake(key);
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

/** Another version, and nothing that a release reads has changed. */
function isSame(before: KubeObject, after: KubeObject): boolean {
  const { resourceVersion: _before, ...was } = before.metadata;
  const { resourceVersion: _after, ...is } = after.metadata;
  return sameJson({ ...before, metadata: was }, { ...after, metadata: is });
}
