// One table a workload kind. Kinds that are learned at run time join once their table is complete, and whoever listens is told;
// so is it when the cluster turns out not to have one. Until either, nothing may be concluded from what a table lacks.

import type { Table } from '../kube/store.ts';

const kindKey = (group: string, kind: string): string => `${group}/${kind}`;

export class WorkloadTables {
  readonly #tables = new Map<string, Table>();
  readonly #listeners: ((table: Table) => void)[] = [];
  readonly #absent = new Set<string>();
  readonly #absentListeners: (() => void)[] = [];

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

  /** The cluster was asked, and does not serve this kind now. */
  noteAbsent(group: string, kind: string): void {
    const key = kindKey(group, kind);
    if (this.#absent.has(key)) return;
    this.#absent.add(key);
    for (const listener of this.#absentListeners) listener();
  }

  /** Called whenever a kind turns out not to be there. */
  onAbsent(listener: () => void): void {
    this.#absentListeners.push(listener);
  }

  /** Whether there are objects of this kind, and which, is known. */
  isSettled(group: string, kind: string): boolean {
    const key = kindKey(group, kind);
    return this.#tables.has(key) || this.#absent.has(key);
  }

  /** For every table that is there, and every one to come. */
  each(listener: (table: Table) => void): void {
    this.#listeners.push(listener);
    for (const table of this.#tables.values()) listener(table);
  }
}
