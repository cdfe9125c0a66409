// What one process knows of the model's objects: the tables of the shell, listed once and then told of each write, at once or,
// when they lag, only when it catches up.

import type { KubeObject } from '../../../../../src/api/kube.ts';
import { Store, type Table } from '../../../../../src/kube/store.ts';
import { PIPES, tablesOf } from '../../../../../src/pipes/index.ts';
import { defineTables, type Tables } from '../../../../../src/tables/tables.ts';
import { BUILT_IN } from '../../../../../src/workloads/index.ts';
import type { ApiServer, Write } from './api-server.ts';
import { hashed } from './hashes.ts';

const fail = (error: unknown): never => {
  throw error;
};

interface News {
  write: Write;
  version: string;
}

export class ToldTables {
  readonly store = new Store();
  readonly tables: Tables;
  readonly #server: ApiServer;
  readonly #unheard: News[] = [];

  constructor(server: ApiServer) {
    this.#server = server;
    this.tables = defineTables(this.store, BUILT_IN, fail, tablesOf(PIPES));
    for (const table of this.store.tables()) {
      const listed = server.list(table.resource).map((object) => projected(table, object));
      table.replace(listed, server.version);
    }
  }

  /** The server has stored this. */
  hear(write: Write, lags: boolean): void {
    this.#unheard.push({ write, version: this.#server.version });
    if (!lags) this.catchUp();
  }

  /** What was written longest ago and is not known yet; false when there is nothing. */
  catchUp(): boolean {
    const news = this.#unheard.shift();
    if (news === undefined) return false;
    const { write, version } = news;
    const table = this.store.find(write.resource);
    if (write.after === undefined) table?.removeAt(this.#server.namespace, write.name, version);
    else table?.putWatched(hashed(write.after));
    return true;
  }
}

const projections = new WeakMap<KubeObject, KubeObject>();

/** Worlds that begin alike begin with the same objects. */
function projected(table: Table, object: KubeObject): KubeObject {
  const known = projections.get(object) ?? table.project(hashed(object));
  projections.set(object, known);
  return known;
}
