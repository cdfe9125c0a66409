// One cluster on which the table is played: Sluice installed, what the adapters need prepared, and everything that scenes look
// at watched once for all namespaces, so that a scene waits for events and asks nobody.

import type { KubeObject, Resource } from '../../src/api/kube.ts';
import { CONTROLLER_REVISIONS, BATCH_RELEASES, PODS, ROLLOUTS, SERVICES, NAMESPACES } from '../../src/api/resources.ts';
import { Store, type Table } from '../../src/kube/store.ts';
import type { Watch } from '../../src/kube/watch-contract.ts';
import { startWatch } from '../../src/kube/watch.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { World } from '../cluster/support/world.ts';
import { Api } from './api.ts';

/** Custom resources are released only by a process that may learn their kinds. */
export const SERVE_FLAGS = ['--filter-workload-type=false'];

const ALWAYS = [PODS, SERVICES, ROLLOUTS, BATCH_RELEASES, CONTROLLER_REVISIONS];

/** What an adapter asks of a cluster. */
export interface Needs {
  /** Watched. */
  resources: readonly Resource[];
  /** Done once while Sluice runs, before anything is played: definitions, rights, controllers. Returns how to stop it. */
  prepare?(stage: Stage): Promise<(() => Promise<void>) | undefined>;
}

export class Stage {
  readonly world: World;
  readonly api: Api;
  readonly #store = new Store();
  readonly #watches: Watch[] = [];
  readonly #ends: (() => Promise<void>)[] = [];
  readonly #listeners = new Map<string, Set<() => void>>();
  #namespaces = 0;

  private constructor(world: World, api: Api) {
    this.world = world;
    this.api = api;
  }

  /** On a cluster with Sluice installed and running. */
  static async open(world: World, needs: readonly Needs[]): Promise<Stage> {
    const stage = new Stage(world, await Api.connect(world.cluster.kubeconfig));
    await stage.watch(...ALWAYS);
    for (const need of needs) {
      const end = await need.prepare?.(stage);
      if (end !== undefined) stage.#ends.push(end);
      await stage.watch(...need.resources);
    }
    return stage;
  }

  async close(): Promise<void> {
    await Promise.all(this.#ends.map((end) => end()));
    await Promise.all(this.#watches.map((watch) => watch.stop()));
    await this.api.close();
  }

  /** Resolves once all of these are known; the same resource twice is watched once. */
  async watch(...resources: Resource[]): Promise<void> {
    for (const resource of resources) {
      if (this.#store.find(resource) !== undefined) continue;
      const table = this.#store.define(resource, { project: withoutManagedFields });
      table.onChange((before, after) => this.#tell((after ?? before)?.metadata.namespace ?? ''));
      this.#watches.push(startWatch({ client: this.api.client, table, clock: systemClock }));
    }
    await this.#store.whenSynced();
  }

  table(resource: Resource): Table {
    return this.#store.table(resource);
  }

  /** Calls `listener` after each change of a watched object of the namespace; the returned function ends that. */
  onChange(namespace: string, listener: () => void): () => void {
    const all = this.#listeners.get(namespace) ?? new Set();
    this.#listeners.set(namespace, all.add(listener));
    return () => {
      all.delete(listener);
      if (all.size === 0) this.#listeners.delete(namespace);
    };
  }

  async namespace(prefix: string): Promise<string> {
    this.#namespaces += 1;
    const name = `${prefix}-${this.#namespaces}`;
    await this.api.create(NAMESPACES, '', { metadata: { name } });
    return name;
  }

  /** Its objects go in the background. */
  removeNamespace(name: string): Promise<void> {
    return this.api.delete(NAMESPACES, '', name);
  }

  #tell(namespace: string): void {
    for (const listener of this.#listeners.get(namespace) ?? []) listener();
  }
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _managed, ...metadata } = object.metadata;
  return { ...object, metadata };
}
