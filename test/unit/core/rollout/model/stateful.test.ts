// Releases in place, of a StatefulSet: pod by pod from the highest ordinal down, under kills, in any order, with whatever a
// user does in between. Never more pods run the update than steps allow, and every end is clean.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../../../src/api/names.ts';
import { PODS, ROLLOUTS, STATEFUL_SETS } from '../../../../../src/api/resources.ts';
import { ceilScaled } from '../../../../../src/lib/int-or-percent.ts';
import { AnswerLost, Killed, SLUICE } from './controller.ts';
import { Refusal } from './api-server.ts';
import { expectNoRemains, expectReleased, finalObjects, released } from './ending.ts';
import { approveWaiting, atEachMoment, play, type Scenario } from './scenario.ts';
import { WEB, World } from './world.ts';

const parts = {
  kind: 'StatefulSet' as const,
  steps: [
    { replicas: '20%', pause: {} },
    { replicas: '60%', pause: {} },
  ],
};
const imageOf = (pod: KubeObject): string =>
  (pod['spec'] as { containers: { image: string }[] }).containers[0]?.image ?? '';
const running = (world: World): string[] =>
  world.server
    .list(PODS)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((pod) => imageOf(pod).replace('web:', ''));
const specOf = (world: World) =>
  world.workload?.['spec'] as { replicas: number; updateStrategy?: { rollingUpdate?: { partition?: number } } };

/** While it is held, the partition lets no more pods be updated than the step that the status shows. */
function watchPartition(world: World): void {
  const check = world.invariants.check.bind(world.invariants);
  world.invariants.check = (write) => {
    check(write);
    const { canaryStatus, phase } = world.status;
    const isHeld = world.workload?.metadata.annotations?.[ANNOTATION.inProgressing] !== undefined;
    const { strategy, disabled } = world.rollout?.spec ?? {};
    const isEnding = disabled === true || world.reason === 'Finalising' || world.rollout?.metadata.deletionTimestamp;
    if (write.resource === STATEFUL_SETS && write.actor === SLUICE && isHeld && phase === 'Progressing' && !isEnding) {
      const step = strategy?.canary?.steps?.[(canaryStatus?.currentStepIndex ?? 1) - 1];
      const { replicas, updateStrategy } = specOf(world);
      const allowed = ceilScaled(step?.replicas ?? '100%', replicas);
      const updatable = replicas - (updateStrategy?.rollingUpdate?.partition ?? 0);
      if (updatable > allowed) throw new Error(`${updatable} pods may be updated, ${allowed} are released`);
    }
  };
}
const base: Scenario = { parts, prepare: watchPartition };

describe('a release in place', () => {
  it('goes step by step from the highest ordinal, waits for approvals, and ends with the workload as its user wrote it', async () => {
    const world = await World.of(parts);
    watchPartition(world);
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    expect(running(world)).toEqual(['v1', 'v1', 'v1', 'v1', 'v2']);
    world.approve();
    await world.advanceUntilQuiet();
    expect(running(world)).toEqual(['v1', 'v1', 'v2', 'v2', 'v2']);
    const labels = world.server.list(PODS).map(({ metadata }) => metadata.labels?.[LABEL.rolloutBatchId] ?? '');
    expect(labels.sort()).toEqual(['', '', '1', '2', '2']);
    world.approve();
    await world.advanceUntilQuiet();
    released('v2')(world);
  });

  it('S1-17: rolled back at any moment', async () => {
    await atEachMoment(base, (world) => world.setImage('v1'), released('v1'), 2);
  });

  it('X15: a newer revision at any moment starts again, and no pod runs it before its step', async () => {
    await atEachMoment(base, (world) => world.setImage('v3'), released('v3'), 2);
  });

  it('X14: rolled back and updated again at any moment', async () => {
    for (const gap of [1, 4]) {
      const does = (world: World): void => {
        world.setImage('v1');
        world.later(gap, (one) => one.setImage('v2'));
      };
      await atEachMoment(base, does, released('v2'), 3);
    }
  });

  it.each([0, 2, 8])('scaled to %i at any moment', async (replicas) => {
    const onQuiet = (world: World): boolean => {
      if (replicas !== 0 || specOf(world).replicas > 0) return approveWaiting(world);
      world.update({ spec: { replicas: 5 } });
      return true;
    };
    await atEachMoment(
      { parts, onQuiet },
      (world) => world.update({ spec: { replicas } }),
      released('v2', replicas || 5),
      3,
    );
  });

  it('X12: disabled, or deleted, at any moment it promotes the update and leaves nothing held', async () => {
    const acts = [
      (world: World): void => world.patchRollout({ spec: { disabled: true } }),
      (world: World): void => void world.server.delete('kubectl', ROLLOUTS, WEB),
    ];
    for (const does of acts) {
      await atEachMoment(
        base,
        does,
        (world) => {
          expectNoRemains(world);
          expectReleased(world, { image: 'v2' });
        },
        3,
      );
    }
  });

  it('pods that never become ready stop it in step 1; the pod is cleared away when it is rolled back', async () => {
    const world = await World.of(parts);
    world.setImage('broken');
    await world.advanceUntilQuiet();
    expect(running(world)).toEqual(['v1', 'v1', 'v1', 'v1', 'broken']);
    expect(world.status.message).toMatch(/step\(1\/2\): upgrades its pods; batch 1: 0 of 1 new pods are ready/);
    world.setImage('v1');
    await world.advanceUntilQuiet();
    released('v1')(world);
  });

  it.each([2, 1, 99, 0, -5])('X4: a jump to %i at any moment', async (nextStepIndex) => {
    await atEachMoment({ parts }, (world) => world.patchStatus({ nextStepIndex }), released('v2'), 6);
  });
});

