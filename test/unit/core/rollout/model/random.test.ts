// Any order of events: who of Sluice and Kubernetes goes first, what a user does in between, and where the process dies, are
// drawn. The invariants hold after every write, everything comes to rest, and the end is clean.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEPLOYMENTS, INGRESSES, ROLLOUTS, SERVICES } from '../../../../../src/api/resources.ts';
import type { KubeObject } from '../../../../../src/api/kube.ts';
import { Refusal } from './api-server.ts';
import { Killed } from './controller.ts';
import { expectNoRemains, expectReleased } from './ending.ts';
import * as objects from './objects.ts';
import { approveWaiting } from './scenario.ts';
import { WEB, World } from './world.ts';

const share = (percent: string) => ({ replicas: percent, traffic: percent, pause: {} });

/** What a user may do. */
const ACTS: Record<string, (world: World) => void> = {
  v1: (world) => world.setImage('v1'),
  v2: (world) => world.setImage('v2'),
  v3: (world) => world.setImage('v3'),
  approve: (world) => world.approve(),
  pause: (world) => world.patchRollout({ spec: { strategy: { paused: true } } }),
  resume: (world) => world.patchRollout({ spec: { strategy: { paused: null } } }),
  disable: (world) => world.patchRollout({ spec: { disabled: true } }),
  enable: (world) => world.patchRollout({ spec: { disabled: null } }),
  scaleUp: (world) => world.update({ spec: { replicas: 7 } }),
  scaleDown: (world) => world.update({ spec: { replicas: 3 } }),
  edit: (world) => world.patchRollout({ spec: { strategy: { canary: { steps: [share('50%'), share('80%')] } } } }),
  jump: (world) => world.patchStatus({ nextStepIndex: 2 }),
  jumpBack: (world) => world.patchStatus({ nextStepIndex: 1 }),
  dropService: ({ server }) => void server.delete('kubectl', SERVICES, WEB),
  dropIngress: ({ server }) => void server.delete('kubectl', INGRESSES, WEB),
  kill: () => {
    throw new Killed();
  },
};

const missing: [typeof SERVICES, () => KubeObject][] = [
  [SERVICES, objects.service],
  [INGRESSES, objects.ingress],
];

/** Ends everything a user has left open: what is missing comes back, what waits is resumed and approved. */
function tidy(world: World): boolean {
  for (const [resource, object] of missing) {
    if (world.server.get(resource, WEB) !== undefined) continue;
    world.server.create('kubectl', resource, object());
    return true;
  }
  if (world.rollout?.spec.strategy.paused === true) {
    ACTS['resume']?.(world);
    return true;
  }
  return approveWaiting(world);
}

interface Draw {
  acts: { name: string; at: number }[];
  order: number[];
}

async function run({ acts, order }: Draw, tablesLag: boolean): Promise<World> {
  const world = await World.of();
  world.tablesLag = tablesLag;
  let turn = 0;
  world.pick = (from) => from[(order[(turn += 1) % order.length] ?? 0) % from.length] as (typeof from)[number];
  const waiting = [...acts].sort((a, b) => a.at - b.at);
  world.onWrite = ({ actor }, index) => {
    while (waiting[0] !== undefined && waiting[0].at <= index) {
      const name = waiting.shift()?.name ?? '';
      if (name === 'kill' && actor !== 'sluice') continue;
      try {
        ACTS[name]?.(world);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
    }
  };
  world.setImage('v2');
  for (let rounds = 0; ; rounds += 1) {
    if (rounds > 80) throw new Error(`no end: ${world.describe()}`);
    await world.advanceUntilQuiet();
    if (!tidy(world)) return world;
  }
}

const draw: fc.Arbitrary<Draw> = fc.record({
  acts: fc.array(fc.record({ name: fc.constantFrom(...Object.keys(ACTS)), at: fc.nat(160) }), { maxLength: 7 }),
  order: fc.array(fc.nat(2), { minLength: 1, maxLength: 40 }),
});

const endsCleanly = (tablesLag: boolean) =>
  fc.asyncProperty(draw, async (drawn) => {
    const world = await run(drawn, tablesLag);
    expectNoRemains(world);
    expect(world.rollout?.status?.phase).toBe(world.rollout?.spec.disabled === true ? 'Disabled' : 'Healthy');
    const { replicas } = world.workload?.['spec'] as { replicas: number };
    expectReleased(world, { image: world.image(), replicas });
    expect(world.server.list(DEPLOYMENTS)).toHaveLength(1);
    expect(world.server.list(ROLLOUTS)).toHaveLength(1);
  });

it('comes to a clean end whatever happens in whatever order', async () => {
  await fc.assert(endsCleanly(false), { seed: 42422, numRuns: 120 });
});

it('so it does while the tables of the process miss what others have just written', async () => {
  await fc.assert(endsCleanly(true), { seed: 42422, numRuns: 60 });
});
