// Changes of tables become keys in queues, as the pipes state it.

import type { Resource } from '../api/kube.ts';
import type { Table } from '../kube/store.ts';
import { eachTable, type Family, type Tables } from '../tables/tables.ts';
import type { Pipe, Wake } from './pipe.ts';

export type Waker = (pipe: string, key: string) => void;

export function wakeOnChanges(pipes: readonly Pipe[], tables: Tables, wake: Waker): void {
  const sources = new Set(pipes.flatMap(({ wakes }) => wakes.map(({ on }) => on)));
  for (const source of sources) {
    const readers = readersOf(pipes, source);
    eachTable(tables, source, (table) => follow(table, readers, tables, wake));
  }
  for (const pipe of pipes) {
    const lookAgain = (): void => {
      for (const key of pipe.onKindSettled?.(tables) ?? []) wake(pipe.name, key);
    };
    tables.workloads.each(lookAgain);
    tables.workloads.onAbsent(lookAgain);
  }
}

interface TableReader {
  pipe: Pipe;
  keys: Wake['keys'];
}

/** Of one change, the pipe whose table it is is woken first. */
function readersOf(pipes: readonly Pipe[], source: Resource | Family): TableReader[] {
  const owns = ({ tables }: Pipe): boolean => tables.some(({ resource }) => resource === source);
  const ordered = [...pipes.filter(owns), ...pipes.filter((pipe) => !owns(pipe))];
  return ordered.flatMap((pipe) => pipe.wakes.filter(({ on }) => on === source).map(({ keys }) => ({ pipe, keys })));
}

function follow(table: Table, readers: readonly TableReader[], tables: Tables, wake: Waker): void {
  // A listener each, so that one that throws keeps no other from being woken.
  for (const { pipe, keys } of readers) {
    table.onChange((before, after) => {
      const objects = [...new Set([before, after])].filter((object) => object !== undefined);
      const woken = objects.flatMap((object) => [...keys(object, tables, table.resource)]);
      for (const key of new Set(woken)) wake(pipe.name, key);
    });
  }
}
