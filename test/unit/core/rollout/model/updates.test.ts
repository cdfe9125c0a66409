// What a user does to a release under way, after each single write of it: templates and approvals. The invariants hold all
// the way, and the end is clean.

import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../../../../../src/api/names.ts';
import { released } from './ending.ts';
import { approveWaiting, atEachMoment, momentsOf, play } from './scenario.ts';
import { World } from './world.ts';

describe('template changes in between', () => {
  it('S1-17, S1-18: a rollback at any moment leaves the stable version and nothing else', async () => {
    await atEachMoment({}, (world) => world.setImage('v1'), released('v1'));
  });

  it('X15, X42: a newer revision at any moment starts again with its own pods', async () => {
    await atEachMoment({}, (world) => world.setImage('v3'), released('v3'));
  });

  it('X14: a rollback and the same update again at any moment is held and released in steps', async () => {
    const does = (world: World): void => {
      world.setImage('v1');
      world.setImage('v2');
    };
    await atEachMoment({}, does, released('v2'), 4);
  });

  it.each([
    ['X14: a rollback, then the same update again', 'v1', 'v2'],
    ['X42: a newer revision, then a rollback', 'v3', 'v1'],
    ['X15, X42: a newer revision, then the update before it', 'v3', 'v2'],
  ])('%s a few writes later', async (_name, first, second) => {
    for (const writes of [2, 7]) {
      const does = (world: World): void => {
        world.setImage(first);
        world.later(writes, (one) => one.setImage(second));
      };
      await atEachMoment({}, does, released(second), 9);
    }
  });

  it('a newer revision waits no longer than the grace between two changes of traffic', async () => {
    const world = await play({ happenings: [{ at: 30, does: (one) => one.setImage('v3') }] });
    released('v3')(world);
    const removed = world.times.findIndex(({ text }) => text === 'sluice delete services/web-canary');
    const made = world.times.findIndex(({ text }, at) => at > removed && text === 'sluice create services/web-canary');
    const gap = (world.times[made]?.at ?? 0) - (world.times[removed]?.at ?? 0);
    expect(gap).toBeGreaterThanOrEqual(3000);
    expect(gap).toBeLessThan(3100);
  });

  it.each(['v2', 'v1'])(
    'X14: held by the policy alone during a promotion it waits, explained, for %s',
    async (image) => {
      let waited = 0;
      const does = (world: World): void => {
        world.policyAlone = true;
        world.setImage('v3');
      };
      const onQuiet = (world: World): boolean => {
        if (world.reason !== 'Finalising') return approveWaiting(world);
        expect(world.status.message).toMatch(/arrived while .* was being promoted, and is held; go on by setting/);
        waited += 1;
        world.setImage(image);
        return true;
      };
      for (const at of (await momentsOf({})).slice(-24)) {
        const world = await play({ onQuiet, happenings: [{ at, does }] });
        released(world.image())(world);
      }
      expect(waited).toBeGreaterThan(0);
    },
  );
});

describe('approvals', () => {
  it('X37: an approval at any moment is neither lost nor in the way', async () => {
    await atEachMoment({}, (world) => world.approve(), released('v2'), 4);
  });

  it.each([
    ['an approval, then a rollback', (world: World) => (world.approve(), world.setImage('v1'))],
    ['a rollback, then an approval', (world: World) => (world.setImage('v1'), world.approve())],
  ])('%s at any moment', async (_name, does) => {
    await atEachMoment({}, does, released('v1'), 4);
  });

  it('an approval of step 1 before its pods are ready is used once they are, and not asked for again', async () => {
    const onQuiet = (world: World): boolean => {
      expect(world.status.currentStepIndex).toBe(2);
      return approveWaiting(world);
    };
    for (const at of [2, 3, 6, 12, 24, 26]) {
      const world = await play({ onQuiet, happenings: [{ at, does: (one) => one.approve() }] });
      released('v2')(world);
    }
  });
});

describe('a status that a client spoils', () => {
  it('a stable revision that does not exist never takes the stable Service away from its pods', async () => {
    await atEachMoment({}, (world) => world.patchStatus({ stableRevision: 'nonsense' }), released('v2'), 5);
  });

  it.each([-5, 0, 99])(
    'X33: step index %i at a step that waits releases nothing that nobody approved',
    async (index) => {
      let spoilt = 0;
      const onQuiet = (world: World): boolean => {
        const { currentStepIndex: before, currentStepState: state } = world.status;
        if (state !== 'StepPaused') return approveWaiting(world);
        if (spoilt === 0) {
          spoilt += 1;
          world.patchStatus({ currentStepIndex: index });
          return true;
        }
        expect(before).toBe(spoilt);
        spoilt += 1;
        return approveWaiting(world);
      };
      released('v2')(await play({ onQuiet }));
      expect(spoilt).toBe(3);
    },
  );

  it('X37, X33: an approval together with an edit of a later step counts for the step that was shown', async () => {
    const world = await World.of();
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    const later = { replicas: '80%', traffic: '70%', pause: {} };
    world.approve();
    world.patchRollout({
      spec: { strategy: { canary: { steps: [{ replicas: '20%', traffic: '20%', pause: {} }, later] } } },
    });
    await world.advanceUntilQuiet();
    expect(world.status.currentStepIndex).toBe(2);
    expect(world.weight).toBe('70');
  });
});

describe('a person pauses the Deployment while it rolls out natively', () => {
  it('it stays paused, explained, until that person resumes it', async () => {
    const isPausedByUser = ({ workload }: World): boolean =>
      (workload?.['spec'] as { paused?: boolean }).paused === true &&
      workload?.metadata.annotations?.[ANNOTATION.inProgressing] === undefined;
    let made = 0;
    let seen = 0;
    const does = (world: World): void => {
      if (world.reason !== 'Finalising') return;
      world.update({ spec: { paused: true } });
      if (isPausedByUser(world)) made += 1;
    };
    const onQuiet = (world: World): boolean => {
      if (!isPausedByUser(world)) return approveWaiting(world);
      seen += 1;
      if (world.status.phase === 'Progressing') {
        expect(world.status.message).toMatch(/rolls out by itself: \d of 5 pods updated, \d available/);
      }
      world.update({ spec: { paused: null } });
      return true;
    };
    for (const at of (await momentsOf({})).slice(-24))
      released('v2')(await play({ onQuiet, happenings: [{ at, does }] }));
    expect(made).toBeGreaterThan(3);
    expect(seen).toBe(made);
  });
});
