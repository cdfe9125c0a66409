// What Sluice asks and writes beyond need, on a real API server: LISTs of Rollouts for new images on Deployments that no Rollout
// names, and how long such an update takes; 409s and 422s of enrolling what was just made; and what it costs to make many Deployments and
// Rollouts while Sluice runs. BENCH_OBJECTS says how many of each are made: 1,000, or the goals are scaled to the number.

import type { KubeObject } from '../../src/api/kube.ts';
import { LABEL } from '../../src/api/names.ts';
import { DEPLOYMENTS, ROLLOUTS } from '../../src/api/resources.ts';
import { SHOWN_MS } from '../../src/core/admission/absence.ts';
import { connect } from '../../src/kube/auth.ts';
import { createClient, type Client } from '../../src/kube/client.ts';
import { Store } from '../../src/kube/store.ts';
import { startWatch } from '../../src/kube/watch.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { deployment, rollout } from '../cluster/support/objects.ts';
import { freePort } from '../cluster/support/sluice.ts';
import { V2 } from '../cluster/support/workloads.ts';
import { World } from '../cluster/support/world.ts';
import { countFrom } from './program.ts';
import { quantile, ratioOf, timed, type Figure, type Section } from './section.ts';

const OBJECTS = countFrom('BENCH_OBJECTS', 1_000);
const UPDATES = 400;
const WRITERS = 8;
const GOAL = { lists: 0, p99Ms: 6, conflictsPerThousand: 50, secondsPerThousand: 9 };
/** A process that has just begun, or has just met Rollouts of others, looks for so long. */
const DOUBT_MS = SHOWN_MS + 1_000;
const PAUSE_MS = 30;
const LONG_MS = 600_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const nameOf = (index: number): string => `app-${index}`;
const statusOf = (object: KubeObject): Record<string, unknown> => (object['status'] ?? {}) as Record<string, unknown>;

interface Bench {
  world: World;
  client: Client;
  metricsPort: number;
  say(line: string): void;
}

/** Of lines of metrics. */
const sumOf = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);

