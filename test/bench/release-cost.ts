// Section `release`: what one release costs a cluster and how long its user waits. API writes of Sluice's account (Events among
// them) from the audit log, CPU of its process, and the three waits: first pause, approve to next pause, last approve to Healthy.
// A Deployment of 5, steps of 20 % and 60 % on an nginx Ingress, default grace, each pause approved after the grace of its change.

import { readFile } from 'node:fs/promises';
import type { KubeObject } from '../../src/api/kube.ts';
import { ROLLOUTS } from '../../src/api/resources.ts';
import type { RolloutStatus } from '../../src/api/rollout.ts';
import { connect } from '../../src/kube/auth.ts';
import { createClient, type Client } from '../../src/kube/client.ts';
import { Store } from '../../src/kube/store.ts';
import { startWatch } from '../../src/kube/watch.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { deployment, ingress, rollout, service } from '../cluster/support/objects.ts';
import { until } from '../cluster/support/until.ts';
import { V1, V2 } from '../cluster/support/workloads.ts';
import { World } from '../cluster/support/world.ts';
import { cpuMs } from './process-cpu.ts';
import { median, timed, type Figure, type Section } from './section.ts';
import { USUAL_LEASE } from './usual-lease.ts';

const RELEASES = 4;
const NAME = 'echoserver';
const GRACE_SECONDS = 3;
const STEPS = ['20%', '60%'].map((share) => ({ replicas: share, traffic: share }));
const REST_MS = 20_000;
const GOAL = { writes: 45, events: 10, cpuSeconds: 0.2 };
/** Seconds that each wait took before statuses were folded, and OpenKruise Rollouts beside it: measured once, on one machine. */
const ONCE = { firstPause: [6.3, 23.1], next: [1, 10.2], end: [8, 19] } as const;
/**
 * From a pause until it is approved. Nobody reads a step in less than the grace of its last change, and an approval within it
 * waits for its rest: that would be measured instead of what comes after the approval.
 */
const READ_MS = (GRACE_SECONDS + 1) * 1000;
const ENDED = 'Rollout progressing has been completed';

interface AuditLine {
  verb: string;
  user: { username: string };
  userAgent?: string;
  objectRef?: { resource: string; subresource?: string; namespace?: string };
  responseStatus?: { code?: number };
}

interface Released {
  /** Seconds. */
  firstPause: number;
  next: number;
  end: number;
  /** With the time in which somebody reads. */
  all: number;
  cpu: number;
  /** By resource. */
  writes: Map<string, number>;
  conflicts: number;
}

/** Resolves when the Rollout's status shows what is asked for. */
type Seen = (namespace: string, wanted: (status: RolloutStatus) => boolean) => Promise<void>;

async function watching(client: Client): Promise<{ seen: Seen; stop(): Promise<void> }> {
  const table = new Store().define(ROLLOUTS, {});
  const watch = startWatch({ client, table, clock: systemClock });
  await table.whenSynced();
  const statusIn = (namespace: string): RolloutStatus =>
    (table.get(namespace, NAME)?.['status'] ?? {}) as RolloutStatus;
  const seen: Seen = (namespace, wanted) =>
    new Promise((resolve) => {
      if (wanted(statusIn(namespace))) return resolve();
      const stop = table.onChange((_, after: KubeObject | undefined) => {
        if (after?.metadata.namespace !== namespace || !wanted(statusIn(namespace))) return;
        stop();
        resolve();
      });
    });
  return { seen, stop: () => watch.stop() };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const pausedIn =
  (step: number) =>
  ({ currentStepIndex, currentStepState }: RolloutStatus): boolean =>
    currentStepIndex === step && currentStepState === 'StepPaused';

async function writesIn(world: World, namespace: string): Promise<Pick<Released, 'writes' | 'conflicts'>> {
  const lines = (await readFile(world.cluster.auditLog, 'utf8')).split('\n').filter((line) => line !== '');
  const own = lines
    .map((line) => JSON.parse(line) as AuditLine)
    .filter(({ userAgent, objectRef }) => userAgent === 'sluice' && objectRef?.namespace === namespace);
  const writes = new Map<string, number>();
  for (const { objectRef } of own) {
    const { resource = '', subresource } = objectRef ?? {};
    const what = subresource === undefined ? resource : `${resource}/${subresource}`;
    writes.set(what, (writes.get(what) ?? 0) + 1);
  }
  return { writes, conflicts: own.filter(({ responseStatus }) => responseStatus?.code === 409).length };
}

async function release(world: World, seen: Seen, namespace: string): Promise<Released> {
  const app = { name: NAME, namespace, image: V1, steps: STEPS, grace: GRACE_SECONDS };
  await world.kubectl.do(['create', 'namespace', namespace]);
  await world.kubectl.apply(deployment(app), service(app), ingress(app), rollout(app));
  await world.idle(namespace, NAME);
  const { writes: before } = await writesIn(world, namespace);
  const pid = world.sluice.pid ?? 0;
  const cpuBefore = cpuMs(pid);
  const began = performance.now();
  const firstPause = await timed(async () => {
    await world.setImage(namespace, V2, NAME);
    await seen(namespace, pausedIn(1));
  });
  await pause(READ_MS);
  const next = await timed(async () => {
    await world.approve(namespace, NAME);
    await seen(namespace, pausedIn(2));
  });
  await pause(READ_MS);
  const end = await timed(async () => {
    await world.approve(namespace, NAME);
    await seen(namespace, ({ phase, message }) => phase === 'Healthy' && message === ENDED);
  });
  const all = (performance.now() - began) / 1000;
  const cpu = (cpuMs(pid) - cpuBefore) / 1000;
  await until('its last Event', async () => {
    const events = await world.list('events', namespace);
    return events.some((event) => event['message'] === ENDED);
  });
  const { writes, conflicts } = await writesIn(world, namespace);
  for (const [what, count] of before) writes.set(what, (writes.get(what) ?? 0) - count);
  return { firstPause: firstPause / 1000, next: next / 1000, end: end / 1000, all, cpu, writes, conflicts };
}

const total = (writes: Map<string, number>): number => [...writes.values()].reduce((sum, count) => sum + count, 0);

const told = (writes: Map<string, number>): string =>
  [...writes]
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => `${what} ${count}`)
    .join(', ');

