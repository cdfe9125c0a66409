// What a user does to a release under way, after each single write of it: templates and approvals. The invariants hold all
// the way, and the end is clean.

import { describe, expect, it } from 'vitest';
import { released } from './ending.ts';
import { approveWaiting, atEachMoment, play } from './scenario.ts';
import type { World } from './world.ts';

describe('template changes in between', () => {
  it('S1-17, S1-18: a rollback at any moment leaves the stable version and nothing else', () => {
    atEachMoment({}, (world) => world.setImage('v1'), released('v1'));
  });

  it('X15, X42: a newer revision at any moment starts again with its own pods', () => {
    atEachMoment({}, (world) => world.setImage('v3'), released('v3'));
  });

  it('X14: a rollback and the same update again at any moment is held and released in steps', () => {
    const does = (world: World): void => {
      world.setImage('v1');
      world.setImage('v2');
    };
    atEachMoment({}, does, released('v2'));
  });

  it('X42: a newer revision and a rollback during its start', () => {
    const does = (world: World): void => {
      world.setImage('v3');
      const { length } = world.writes;
      world.onWrite = (_write, index) => {
        if (index === length + 6) world.setImage('v1');
      };
    };
    atEachMoment({}, does, (world) => (world.image() === 'v1' ? released('v1') : released('v3'))(world), 2);
  });

  it('X14: held by the policy alone during a promotion it waits, explained, until the template is known again', () => {
    let waited = 0;
    const does = (world: World): void => {
      world.policyAlone = true;
      world.setImage('v3');
    };
    const onQuiet = (world: World): boolean => {
      if (world.reason !== 'Finalising') return approveWaiting(world);
      expect(world.status.message).toMatch(/arrived while .* was being promoted, and is held; go on by setting/);
      waited += 1;
      world.setImage('v2');
      return true;
    };
    atEachMoment({ onQuiet }, does, (world) => released(world.image())(world));
    expect(waited).toBeGreaterThan(0);
  });
});

describe('approvals', () => {
  it('X37: an approval at any moment is neither lost nor in the way', () => {
    atEachMoment({}, (world) => world.approve(), released('v2'));
  });

  it.each([
    ['an approval, then a rollback', (world: World) => (world.approve(), world.setImage('v1'))],
    ['a rollback, then an approval', (world: World) => (world.setImage('v1'), world.approve())],
  ])('%s at any moment', (_name, does) => {
    atEachMoment({}, does, released('v1'));
  });

  it('an approval of step 1 before its pods are ready is used once they are, and not asked for again', () => {
    const onQuiet = (world: World): boolean => {
      expect(world.status.currentStepIndex).toBe(2);
      return approveWaiting(world);
    };
    for (const at of [2, 3, 6, 12, 24, 28]) {
      const world = play({ onQuiet, happenings: [{ at, does: (one) => one.approve() }] });
      released('v2')(world);
    }
  });
});

describe('a status that a client spoils', () => {
  it('a stable revision that does not exist never takes the stable Service away from its pods', () => {
    atEachMoment({}, (world) => world.patchStatus({ stableRevision: 'nonsense' }), released('v2'), 3);
  });

  it.each([-5, 0, 99])('X33: step index %i at a step that waits releases nothing that nobody approved', (index) => {
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
    released('v2')(play({ onQuiet }));
    expect(spoilt).toBe(3);
  });
});