describe.each<[string, Scenario, string]>([
  ['a whole release', base, 'v2'],
  ['a rollback', { ...base, onQuiet: changesTo('v1') }, 'v1'],
  ['a newer revision', { ...base, onQuiet: changesTo('v3') }, 'v3'],
])('%s in place', (_name, scenario, image) => {
  it.each([
    ['X28: killed after each write', Killed],
    ['the answer to each write lost', AnswerLost],
  ])('%s, goes on to the same end', async (_fault, error) => {
    const clean = await play(scenario);
    const wanted = finalObjects(clean);
    const faults = clean.writes.flatMap(({ actor }, index) => (actor === SLUICE ? [index] : []));
    expect(faults.length).toBeGreaterThan(15);
    for (const at of faults) {
      const world = await play({ ...scenario, fault: { at, error } });
      released(image)(world);
      expect(finalObjects(world), `after write ${at}`).toEqual(wanted);
    }
  });
});

function changesTo(image: string): (world: World) => boolean {
  return (world) => {
    if (world.isWaitingForApproval && world.status.currentStepIndex === 2 && world.image() === 'v2') {
      world.setImage(image);
      return true;
    }
    return approveWaiting(world);
  };
}

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
  jump: (world) => world.patchStatus({ nextStepIndex: 2 }),
  jumpBack: (world) => world.patchStatus({ nextStepIndex: 1 }),
  kill: () => {
    throw new Killed();
  },
};

interface Draw {
  acts: { name: string; at: number }[];
  order: number[];
}

async function run({ acts, order }: Draw): Promise<World> {
  const world = await World.of(parts);
  let turn = 0;
  world.pick = (from) => from[(order[(turn += 1) % order.length] ?? 0) % from.length] as (typeof from)[number];
  const waiting = [...acts].sort((a, b) => a.at - b.at);
  world.onWrite = ({ actor }, index) => {
    while (waiting[0] !== undefined && waiting[0].at <= index) {
      const name = waiting.shift()?.name ?? '';
      if (name === 'kill' && actor !== SLUICE) continue;
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
    if (world.rollout?.spec.strategy.paused === true) ACTS['resume']?.(world);
    else if (!approveWaiting(world)) return world;
  }
}

const draw: fc.Arbitrary<Draw> = fc.record({
  acts: fc.array(fc.record({ name: fc.constantFrom(...Object.keys(ACTS)), at: fc.nat(90) }), { maxLength: 6 }),
  order: fc.array(fc.nat(2), { minLength: 1, maxLength: 40 }),
});

it('comes to a clean end whatever happens in whatever order', async () => {
  const property = fc.asyncProperty(draw, async (drawn) => {
    const world = await run(drawn);
    expectNoRemains(world);
    expect(world.rollout?.status?.phase).toBe(world.rollout?.spec.disabled === true ? 'Disabled' : 'Healthy');
    expectReleased(world, { image: world.image(), replicas: specOf(world).replicas });
  });
  await fc.assert(property, { seed: 42422, numRuns: 100 });
});
