// One table a workload kind. Kinds that are learned at run time join later, and whoever listens is told.

import type { Table } from '../kube/store.ts';

const kindKey = (group: string, kind: string): string => `${group}/${kind}`;

export class WorkloadTables {
  readonly #tables = new Map<string, Table>();
  readonly #listeners: ((table: Table) => void)[] = [];

  get(group: string, kind: string): Table | undefined {
    return this.#tables.get(kindKey(group, kind));
  }

  values(): Table[] {
    return [...this.#tables.values()];
  }

  add(table: Table): void {
    this.#tables.set(kindKey(table.resource.group, table.resource.kind), table);
    for (const listener of this.#listeners) listener(table);
  }

  /** For every table that is there, and every one to come. */
  each(listener: (table: Table) => void): void {
    this.#listeners.push(listener);
    for (const table of this.#tables.values()) listener(table);
  }
}
