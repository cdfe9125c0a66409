// What KubeVela's suspend, resume and rollback write, in every order of arrival and at every moment of a release. The
// invariants hold after every write; every end is a correct release: nothing goes out that nobody approved, nothing is stuck.

import { describe, expect, it } from 'vitest';
import { PODS } from '../../../../../src/api/resources.ts';
import { released } from './ending.ts';
import { Killed } from './controller.ts';
import type { RolloutParts } from './objects.ts';
import { approveWaiting, momentsOf, play, type Scenario } from './scenario.ts';
import { approveAsVela, resume, revert, suspend, unpause } from './vela.ts';
import { World } from './world.ts';

const WRITES = { suspend, unpause, approve: approveAsVela, revert };
type Name = keyof typeof WRITES;

function permutations(names: Name[]): Name[][] {
  if (names.length < 2) return [names];
  return names.flatMap((name) => permutations(names.filter((one) => one !== name)).map((rest) => [name, ...rest]));
}

const named = (names: Name[]): [string, Name[]][] => permutations(names).map((order) => [order.join(', '), order]);

/** One after the other, with so many other writes in between. */
const inOrder =
  (names: Name[], gap: number) =>
  (world: World): void => {
    const [first, ...rest] = names;
    if (first === undefined) return;
    WRITES[first](world);
    if (gap === 0) inOrder(rest, gap)(world);
    else world.later(gap, inOrder(rest, gap));
  };

/** A person who resumes what is suspended, and approves. */
const patient: Required<Pick<Scenario, 'onQuiet'>> = {
  onQuiet(world) {
    if (world.rollout?.spec.strategy.paused !== true) return approveWaiting(world);
    resume(world);
    return true;
  },
};

/** Fails as soon as the release shows a step that nobody has approved the one before of. */
function watchApprovals(): Pick<Scenario, 'prepare'> {
  return {
    prepare(world) {
      let approved = 0;
      const patch = world.server.patch.bind(world.server);
      world.server.patch = (actor, resource, name, body, options) => {
        const sub = (body['status'] as { canaryStatus?: { currentStepState?: string } } | undefined)?.canaryStatus;
        if (actor !== 'sluice' && sub?.currentStepState === 'StepReady') approved += 1;
        const result = patch(actor, resource, name, body, options);
        const { canaryStatus } = world.status;
        const step = world.status.phase === 'Progressing' ? (canaryStatus?.currentStepIndex ?? 1) : 1;
        if (step - 1 > approved) throw new Error(`step ${step} after ${approved} approvals`);
        if (world.reason === 'Finalising' && approved < 2) throw new Error(`promoted after ${approved} approvals`);
        return result;
      };
    },
  };
}

async function playAll(
  orders: Name[][],
  image: string,
  { gaps = [0, 1, 5], every = 5, parts = {} as RolloutParts } = {},
): Promise<void> {
  const base: Scenario = { parts, ...patient };
  let ends = 0;
  let correct = 0;
  for (const at of await momentsOf(base, every)) {
    for (const order of orders) {
      for (const gap of gaps) {
        const happenings = [{ at, does: inOrder(order, gap) }];
        try {
          const world = await play({ ...base, ...watchApprovals(), happenings });
          released(world.image())(world);
          ends += 1;
          if (world.image() === image) correct += 1;
        } catch (error) {
          throw new Error(`${order.join(', ')}, ${gap} apart, after write ${at}: ${String(error)}`, { cause: error });
        }
      }
    }
  }
  // A release that ends before the last of its writes was never to be rolled back.
  expect(correct / ends).toBeGreaterThan(0.7);
}

