// A new image on a workload that no Rollout names: answered from the tables while nothing can be on its way into them, and looked
// up as soon as something can, so that a late watch never lets an update pass that a Rollout would have held.

import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../../../src/api/resources.ts';
import { judgeFinally, judgeInTurn } from '../../../src/core/admission/chain.ts';
import type { Review, Verdict } from '../../../src/core/admission/types.ts';
import type { Table } from '../../../src/kube/table.ts';
import type { WatchStatus } from '../../../src/kube/watch-contract.ts';
import { HEARD_MS } from '../../../src/core/admission/absence.ts';
import { admissionParts } from '../../../src/serve/admission-parts.ts';
import { ROLLOUTS_TIMING, type SightNeeds } from '../../../src/serve/rollout-sight.ts';
import { UNTIL_DONE, observerOf } from '../support/observer.ts';
import { deployment, replicaSet, review, rollout } from '../workloads/objects.ts';

const SETTINGS = { partitionPercentLimit: 50, filterWorkloadType: true };
const QUIET: WatchStatus = {
  collection: 'rollouts',
  state: 'watching',
  silentMs: 5_000,
  lists: 1,
  failures: 0,
  lastError: undefined,
};
const update = review(deployment(), deployment({ image: 'v2' }));
const shop = (generation = 1, change: Parameters<typeof rollout>[0] = {}): KubeObject => {
  const made = rollout(change) as unknown as KubeObject;
  return { ...made, metadata: { ...made.metadata, generation, resourceVersion: String(20 + generation) } };
};
const creation = (object: KubeObject, change: Partial<Review> = {}): Review => ({
  ...update,
  ...{ operation: 'CREATE', group: 'rollouts.kruise.io', version: 'v1beta1', resource: 'rollouts', kind: 'Rollout' },
  ...{ name: object.metadata.name, object, oldObject: undefined },
  ...change,
});

/** A process that has watched for long enough; what the API server has is in `live` from the beginning. */
interface Parts {
  live?: KubeObject[];
  known?: KubeObject[];
  /** Alone where nothing else is said. */
  company?: Partial<SightNeeds>;
}

async function process({ live = [], known = [], company: given = { isAlone: true } }: Parts = {}) {
  const nobody = { isAlone: false, ownNamespace: undefined, deploymentsWatch: () => QUIET, isEnding: () => false };
  const company = { ...nobody, ...given };
  const revisions = [replicaSet('v1', 5, 1)];
  const { tables, reader, store, kinds } = observerOf({ live: [...live, ...revisions], known: [] });
  let now = 0;
  let watch: WatchStatus | undefined = QUIET;
  let sinceStallMs: number | undefined;
  const own = admissionParts({
    ...{ tables, reader, store, kinds, identity: 'sluice', settings: SETTINGS, company },
    ...{ rolloutsWatch: () => watch, sinceStallMs: () => sinceStallMs, now: () => now },
  });
  store.table(REPLICA_SETS).replace(revisions, '9');
  store.table(DEPLOYMENTS).replace(known, '9');
  tables.rollouts.replace([], '9');
  await tables.rollouts.whenSynced();
  now = 100_000;
  const judge = async (asked: Review): Promise<Verdict> => {
    const [judges] = own.doors.map((door) => door.judgesOf(asked)).filter((found) => found.length > 0);
    if (judges === undefined) throw new Error('nobody judges this');
    const decision = judgeInTurn(judges, asked, own.snapshot(asked, judges), 0);
    const verdict =
      decision.is === 'asks' ? judgeFinally(judges, asked, await own.lookLive(asked, judges, UNTIL_DONE), 0) : decision;
    own.judged(asked, verdict);
    return verdict;
  };
  return {
    judge,
    table: tables.rollouts as Table,
    deployments: store.table(DEPLOYMENTS),
    looks: () => reader.asked.filter((asked) => asked.startsWith('list rollouts')).length,
    pass: (ms: number) => (now += ms),
    hear: (change: Partial<WatchStatus> | undefined) => (watch = change && { ...QUIET, ...change }),
    stall: (ms: number) => (sinceStallMs = ms),
  };
}

test('a stream that is well is heard before it counts as silent', () => {
  // The server ends it after once to twice as long, and sends a bookmark some 2 s before.
  expect(2 * (ROLLOUTS_TIMING.streamSeconds ?? NaN) * 1000 + 5_000).toBeLessThan(HEARD_MS);
});

const ALLOWED = { is: 'allow', reason: 'no-rollout', warnings: [] };

test('where the watch is heard and nothing is on its way, nothing is looked up', async () => {
  const { judge, looks, table } = await process();
  expect(await judge(update)).toMatchObject(ALLOWED);
  await judge(creation(shop(1, { name: 'other', target: 'api' })));
  table.putWatched(shop(1, { name: 'other', target: 'api' }));
  expect(await judge(update)).toMatchObject(ALLOWED);
  expect(looks()).toBe(0);
});

