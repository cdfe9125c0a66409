// What stays behind: many releases, twenty at once, and the heap after them beside the heap after the first fifth; and how often
// the API server told our account that it wrote from an old picture.

import { connect } from '../../src/kube/auth.ts';
import { createClient } from '../../src/kube/client.ts';
import { freePort } from '../cluster/support/sluice.ts';
import { World } from '../cluster/support/world.ts';
import { createApplications, watchApplications } from './applications.ts';
import { Heap } from './heap.ts';
import { cpuMs } from './process-cpu.ts';
import { built, countFrom } from './program.ts';
import { AT_ONCE, release, RELEASE_MS, STEPS } from './releases.ts';
import type { Figure, Section } from './section.ts';

const RELEASES = 200;
const CONFLICTS = /^sluice_api_call_seconds_count\{[^}]*status="409"[^}]*\} (\d+)$/gm;

async function conflictsAt(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return [...text.matchAll(CONFLICTS)].reduce((sum, [, value]) => sum + Number(value), 0);
}

interface Soaked {
  count: number;
  /** MiB. */
  early: number;
  late: number;
  conflicts: number;
  /** Seconds. */
  cpu: number;
}

const figuresOf = ({ count, early, late, conflicts, cpu }: Soaked): Figure[] => [
  {
    ...{ name: 'soak.heap', value: late, unit: 'MiB', reference: 'after a fifth of them', referenceValue: early },
    ...{ ratio: late / early, note: `after ${count} releases and a collection; goal: ratio from 0.95 to 1.05` },
  },
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
  const fifth = Math.max(AT_ONCE, Math.floor(count / 5));
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
    await createApplications(world, AT_ONCE, STEPS);
    await seen.idle(AT_ONCE, RELEASE_MS);
    const heap = await Heap.of(inspector);
    const before = await conflictsAt(metrics);
    const cpuBefore = cpuMs(world.sluice.pid ?? 0);
    await release(client, seen.rollouts, 0, fifth);
    const early = await heap.used();
    say(`${fifth} releases: ${early.toFixed(1)} MiB of heap`);
    await release(client, seen.rollouts, fifth, count - fifth);
    const late = await heap.used();
    const cpu = (cpuMs(world.sluice.pid ?? 0) - cpuBefore) / 1000;
    const conflicts = (await conflictsAt(metrics)) - before;
    heap.close();
    await seen.stop();
    await connection.close();
    return figuresOf({ count, early, late, conflicts, cpu });
  } finally {
    await world.stop();
    await program.remove();
  }
};
