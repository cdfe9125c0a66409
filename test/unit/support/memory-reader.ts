// The reading half of the port over objects in memory: what gatherers and models look at instead of an API server.

import type { KubeObject, Resource } from '../../../src/api/kube.ts';
import { inScope } from '../../../src/kube/paths.ts';
import type { CallOptions, List, ListOptions, Reader } from '../../../src/kube/port.ts';
import type { Target } from '../../../src/objects/actions.ts';

/** Where the objects are now. Those of other namespaces than the one that is asked for are left out here. */
export interface Objects {
  get(resource: Resource, name: string, namespace: string): KubeObject | undefined;
  list(resource: Resource): readonly KubeObject[];
}

export class MemoryReader implements Reader {
  readonly #objects: Objects;
  /** What was asked for, such as `get services/shop/web` and `list pods/shop`. */
  readonly asked: string[] = [];

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  async get({ resource, namespace, name }: Target, _options?: CallOptions): Promise<KubeObject | undefined> {
    this.asked.push(`get ${resource.plural}/${namespace}/${name}`);
    return this.#objects.get(resource, name, namespace);
  }

  list(resource: Resource, options: ListOptions = {}): Promise<List> {
    const { project = (object) => object } = options;
    this.asked.push(`list ${resource.plural}/${options.namespace ?? ''}`);
    const items = this.#objects.list(resource).filter((object) => inScope(options, object));
    return Promise.resolve({ items: items.map(project), resourceVersion: '1' });
  }

  raw(path: string): Promise<unknown> {
    return Promise.reject(new Error(`nobody who plans asks for ${path}`));
  }

  watch({ plural }: Resource): Promise<AsyncIterable<Buffer>> {
    return Promise.reject(new Error(`the tables of a test are fed without a watch of ${plural}`));
  }
}
