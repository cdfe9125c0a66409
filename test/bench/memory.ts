// What `serve` takes of a node: resident memory of the program as it ships, with nothing to do, with many idle Rollouts, and with
// ten times as many of which some are released. The first are read once it has come to rest, because that is what a person sees who
// looks; of the releases the most that it takes meanwhile. BENCH_MEMORY_OBJECTS says how many Rollouts there are, one number after
// another, and the releases come with the last of them.

import { connect } from '../../src/kube/auth.ts';
import { createClient } from '../../src/kube/client.ts';
import type { Client } from '../../src/kube/port.ts';
import type { Table } from '../../src/kube/store.ts';
import { World } from '../cluster/support/world.ts';
import { createApplications, createNamespace, watchApplications, type Seen } from './applications.ts';
import { built, growingCountsFrom, residentMiB } from './program.ts';
import { AT_ONCE, release, STEPS } from './releases.ts';
import type { Figure, Section } from './section.ts';
import { USUAL_LEASE } from './usual-lease.ts';

const OBJECTS = [1_000, 10_000];
const RELEASES = 200;
/** So many run, those that are released among them. Beyond that they are scaled to zero, which an API server makes much faster. */
const RUNNING = 1_000;
/** MiB, up to so many Rollouts; the last one also while releases go by. */
const GOALS: readonly (readonly [count: number, mib: number])[] = [
  [0, 110],
  [1_000, 160],
  [10_000, 400],
];
const REST = { everyMs: 500, quietMs: 20_000, limitMs: 120_000, withinMiB: 1 };
const PER_OBJECT_MS = 200;

interface Bench {
  client: Client;
  seen: Seen;
  pid: number;
  say(line: string): void;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What it comes down to: nothing lower for a while. */
async function atRest(pid: number): Promise<number> {
  const end = performance.now() + REST.limitMs;
  let lowest = Infinity;
  let last = Infinity;
  for (let since = performance.now(); performance.now() < Math.min(end, since + REST.quietMs);) {
    last = await residentMiB(pid);
    if (last < lowest - REST.withinMiB) {
      lowest = last;
      since = performance.now();
    }
    await pause(REST.everyMs);
  }
  return last;
}

/** MiB at the highest, while so many releases go by. */
async function mostDuring(pid: number, client: Client, rollouts: Table, count: number): Promise<number> {
  let most = 0;
  const released = release(client, rollouts, 0, count);
  let isOver = false;
  const over = (): boolean => (isOver = true);
  void released.then(over, over);
  while (!isOver) {
    most = Math.max(most, await residentMiB(pid));
    await pause(REST.everyMs);
  }
  await released;
  return most;
}

function figure(count: number, value: number, beside: { name?: string; note?: string } = {}): Figure {
  const { name = `memory.rss-${count}-rollouts`, note } = beside;
  const goal = GOALS.find(([atMost]) => count <= atMost)?.[1] ?? NaN;
  const compared = { reference: 'goal', referenceValue: goal, ratio: value / goal };
  return { name, value, unit: 'MiB', ...compared, ...(note === undefined ? {} : { note }) };
}

/** From so many Rollouts to so many. */
async function grow({ client, seen, pid, say }: Bench, from: number, to: number): Promise<Figure> {
  const began = performance.now();
  const running = Math.min(to, Math.max(from, RUNNING));
  await createApplications(client, { from, to: running, isRunning: true, steps: STEPS });
  await createApplications(client, { from: running, to, isRunning: false, steps: STEPS });
  const made = performance.now();
  await seen.idle(to, 60_000 + to * PER_OBJECT_MS);
  const idle = performance.now();
  const busy = await residentMiB(pid);
  const full = await atRest(pid);
  const seconds = [made - began, idle - made, performance.now() - idle].map((ms) => (ms / 1000).toFixed(0));
  say(`${to} Rollouts made in ${seconds[0]} s, Healthy ${seconds[1]} s later, at rest after another ${seconds[2]} s`);
  return figure(to, full, { note: `${busy.toFixed(0)} MiB when the last one became Healthy` });
}

async function figuresOf(bench: Bench, counts: readonly number[]): Promise<Figure[]> {
  const { client, seen, pid, say } = bench;
  const figures = [figure(0, await atRest(pid))];
  await createNamespace(client);
  for (const [index, count] of counts.entries()) figures.push(await grow(bench, counts[index - 1] ?? 0, count));
  const began = performance.now();
  const most = await mostDuring(pid, client, seen.rollouts, RELEASES);
  say(`${RELEASES} releases in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  const last = counts.at(-1) ?? 0;
  const name = `memory.rss-${last}-and-${RELEASES}-releases`;
  return [...figures, figure(last, most, { name, note: `the most meanwhile, ${AT_ONCE} releases at once` })];
}

export const run: Section['run'] = async (say) => {
  const counts = growingCountsFrom('BENCH_MEMORY_OBJECTS', OBJECTS);
  if ((counts.at(-1) ?? 0) < AT_ONCE) throw new TypeError(`BENCH_MEMORY_OBJECTS must end with ${AT_ONCE} or more`);
  const world = new World();
  const program = await built();
  try {
    await world.start('bench-memory', USUAL_LEASE, { main: program.main });
    await world.sluice.start();
    const connection = await connect({ kubeconfig: world.cluster.kubeconfig });
    const client = createClient(connection);
    const seen = watchApplications(client);
    const figures = await figuresOf({ client, seen, pid: world.sluice.pid ?? 0, say }, counts);
    await seen.stop();
    await connection.close();
    return figures;
  } finally {
    await world.stop();
    await program.remove();
  }
};
