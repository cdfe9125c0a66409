// What stays behind: many releases, twenty at once, and the heap after them beside the heap after the first fifth; and how often
// the API server told our account that it wrote from an old picture.

import type { KubeObject } from '../../src/api/kube.ts';
import { DEPLOYMENTS } from '../../src/api/resources.ts';
import { connect } from '../../src/kube/auth.ts';
import { createClient, type Client } from '../../src/kube/client.ts';
import type { Table } from '../../src/kube/store.ts';
import { freePort } from '../cluster/support/sluice.ts';
import { World } from '../cluster/support/world.ts';
import { createApplications, NAMESPACE, nameOf, phaseOf, template, watchApplications } from './applications.ts';
import { Heap } from './heap.ts';
import { built, countFrom } from './program.ts';
import type { Figure, Section } from './section.ts';

const RELEASES = 200;
const AT_ONCE = 20;
const RELEASE_MS = 120_000;
/** Goes on at once. */
const STEPS = [{ replicas: '100%', pause: { duration: 0 } }];
const CONFLICTS = /^sluice_api_call_seconds_count\{[^}]*status="409"[^}]*\} (\d+)$/gm;

/** Resolves when it has left Healthy and is Healthy again. */
function released(rollouts: Table, name: string): Promise<void> {
  const late = AbortSignal.timeout(RELEASE_MS);
  return new Promise((resolve, reject) => {
    let isUnderWay = false;
    const end = rollouts.onChange((_before: KubeObject | undefined, after: KubeObject | undefined) => {
      if (after?.metadata.name !== name) return;
      if (phaseOf(after) !== 'Healthy') isUnderWay = true;
      else if (isUnderWay) {
        end();
        resolve();
      }
    });
    late.addEventListener('abort', () => {
      end();
      const status = JSON.stringify(rollouts.get(NAMESPACE, name)?.['status']);
      reject(new Error(`the release of ${name} takes longer than ${RELEASE_MS} ms: ${status}`));
    });
  });
}

/** Each application is released again and again, until there were `count` releases. */
async function release(client: Client, rollouts: Table, first: number, count: number): Promise<void> {
  let next = first;
  const worker = async (index: number): Promise<void> => {
    const name = nameOf(index);
    while (next < first + count) {
      const tag = (next += 1);
      const done = released(rollouts, name);
      const patch = { spec: { template: template(name, `cilium/echoserver:release-${tag}`) } };
      await client.mergePatch({ resource: DEPLOYMENTS, namespace: NAMESPACE, name }, patch);
      await done;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => worker(index)));
}

async function conflictsAt(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return [...text.matchAll(CONFLICTS)].reduce((sum, [, value]) => sum + Number(value), 0);
}

const figuresOf = (count: number, early: number, late: number, conflicts: number): Figure[] => [
  {
    ...{ name: 'soak.heap', value: late, unit: 'MiB', reference: 'after a fifth of them', referenceValue: early },
    ...{ ratio: late / early, note: `after ${count} releases and a collection; goal: ratio from 0.95 to 1.05` },
  },
  {
    ...{ name: 'soak.conflicts', value: conflicts / count, unit: '/release', reference: 'goal', referenceValue: 1 },
    ratio: conflicts / count,
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
    await release(client, seen.rollouts, 0, fifth);
    const early = await heap.used();
    say(`${fifth} releases: ${early.toFixed(1)} MiB of heap`);
    await release(client, seen.rollouts, fifth, count - fifth);
    const late = await heap.used();
    const conflicts = (await conflictsAt(metrics)) - before;
    heap.close();
    await seen.stop();
    await connection.close();
    return figuresOf(count, early, late, conflicts);
  } finally {
    await world.stop();
    await program.remove();
  }
};
