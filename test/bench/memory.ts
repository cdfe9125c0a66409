// What `serve` takes of a node: resident memory of the program as it ships, with nothing to do and with many idle Rollouts.
// Both are read once it has come to rest, because that is what a person sees who looks. BENCH_RELEASES: so many releases follow, and the
// most that it takes meanwhile is a figure too.

import { connect } from '../../src/kube/auth.ts';
import { createClient } from '../../src/kube/client.ts';
import type { Client } from '../../src/kube/port.ts';
import type { Table } from '../../src/kube/store.ts';
import { World } from '../cluster/support/world.ts';
import { createApplications, watchApplications } from './applications.ts';
import { built, countFrom, residentMiB } from './program.ts';
import { release, STEPS } from './releases.ts';
import type { Figure, Section } from './section.ts';

const OBJECTS = 1_000;
/** MiB, by how many Rollouts. */
const GOALS: Readonly<Record<number, number>> = { 0: 110, 1_000: 160, 10_000: 400 };
const REST = { everyMs: 500, quietMs: 20_000, limitMs: 120_000, withinMiB: 1 };
const PER_OBJECT_MS = 600;

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
    await new Promise((resolve) => setTimeout(resolve, REST.everyMs));
  }
  return last;
}

/** MiB at the highest, while so many releases go by. */
async function mostDuring(pid: number, client: Client, rollouts: Table, count: number): Promise<number> {
  let most = 0;
  const released = release(client, rollouts, 0, count);
  let isOver = false;
  void released.finally(() => (isOver = true));
  while (!isOver) {
    most = Math.max(most, await residentMiB(pid));
    await new Promise((resolve) => setTimeout(resolve, REST.everyMs));
  }
  await released;
  return most;
}

const figureOfReleases = (count: number, releases: number, value: number): Figure => {
  const goal = GOALS[10_000] ?? NaN;
  const compared = { reference: 'goal for 10000', referenceValue: goal, ratio: value / goal };
  return { name: `memory.rss-${releases}-releases`, value, unit: 'MiB', ...compared, note: `beside ${count} Rollouts` };
};

function figure(count: number, value: number, note?: string): Figure {
  const goal = GOALS[count] ?? NaN;
  const compared = { reference: 'goal', referenceValue: goal, ratio: value / goal };
  return {
    name: `memory.rss-${count}-rollouts`,
    value,
    unit: 'MiB',
    ...compared,
    ...(note === undefined ? {} : { note }),
  };
}

export const run: Section['run'] = async (say) => {
  const count = countFrom('BENCH_OBJECTS', OBJECTS);
  const world = new World();
  const program = await built();
  try {
    await world.start('bench-memory', [], { main: program.main });
    await world.sluice.start();
    const { pid = 0 } = world.sluice;
    const empty = await atRest(pid);
    say(`empty: ${empty.toFixed(0)} MiB`);
    const connection = await connect({ kubeconfig: world.cluster.kubeconfig });
    const client = createClient(connection);
    const seen = watchApplications(client);
    await createApplications(world, count, STEPS);
    await seen.idle(count, 60_000 + count * PER_OBJECT_MS);
    const busy = await residentMiB(pid);
    const full = await atRest(pid);
    const figures = [figure(0, empty), figure(count, full, `${busy.toFixed(0)} MiB when the last one became Healthy`)];
    const releases = process.env['BENCH_RELEASES'] === undefined ? 0 : countFrom('BENCH_RELEASES', 1);
    if (releases > 0)
      figures.push(figureOfReleases(count, releases, await mostDuring(pid, client, seen.rollouts, releases)));
    await seen.stop();
    await connection.close();
    return figures;
  } finally {
    await world.stop();
    await program.remove();
  }
};