describe('every order of arrival', () => {
  it.each(named(['suspend', 'unpause', 'approve']))('S0-21, S0-17: %s ends in the update', async (_name, order) => {
    await playAll([order], 'v2');
  });

  it.each(named(['suspend', 'unpause', 'approve', 'revert']))(
    'S0-22 to S0-24: %s ends in the stable version',
    async (_name, order) => {
      await playAll([order], 'v1', { gaps: [0, 3], every: 8 });
    },
  );

  it('X39: a rollback does not wait for the unpause', async () => {
    let seen = 0;
    for (const at of await momentsOf(patient, 4)) {
      let sawPaused = false;
      let isLate = false;
      // What has been released by then is not rolled back: it is released again, and that waits.
      const back = (world: World): void => {
        isLate = world.status.phase !== 'Progressing';
        revert(world);
      };
      const does = (world: World): void => {
        suspend(world);
        sawPaused = world.rollout?.spec.strategy.paused === true;
        world.later(3, back);
      };
      const onQuiet = (world: World): boolean => {
        if (!sawPaused) return approveWaiting(world);
        if (world.image() === 'v1') return false;
        back(world);
        return true;
      };
      const world = await play({ onQuiet, happenings: [{ at, does }] });
      if (!sawPaused || isLate) continue;
      seen += 1;
      expect(world.rollout?.spec.strategy.paused).toBe(true);
      released('v1')(world);
    }
    expect(seen).toBeGreaterThan(5);
  });

  it('S0-17: resume at a paused step approves it as well, once', async () => {
    const world = await World.of();
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    suspend(world);
    await world.advanceUntilQuiet();
    expect(world.status.message).toMatch(/paused/);
    resume(world);
    await world.advanceUntilQuiet();
    expect([world.status.currentStepIndex, world.isWaitingForApproval]).toEqual([2, true]);
  });

  it('a process that dies after any write in between comes to the same end', async () => {
    for (const at of await momentsOf(patient, 12)) {
      for (const fault of [at + 2, at + 6]) {
        const happenings = [{ at, does: inOrder(['suspend', 'revert', 'unpause'], 1) }];
        released('v1')(await play({ ...patient, happenings, fault: { at: fault, error: Killed } }));
      }
    }
  });
});

describe('fields that the old types do not know', () => {
  const metadata = { labels: { lane: 'gray' } };
  const lanes = (world: World): (string | undefined)[] =>
    world.server
      .list(PODS)
      .filter((pod) => (pod['spec'] as { containers: { image: string }[] }).containers[0]?.image === 'web:v2')
      .map((pod) => pod.metadata.labels?.['lane']);

  it('a release under way keeps the pod metadata that it began with', async () => {
    const world = await World.of({ canary: { patchPodTemplateMetadata: metadata } });
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    suspend(world);
    expect(world.rollout?.spec.strategy.canary?.patchPodTemplateMetadata).toBeUndefined();
    await world.advanceUntilQuiet();
    resume(world);
    await world.advanceUntilQuiet();
    expect(world.status.currentStepIndex).toBe(2);
    expect(lanes(world)).toEqual(['gray', 'gray', 'gray', 'gray', 'gray']);
  });

  it('matches by path come back from the stash', async () => {
    const matches = [{ path: { type: 'PathPrefix', value: '/beta' }, headers: [{ name: 'x-user', value: 'tester' }] }];
    const steps = [
      { replicas: '20%', matches, pause: {} },
      { replicas: '90%', traffic: '90%', pause: {} },
    ];
    const world = await World.of({ steps: steps as RolloutParts['steps'] & object });
    const before = JSON.stringify(world.rollout?.spec);
    world.setImage('v2');
    await world.runUntil(() => world.status.phase === 'Progressing');
    suspend(world);
    unpause(world);
    expect(
      JSON.stringify({ ...world.rollout?.spec, strategy: { ...world.rollout?.spec.strategy, paused: undefined } }),
    ).toBe(before);
  });

  it.each<[string, RolloutParts]>([
    ['pod metadata', { canary: { patchPodTemplateMetadata: metadata } }],
    ['no canary Service', { canary: { disableGenerateCanaryService: true } }],
    [
      'changed headers',
      {
        steps: [
          { replicas: '20%', traffic: '20%', requestHeaderModifier: { set: [{ name: 'a', value: 'b' }] }, pause: {} },
          { replicas: '90%', traffic: '90%', pause: {} },
        ],
      },
    ],
  ])('%s erased at any moment: the release goes on to a clean end', async (_name, parts) => {
    // Whether the stable Service is to be pinned changes on the way.
    const prepare = (world: World): void => void (world.invariants.excused = true);
    for (const at of await momentsOf({ parts, ...patient }, 4)) {
      const happenings = [{ at, does: inOrder(['suspend', 'unpause'], 2) }];
      released('v2')(await play({ parts, prepare, ...patient, happenings }));
    }
  });
});
