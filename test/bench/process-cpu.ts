// CPU that a process of this machine has taken.

import { readFileSync } from 'node:fs';

/** Hundredths of a second, in which Linux counts for every program. */
const TICK_MS = 10;

/** Milliseconds so far; the name of its program may hold spaces and brackets. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