test('HZ-07 a Rollout that was let pass and is not in the table yet is looked up, and holds', async () => {
  const { judge, looks, table } = await process({ live: [shop()] });
  await judge(creation(shop()));
  expect(await judge(update)).toMatchObject({ is: 'patch', reason: 'held' });
  expect(await judge({ ...update, namespace: 'quiet' }), 'of another namespace').toMatchObject(ALLOWED);
  expect(looks()).toBe(1);
  table.putWatched(shop());
  expect(await judge(update)).toMatchObject({ is: 'patch', reason: 'held' });
  expect(looks(), 'shown by the watch').toBe(1);
});

test('HZ-07 a Rollout that was just enabled is looked up while the table has it disabled', async () => {
  const { judge, looks, table } = await process({ live: [shop(2)] });
  await judge(creation(shop(1, { disabled: true })));
  table.putWatched(shop(1, { disabled: true }));
  expect(await judge(update)).toMatchObject(ALLOWED);
  await judge(creation(shop(2), { operation: 'UPDATE', oldObject: shop(1, { disabled: true }) }));
  expect(await judge(update)).toMatchObject({ is: 'patch', reason: 'held' });
  expect(looks()).toBe(1);
});

test('a Rollout that was let pass and never stored is looked for until it cannot come any more', async () => {
  const { judge, looks, pass } = await process();
  await judge(creation(shop()));
  expect(await judge(update)).toMatchObject(ALLOWED);
  pass(90_000);
  await judge(update);
  expect(looks()).toBe(2);
  pass(1);
  expect(await judge(update)).toMatchObject(ALLOWED);
  expect(looks()).toBe(2);
});

test('more Rollouts on their way than are remembered make every answer doubtful', async () => {
  const { judge, looks } = await process();
  for (let index = 0; index <= 1_000; index += 1) {
    await judge(creation(shop(1, { name: `more-${index}`, target: `more-${index}` }), { namespace: 'many' }));
  }
  await judge(update);
  expect(looks()).toBe(1);
});

test.each<[string, Partial<WatchStatus> | undefined]>([
  ['silent', { silentMs: 30_001 }],
  ['broken', { state: 'waiting' }],
  ['listing anew', { state: 'listing' }],
  ['not begun', undefined],
])('HZ-08 a watch that is %s is not believed', async (_, status) => {
  const { judge, hear, looks } = await process({ live: [shop()] });
  hear(status);
  expect(await judge(update)).toMatchObject({ is: 'patch', reason: 'held' });
  hear({});
  expect(looks()).toBe(1);
});

test('a Rollout that was not let pass here makes the next half minute doubtful', async () => {
  const { judge, table, looks, pass } = await process({ live: [shop()] });
  const foreign = shop(1, { name: 'other', target: 'api' });
  table.putWatched(foreign);
  expect(await judge(update)).toMatchObject({ is: 'patch', reason: 'held' });
  pass(30_000);
  table.putWatched({
    ...foreign,
    metadata: { ...foreign.metadata, resourceVersion: '30' },
    status: { phase: 'Healthy' },
  });
  expect(await judge(update), 'a status is nobody’s doing').toMatchObject(ALLOWED);
  expect(looks()).toBe(1);
});

const replicas = (count: number, version: string): KubeObject => {
  const labels = { 'app.kubernetes.io/name': 'sluice', 'control-plane': 'controller-manager' };
  const made = deployment({ replicas: count, labels });
  return { ...made, metadata: { ...made.metadata, namespace: 'sluice', name: 'manager', resourceVersion: version } };
};

test.each<[string, Partial<SightNeeds>]>([
  ['shares a URL with nobody knows whom', {}],
  [
    'cannot see its own Deployment now',
    { ownNamespace: 'sluice', deploymentsWatch: () => ({ ...QUIET, state: 'listing' }) },
  ],
  ['was told to stop, while another one begins to answer', { ownNamespace: 'sluice', isEnding: () => true }],
])('HZ-07 a process that %s looks', async (_, company) => {
  const { judge, looks } = await process({ live: [shop()], known: [replicas(1, '5')], company });
  expect(await judge(update)).toMatchObject({ is: 'patch', reason: 'held' });
  expect(looks()).toBe(1);
});

test('HZ-07 another replica may have let one pass, also one that is on its way out', async () => {
  const { judge, deployments, looks, pass } = await process({
    live: [shop()],
    known: [replicas(2, '5')],
    company: { ownNamespace: 'sluice' },
  });
  expect(await judge(update)).toMatchObject({ is: 'patch', reason: 'held' });
  deployments.putWatched(replicas(1, '30'));
  pass(89_999);
  await judge(update);
  expect(looks()).toBe(2);
  pass(1);
  expect(await judge(update)).toMatchObject(ALLOWED);
  deployments.putWatched(replicas(2, '31'));
  deployments.putWatched(replicas(1, '32'));
  await judge(update);
  expect(looks(), 'also between two reviews').toBe(3);
});

test('inside a cluster, a Deployment of ours that cannot be found may have any number of replicas', async () => {
  const { judge, looks } = await process({ company: { ownNamespace: 'sluice' } });
  await judge(update);
  expect(looks()).toBe(1);
});

test('a process that was held up may have been left out when a Rollout was made', async () => {
  const { judge, stall, looks } = await process({ live: [shop()] });
  stall(1);
  expect(await judge(update)).toMatchObject({ is: 'patch', reason: 'held' });
  expect(looks()).toBe(1);
});
