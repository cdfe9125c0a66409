// X28: the process dies after a single write, forgets everything, and starts again; or the answer to a write is lost. The end
// is the same, and no grace period is skipped on the way (the invariants measure them).

import { describe, expect, it } from 'vitest';
import { finalObjects, released } from './ending.ts';
import { AnswerLost, Killed, SLUICE } from './controller.ts';
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
])('%s', (_name, scenario, image) => {
  it.each([
    ['X28: killed after each write', Killed, 1],
    ['the answer to every fifth write lost', AnswerLost, 5],
  ])('%s, goes on to the same end', async (_fault, error, every) => {
    const clean = await play(scenario);
    const wanted = finalObjects(clean);
    const faults = clean.writes.flatMap(({ actor }, index) => (actor === SLUICE ? [index] : []));
    expect(faults.length).toBeGreaterThan(40);
    for (const at of faults.filter((_, index) => index % every === 0)) {
      const world = await play({ ...scenario, fault: { at, error } });
      released(image)(world);
      expect(finalObjects(world), `after write ${at}`).toEqual(wanted);
    }
  });
});