/** Requests that the API server has answered so far. */
async function answered({ client }: Bench, labels: Record<string, string>): Promise<number> {
  const lines = String(await client.raw('/metrics')).split('\n');
  const hasLabels = (line: string): boolean =>
    Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`));
  return sumOf(lines.filter((line) => line.startsWith('apiserver_request_total{') && hasLabels(line)));
}
/** Whoever asked: also controllers of Kubernetes, which list a new kind once. */
const lists = (bench: Bench): Promise<number> => answered(bench, { verb: 'LIST', resource: 'rollouts' });
/** Controllers of Kubernetes write Deployments by PUT. A failed test of a JSON patch is a 422. */
const conflicts = async (bench: Bench, resource: string): Promise<number> =>
  (await answered(bench, { verb: 'PATCH', resource, code: '409' })) +
  (await answered(bench, { verb: 'PATCH', resource, code: '422' }));

async function looksByReason({ metricsPort }: Bench): Promise<string[]> {
  const body = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return body.split('\n').filter((line) => line.startsWith('sluice_live_look_seconds_count'));
}

/** Seconds for `OBJECTS` Deployments, each with its Rollout. */
async function make({ world, client }: Bench, namespace: string): Promise<number> {
  await world.kubectl.do(['create', 'namespace', namespace]);
  const names = Array.from({ length: OBJECTS }, (_, index) => nameOf(index));
  const write = async (): Promise<void> => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const app = { name, namespace, replicas: 1 };
      await client.create(DEPLOYMENTS, namespace, deployment(app) as unknown as KubeObject);
      const plan = rollout({ ...app, traffic: false, strategy: { paused: true } });
      await client.create(ROLLOUTS, namespace, plan as unknown as KubeObject);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: WRITERS }, write));
  return (performance.now() - began) / 1000;
}

/** Watches until so many Deployments of the namespace are as asked for. */
async function reached({ client }: Bench, namespace: string, count: number, isThere: (one: KubeObject) => boolean) {
  const table = new Store().define(DEPLOYMENTS, { scope: { namespace } });
  const watch = startWatch({ client, table, clock: systemClock });
  const late = AbortSignal.timeout(LONG_MS);
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (table.list().filter(isThere).length >= count) resolve();
    };
    table.onChange(look);
    late.addEventListener('abort', () => reject(new Error(`${namespace} is not there within ${LONG_MS} ms`)));
    look();
  });
  await watch.stop();
}

/** All pods run, so that nothing of it disturbs what is measured next. */
const settled = (bench: Bench, namespace: string, count: number): Promise<void> =>
  reached(bench, namespace, count, (one) => statusOf(one)['availableReplicas'] === 1);

const enrolled = (bench: Bench, namespace: string): Promise<void> =>
  reached(bench, namespace, OBJECTS, ({ metadata }) => metadata.labels?.[LABEL.enrolled] !== undefined);

interface Times {
  images: number[];
  /** Labels alone, which no webhook is asked about. */
  labels: number[];
}

async function update({ client }: Bench, namespace: string): Promise<Times> {
  const times: Times = { images: [], labels: [] };
  for (let index = 0; index < UPDATES; index += 1) {
    const name = nameOf(index);
    const target = { resource: DEPLOYMENTS, namespace, name };
    const write = async (into: number[], body: Parameters<Client['mergePatch']>[1]): Promise<void> => {
      into.push(await timed(() => client.mergePatch(target, body)));
      await sleep(PAUSE_MS);
    };
    await write(times.labels, { metadata: { labels: { seen: 'yes' } } });
    await write(times.images, { spec: { template: { spec: { containers: [{ name, image: V2 }] } } } });
  }
  return times;
}

async function withoutRollout(bench: Bench): Promise<Figure[]> {
  const { world, say } = bench;
  const namespace = 'plain';
  await world.kubectl.do(['create', 'namespace', namespace]);
  const apps = Array.from({ length: UPDATES }, (_, index) => ({ name: nameOf(index), namespace, replicas: 1 }));
  await world.kubectl.apply(...apps.map(deployment));
  await settled(bench, namespace, UPDATES);
  await sleep(DOUBT_MS);
  const before = { lists: await lists(bench), looks: sumOf(await looksByReason(bench)) };
  const { images, labels } = await update(bench, namespace);
  const asked = (await lists(bench)) - before.lists;
  const looks = await looksByReason(bench);
  for (const line of looks) say(line);
  say(`new image: p50 ${quantile(images, 0.5).toFixed(1)} ms, p99 ${quantile(images, 0.99).toFixed(1)} ms`);
  return [
    {
      ...figure('lookups.lists', asked, 'LISTs', 'goal', GOAL.lists),
      note: `in ${UPDATES} updates, for which Sluice looked ${sumOf(looks) - before.looks} times`,
    },
    figure('lookups.new-image-p99', quantile(images, 0.99), 'ms', 'goal', GOAL.p99Ms),
    figure('lookups.beside-label-p99', quantile(images, 0.99), 'ms', 'a label alone', quantile(labels, 0.99)),
  ];
}

async function making(bench: Bench): Promise<Figure[]> {
  const { world, say } = bench;
  const without = await make(bench, 'without');
  await settled(bench, 'without', OBJECTS);
  await world.sluice.start();
  await enrolled(bench, 'without');
  await sleep(DOUBT_MS);
  const before = { deployments: await conflicts(bench, 'deployments'), rollouts: await conflicts(bench, 'rollouts') };
  const listed = await lists(bench);
  const alongside = await make(bench, 'with');
  await enrolled(bench, 'with');
  const refused = (await conflicts(bench, 'deployments')) - before.deployments;
  say(`beside them ${(await conflicts(bench, 'rollouts')) - before.rollouts} × 409 or 422 on Rollouts`);
  say(`${(await lists(bench)) - listed} LISTs of Rollouts meanwhile`);
  await settled(bench, 'with', OBJECTS);
  const share = OBJECTS / 1000;
  return [
    figure('lookups.conflicts', refused, '409s and 422s', 'goal', GOAL.conflictsPerThousand * share),
    figure('lookups.making', alongside, 's', 'goal', GOAL.secondsPerThousand * share),
    figure('lookups.making-beside', alongside, 's', 'without Sluice', without),
  ];
}

const figure = (name: string, value: number, unit: string, reference: string, referenceValue: number): Figure => ({
  ...{ name, value, unit, reference, referenceValue },
  ratio: ratioOf(value, referenceValue),
});

export const run: Section['run'] = async (say) => {
  const world = new World();
  const metricsPort = await freePort();
  try {
    // Alone, and it says so: otherwise another process could let Rollouts pass, and every new image is looked up.
    await world.start('lookups', ['--leader-elect=false', '--metrics-bind-address', `127.0.0.1:${metricsPort}`]);
    const connection = await connect({ kubeconfig: world.cluster.kubeconfig });
    const bench: Bench = { world, client: createClient(connection), metricsPort, say };
    // In this order: what was made for the first is what is elsewhere in the cluster for the second.
    const figures = [...(await making(bench)), ...(await withoutRollout(bench))];
    await connection.close();
    return figures;
  } finally {
    await world.stop();
  }
};
