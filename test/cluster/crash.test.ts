// Eight seeded kills: Sluice dies right after one of its writes, starts again, and everything ends as if it had lived.
// `npm run test:crash` does the same for every write.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CrashHarness, type Run } from '../crash/harness.ts';
import { SCENARIOS } from '../crash/scenarios.ts';

const SEED = 20261121;
const KILLS_EACH = 4;

/** Numbers in [0, 1) that are the same in every run. */
function* seeded(seed: number): Generator<number> {
  for (let state = seed >>> 0; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

const harness = new CrashHarness();
beforeAll(() => harness.start('crash-seeded'));
afterAll(() => harness.stop());

const random = seeded(SEED);
describe.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('HZ-09 %s', (_, scenario) => {
  let clean: Run;
  beforeAll(async () => {
    clean = await harness.run(scenario);
  }, 120_000);

  test.each(Array.from({ length: KILLS_EACH }, () => random.next().value as number))(
    'killed at %f of its writes, ends as if it had lived',
    async (share) => {
      const kill = 1 + Math.floor(share * clean.writes.length);
      const { write, difference } = await harness.compare(scenario, clean, kill);
      expect(difference, `killed after write ${kill}: ${write.method} ${write.path}`).toBeUndefined();
    },
    120_000,
  );
});