const figure = (name: string, values: number[], unit: string, reference: string, goal: number): Figure => {
  const value = median(values);
  return { name, value, unit, reference, referenceValue: goal, ratio: value / goal };
};

const waited = (name: string, values: number[], [before, peer]: readonly [number, number]): Figure => ({
  ...figure(name, values, 's', 'as before, measured once', before),
  note: `goal: ratio at most 1.05; OpenKruise Rollouts, measured once: ${peer.toFixed(1)} s`,
});

/** Seconds of CPU that a second takes in which nothing happens: Lease, watches, timers. */
async function atRest({ sluice }: World): Promise<number> {
  const pid = sluice.pid ?? 0;
  const before = cpuMs(pid);
  await pause(REST_MS);
  return (cpuMs(pid) - before) / REST_MS;
}

function figuresOf(releases: readonly Released[], rest: number): Figure[] {
  const seconds = median(releases.map(({ all }) => all));
  const of = (read: (one: Released) => number): number[] => releases.map(read);
  return [
    figure(
      'release.api-writes',
      of(({ writes }) => total(writes)),
      'writes',
      'goal',
      GOAL.writes,
    ),
    figure(
      'release.events',
      of(({ writes }) => writes.get('events') ?? 0),
      'Events',
      'goal',
      GOAL.events,
    ),
    figure(
      'release.conflicts',
      of(({ conflicts }) => conflicts),
      '× 409',
      'goal',
      1,
    ),
    {
      ...figure(
        'release.controller-cpu',
        of(({ cpu }) => cpu),
        's',
        'goal',
        GOAL.cpuSeconds,
      ),
      note: `of it ${(rest * seconds).toFixed(2)} s that it takes in ${seconds.toFixed(0)} s at rest`,
    },
    waited(
      'release.first-pause',
      of(({ firstPause }) => firstPause),
      ONCE.firstPause,
    ),
    waited(
      'release.approve-to-next',
      of(({ next }) => next),
      ONCE.next,
    ),
    waited(
      'release.approve-to-healthy',
      of(({ end }) => end),
      ONCE.end,
    ),
  ];
}

export const run: Section['run'] = async (say) => {
  const world = new World();
  try {
    await world.start('bench-release', USUAL_LEASE);
    await world.sluice.start();
    const connection = await connect({ kubeconfig: world.cluster.kubeconfig });
    const { seen, stop } = await watching(createClient(connection));
    const releases: Released[] = [];
    // The first one warms the process up.
    for (let index = 0; index <= RELEASES; index += 1) {
      const one = await release(world, seen, `bench-${index}`);
      say(`${total(one.writes)} writes: ${told(one.writes)}`);
      if (index > 0) releases.push(one);
    }
    const rest = await atRest(world);
    await stop();
    await connection.close();
    return figuresOf(releases, rest);
  } finally {
    await world.stop();
  }
};
