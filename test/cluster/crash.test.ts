// One seeded kill for each scenario of the table, all at the same time: Sluice dies right after one of its writes, starts again,
// and everything ends as if it had lived. `npm run test:crash` does the same for every write of every cell.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crashCells } from '../crash/cells.ts';
import { CrashHarness } from '../crash/harness.ts';
import { SCENARIOS } from '../scenarios/scenarios.ts';

const SEED = 20261121;
/** Every wait inside has its own, shorter deadline, and a run that ends otherwise fails by its difference: this ends a hang. */
const LONGEST_MS = 480_000;

/** Numbers in [0, 1) that are the same in every run. */
function* seeded(seed: number): Generator<number> {
  for (let state = seed >>> 0; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

const random = seeded(SEED);
const draw = (): number => random.next().value as number;
/** Subjects take turns. */
const PLAYED = SCENARIOS.flatMap(({ name }, at) => {
  const cells = crashCells({ scenario: name });
  const cell = cells[at % cells.length];
  return cell === undefined ? [] : [{ title: cell.title, cell, share: draw() }];
});

const harness = new CrashHarness();
beforeAll(() =>
  harness.start(
    'crash-seeded',
    PLAYED.map(({ cell }) => cell),
  ),
);
afterAll(() => harness.stop());

describe.concurrent('HZ-09', () => {
  test.each(PLAYED.map((one) => [one.title, one.share, one.cell] as const))(
    '%s, killed at %f of its writes, ends as if it had lived',
    async (_, share, cell) => {
      const clean = await harness.run(cell);
      const kill = 1 + Math.floor(share * clean.writes.length);
      const { write, difference } = await harness.compare(cell, clean, kill);
      expect(difference, `killed after write ${kill}: ${write?.method} ${write?.path}`).toBeUndefined();
    },
    LONGEST_MS,
  );
});
