// How soon a held update shows: from the answer to the update until a watcher sees that the Rollout's phase has left Healthy (0: before
// the answer). Clients read the phase right after their apply, so this is what decides whether they wait or go on. And what that costs
// who waits for the answer, beside the same client's change of a label alone, which nobody reviews.

import { ROLLOUTS, DEPLOYMENTS } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/api/kube.ts';
import { connect } from '../../src/kube/auth.ts';
import { createClient, type Client } from '../../src/kube/client.ts';
import { Store } from '../../src/kube/store.ts';
import { startWatch } from '../../src/kube/watch.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { deployment, rollout } from '../cluster/support/objects.ts';
import { until } from '../cluster/support/until.ts';
import { World } from '../cluster/support/world.ts';
import { quantile, timed, type Figure, type Section } from './section.ts';

const HOLDS = 200;
const NAMESPACE = 'bench';
const GOAL_MS = { p50: 15, p99: 60 };

const phaseOf = (object: KubeObject | undefined): unknown =>
  (object?.['status'] as { phase?: unknown } | undefined)?.phase;
const nameOf = (index: number): string => `app-${index}`;

/** One replica each, and paused, so that earlier releases leave the machine idle. */
async function prepare(world: World): Promise<void> {
  await world.kubectl.do(['create', 'namespace', NAMESPACE]);
  const apps = Array.from({ length: HOLDS }, (_, index) => ({
    name: nameOf(index),
    namespace: NAMESPACE,
    replicas: 1,
  }));
  await world.kubectl.apply(...apps.map(deployment));
  await world.kubectl.apply(...apps.map((app) => rollout({ ...app, traffic: false, strategy: { paused: true } })));
  await until(
    'every workload is enrolled',
    async () => {
      const enrolled = await world.list('deployments', NAMESPACE, 'sluice.dev/enrolled=canary');
      const healthy = (await world.list('rollouts', NAMESPACE)).filter((object) => phaseOf(object) === 'Healthy');
      return enrolled.length === HOLDS && healthy.length === HOLDS;
    },
    120_000,
  );
}

interface Times {
  leaves: number[];
  answers: number[];
  labels: number[];
}

async function measure(client: Client): Promise<Times> {
  const table = new Store().define(ROLLOUTS, { scope: { namespace: NAMESPACE } });
  const watch = startWatch({ client, table, clock: systemClock });
  await table.whenSynced();
  const seen = new Map<string, () => void>();
  table.onChange((_, after) => {
    if (after !== undefined && phaseOf(after) === 'Progressing') seen.get(after.metadata.name)?.();
  });
  const times: Times = { leaves: [], answers: [], labels: [] };
  for (let index = 0; index < HOLDS; index += 1) {
    const name = nameOf(index);
    const left = new Promise<number>((resolve) => seen.set(name, () => resolve(performance.now())));
    const template = { spec: { containers: [{ name, image: 'cilium/echoserver:1.10.3' }] } };
    const target = { resource: DEPLOYMENTS, namespace: NAMESPACE, name };
    times.labels.push(await timed(() => client.mergePatch(target, { metadata: { labels: { seen: 'yes' } } })));
    times.answers.push(await timed(() => client.mergePatch(target, { spec: { template } })));
    const answered = performance.now();
    times.leaves.push(Math.max(0, (await left) - answered));
    seen.delete(name);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  await watch.stop();
  return times;
}

const figure = (name: string, value: number, goal: number, reference = 'goal'): Figure => ({
  name,
  value,
  unit: 'ms',
  reference,
  referenceValue: goal,
  ratio: value / goal,
});

export const run: Section['run'] = async (log) => {
  const world = new World();
  try {
    await world.start('bench');
    await world.sluice.start();
    await prepare(world);
    const connection = await connect({ kubeconfig: world.cluster.kubeconfig });
    const times = await measure(createClient(connection));
    await connection.close();
    const { leaves, answers, labels } = times;
    log(`${leaves.length} holds, fastest ${leaves[0]?.toFixed(1)} ms, slowest ${leaves.at(-1)?.toFixed(1)} ms`);
    return [
      figure('hold.leaves-healthy-p50', quantile(leaves, 0.5), GOAL_MS.p50),
      figure('hold.leaves-healthy-p99', quantile(leaves, 0.99), GOAL_MS.p99),
      figure('hold.answer-p50', quantile(answers, 0.5), quantile(labels, 0.5), 'a label alone'),
      figure('hold.answer-p99', quantile(answers, 0.99), quantile(labels, 0.99), 'a label alone'),
    ];
  } finally {
    await world.stop();
  }
};
