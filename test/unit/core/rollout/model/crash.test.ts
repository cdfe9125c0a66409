// X28: the process dies after a single write, forgets everything, and starts again: the end is the same, and no grace period
// is skipped on the way (the invariants measure them).

import { describe, expect, it } from 'vitest';
import { finalObjects, released } from './ending.ts';
import { SLUICE } from './controller.ts';
import { approveWaiting, play, type Scenario } from './scenario.ts';
import type { World } from './world.ts';

/** In the second step the user changes the template. */
const changingTo = (image: string): Scenario => ({
  onQuiet: (world: World) => {
    if (world.isWaitingForApproval && world.status.currentStepIndex === 2 && world.image() === 'v2') {
      world.setImage(image);
      return true;
    }
    return approveWaiting(world);
  },
});

describe.each<[string, Scenario, string]>([
  ['a whole release', {}, 'v2'],
  ['a rollback', changingTo('v1'), 'v1'],
  ['a newer revision', changingTo('v3'), 'v3'],
])('X28: killed after each write of %s', (_name, scenario, image) => {
  it('goes on to the same end', () => {
    const clean = play(scenario);
    const wanted = finalObjects(clean);
    const kills = clean.writes.flatMap(({ actor }, index) => (actor === SLUICE ? [index] : []));
    expect(kills.length).toBeGreaterThan(50);
    for (const killAt of kills) {
      const world = play({ ...scenario, killAt });
      released(image)(world);
      expect(finalObjects(world), `killed after write ${killAt}`).toEqual(wanted);
    }
  });
});
