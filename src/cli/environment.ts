// What a command may touch beside its arguments: two streams, the terminal, the clock and the cluster. Tests give others;
// the program itself gets the real ones.

import { systemClock, type Clock } from '../runtime/clock.ts';
import type { Cluster, ClusterOptions } from './cluster.ts';

export interface Io {
  out(text: string): void;
  err(text: string): void;
}

/** Size in characters. */
export interface Terminal {
  rows: number;
  columns: number;
}

export interface Environment {
  /** The file that runs: its name says whether we are called as a plugin. */
  script: string | undefined;
  io: Io;
  /** Where `io.out` goes when that is a terminal now; undefined for files and pipes. */
  terminal(): Terminal | undefined;
  /** Aborted when the user has had enough (Ctrl-C). Asked for by commands that would run on for ever. */
  interrupted(): AbortSignal;
  clock: Clock;
  connect(options: ClusterOptions): Promise<Cluster>;
}

/** A reader that has seen enough (`sluice get | head`) ends the command without an error. */
function standardStreams(): Io {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return { out: (text) => void process.stdout.write(text), err: (text) => void process.stderr.write(text) };
}

function standardTerminal(): Terminal | undefined {
  const { isTTY, rows, columns } = process.stdout;
  return isTTY ? { rows, columns } : undefined;
}

function signalled(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  return stop.signal;
}

/** What is not given is real. */
export const environmentWith = (given: Partial<Environment>): Environment => ({
  script: given.script ?? process.argv[1],
  io: given.io ?? standardStreams(),
  terminal: given.terminal ?? standardTerminal,
  interrupted: given.interrupted ?? signalled,
  clock: given.clock ?? systemClock,
  connect: given.connect ?? (async (options) => (await import('./cluster.ts')).connectCluster(options)),
});
