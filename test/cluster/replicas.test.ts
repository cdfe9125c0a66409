// Two replicas, as the Deployment inside a cluster runs them: both answer, one leads, and a rolling update loses nothing.

import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { rollout } from './support/objects.ts';
import { Sluice } from './support/sluice.ts';
import { until } from './support/until.ts';
import { V2 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('replicas');
let second: Sluice;

beforeAll(async () => {
  second = await Sluice.create({ kubeconfig: world.cluster.kubeconfig, host: world.cluster.webhookHost });
  await second.start();
});
afterAll(() => second.stop('SIGKILL'));

const LEADS = /"identity":"[^"]+","msg":"leading"/;
const readyz = async ({ healthPort }: Sluice): Promise<number> =>
  (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).status;

/** A Rollout that only the webhook can refuse, because the schema compares no steps. */
async function answers(replica: Sluice): Promise<boolean> {
  const name = `case-${(cases += 1)}`;
  const backwards = rollout({
    namespace: 'default',
    name,
    traffic: false,
    steps: [{ replicas: '50%' }, { replicas: '20%' }],
  });
  const { code, err } = await world.kubectl.try(['apply', '--dry-run=server', '-f', '-'], JSON.stringify(backwards));
  if (code === 0 || !err.includes('vrollout.kb.io')) return false;
  // What a process prints comes through a pipe, and may come after its answer.
  return until(`${name} in its log`, () => replica.log.includes(`"name":"${name}"`), 1_000).catch(() => false);
}
let cases = 0;

describe('two replicas', () => {
  it('are both ready, and one of them leads', async () => {
    expect([await readyz(world.sluice), await readyz(second)]).toEqual([200, 200]);
    expect([LEADS.test(world.sluice.log), LEADS.test(second.log)]).toEqual([true, false]);
  });

  it('HZ-01 share one certificate, so the API server may ask the one that does not lead', async () => {
    await second.install();
    await until('the one that does not lead is asked', () => answers(second), 5_000);
    await world.sluice.install();
    await until('the leader is asked', () => answers(world.sluice), 5_000);
  });
});

describe('HZ-05 SC-01 the leader is told to stop', () => {
  let began = 0;
  let stopped: Promise<number>;
  beforeAll(async () => {
    // A deadline that it knows is none that it waits for.
    const namespace = await world.namespace('far');
    await world.app(namespace, { steps: [{ replicas: '20%', pause: { duration: 300 } }], traffic: false });
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    began = Date.now();
    stopped = world.sluice.stop('SIGTERM').then(() => Date.now() - began);
  });

  it('the other leads within moments, while the old one still runs', async () => {
    await until('the second leads', () => LEADS.test(second.log), 5_000);
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(world.sluice.running).toBe(true);
  });

  it('it is not ready any more and answers all the same', async () => {
    expect(await readyz(world.sluice)).toBe(503);
    for (let again = 0; again < 5; again += 1) expect(await answers(world.sluice)).toBe(true);
    expect(world.sluice.running).toBe(true);
  });

  it('it ends after its drain and within the grace period of the pod', async () => {
    const took = await stopped;
    expect(took).toBeGreaterThanOrEqual(10_000);
    expect(took).toBeLessThan(20_000);
  });

  it('a release goes on under the new leader', async () => {
    await second.install();
    const namespace = await world.namespace('after');
    await world.app(namespace, { steps: [{ replicas: '20%' }], traffic: false });
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
  });
});
