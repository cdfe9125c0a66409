// What stays behind: many releases, twenty at once, and the heap after each fifth of them. The last is held against the second: until
// then V8 is still compiling what has become hot, and what is remembered up to a bound (Events that count up, what was seen deleted)
// still fills. All five are printed, so that a reader sees the curve. And how often the API server told our account that it
// wrote from an old picture.

import { connect } from '../../src/kube/auth.ts';
import { createClient } from '../../src/kube/client.ts';
import { freePort } from '../cluster/support/sluice.ts';
import { World } from '../cluster/support/world.ts';
import { createApplications, createNamespace, watchApplications } from './applications.ts';
import { Heap } from './heap.ts';
import { cpuMs } from './process-cpu.ts';
import { built, countFrom } from './program.ts';
import { AT_ONCE, release, RELEASE_MS, STEPS } from './releases.ts';
import type { Figure, Section } from './section.ts';

const RELEASES = 1_000;
const FIFTHS = 5;
const CONFLICTS = /^sluice_api_call_seconds_count\{[^}]*status="409"[^}]*\} (\d+)$/gm;

async function conflictsAt(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return [...text.matchAll(CONFLICTS)].reduce((sum, [, value]) => sum + Number(value), 0);
}

interface Soaked {
  count: number;
  /** MiB, after each fifth. */
  heap: readonly number[];
  conflicts: number;
  /** Seconds. */
  cpu: number;
}

const heapFigure = (count: number, heap: readonly number[]): Figure => {
  const [, settled = Number.NaN] = heap;
  const last = heap.at(-1) ?? Number.NaN;
  const curve = heap.map((mib) => mib.toFixed(1)).join(', ');
  return {
    ...{ name: 'soak.heap', value: last, unit: 'MiB', reference: 'after two fifths of them', referenceValue: settled },
    ...{
      ratio: last / settled,
      note: `${count} releases, a collection after each fifth: ${curve}; goal: ratio 0.95 to 1.05`,
    },
  };
};

const figuresOf = ({ count, heap, conflicts, cpu }: Soaked): Figure[] => [
  heapFigure(count, heap),
  {
    ...{ name: 'soak.conflicts', value: conflicts / count, unit: '/release', reference: 'goal', referenceValue: 1 },
    ratio: conflicts / count,
  },
  {
    ...{ name: 'soak.controller-cpu', value: cpu / count, unit: 's/release', reference: 'goal', referenceValue: 0.2 },
    ...{ ratio: cpu / count / 0.2, note: `${AT_ONCE} releases at once, one step, no traffic` },
  },
];

export const run: Section['run'] = async (say) => {
  const count = countFrom('BENCH_RELEASES', RELEASES);
  const fifth = Math.ceil(count / FIFTHS);
  const [inspector, metrics] = [await freePort(), await freePort()];
  const world = new World();
  const program = await built();
  try {
    const flags = ['--metrics-bind-address', `127.0.0.1:${metrics}`];
    const env = { NODE_OPTIONS: `--inspect=127.0.0.1:${inspector}` };
    await world.start('bench-soak', flags, { main: program.main, env });
    await world.sluice.start();
    const connection = await connect({ kubeconfig: world.cluster.kubeconfig });
    const client = createClient(connection);
    const seen = watchApplications(client);
    await createNamespace(client);
    await createApplications(client, { from: 0, to: AT_ONCE, isRunning: true, steps: STEPS });
    await seen.idle(AT_ONCE, RELEASE_MS);
    const inspected = await Heap.of(inspector);
    const before = await conflictsAt(metrics);
    const cpuBefore = cpuMs(world.sluice.pid ?? 0);
    const heap: number[] = [];
    for (let done = 0; done < count; done += fifth) {
      await release(client, seen.rollouts, done, Math.min(fifth, count - done));
      heap.push(await inspected.used());
      say(`${Math.min(done + fifth, count)} releases: ${heap.at(-1)?.toFixed(1) ?? ''} MiB of heap`);
    }
    const cpu = (cpuMs(world.sluice.pid ?? 0) - cpuBefore) / 1000;
    const conflicts = (await conflictsAt(metrics)) - before;
    inspected.close();
    await seen.stop();
    await connection.close();
    return figuresOf({ count, heap, conflicts, cpu });
  } finally {
    await world.stop();
    await program.remove();
  }
};
