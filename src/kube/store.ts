// All watched collections of the process. Readers find a table by its resource; answers to our own writes go to every table
// whose scope contains the object, so that the next plan sees them although the watch lags.

import type { KubeObject, Resource } from '../api/kube.ts';
import type { Target } from '../objects/actions.ts';
import { resourceText, scopeText } from './paths.ts';
import type { Scope } from './paths.ts';
import { Table } from './table.ts';
import type { TableOptions } from './table.ts';

export { Table, tableKey } from './table.ts';
export { compareVersions } from './versions.ts';
export type { ChangeListener, IndexFunction, TableOptions, TableState } from './table.ts';

export class Store {
  readonly #tables = new Map<string, Table>();
  readonly #byResource = new Map<string, Set<Table>>();

  /** Creates the table of a collection; the same collection twice is a mistake. */
  define(resource: Resource, options: TableOptions = {}): Table {
    const id = scopeText(resource, options.scope ?? {});
    if (this.#tables.has(id)) throw new TypeError(`the collection ${id} has a table already`);
    const table = new Table(resource, options);
    this.#tables.set(id, table);
    const siblings = this.#byResource.get(resourceText(resource)) ?? new Set();
    this.#byResource.set(resourceText(resource), siblings.add(table));
    return table;
  }

  find(resource: Resource, scope: Scope = {}): Table | undefined {
    return this.#tables.get(scopeText(resource, scope));
  }

  /** The table of a collection that must have been defined. */
  table(resource: Resource, scope: Scope = {}): Table {
    const found = this.find(resource, scope);
    if (found === undefined) throw new TypeError(`the collection ${scopeText(resource, scope)} has no table`);
    return found;
  }

  /** Forgets a collection, for example the pods of a release that ended. */
  drop(table: Table): void {
    this.#tables.delete(scopeText(table.resource, table.scope));
    this.#byResource.get(resourceText(table.resource))?.delete(table);
  }

  tables(): Table[] {
    return [...this.#tables.values()];
  }

  /** An object as the server answered. */
  put(resource: Resource, object: KubeObject): void {
    for (const table of this.#of(resource)) table.put(object);
  }

  /** The server answered that the object with this uid does not exist. */
  removed(target: Target, uid: string): void {
    for (const table of this.#of(target.resource)) table.removeUid(target.namespace, target.name, uid);
  }

  /** Resolves once every table defined so far knows what there is. */
  async whenSynced(): Promise<void> {
    await Promise.all(this.tables().map((table) => table.whenSynced()));
  }

  get synced(): boolean {
    return this.tables().every((table) => table.state !== 'unknown');
  }

  #of(resource: Resource): Iterable<Table> {
    return this.#byResource.get(resourceText(resource)) ?? [];
  }
}
