// `npm run test:crash`: every scenario once undisturbed, then once for each of its writes with Sluice killed right after it.
// Most of a run is waiting, so several clusters play at the same time (`-- --workers N`); `--only NAME` and
// `--from WRITE` narrow it. Closes with `N passed, N failed`.

import { parseArgs } from 'node:util';
import { CrashHarness, type Run } from '../crash/harness.ts';
import { SCENARIOS, type Scenario } from '../crash/scenarios.ts';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '3' },
    only: { type: 'string' },
    from: { type: 'string', default: '1' },
  },
});
const chosen = SCENARIOS.filter(({ name }) => values.only === undefined || values.only === name);
const workers = Math.max(1, Number(values.workers) || 1);

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const harnesses = Array.from({ length: workers }, () => new CrashHarness());
const stopAll = async (): Promise<void> => void (await Promise.all(harnesses.map((harness) => harness.stop())));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopAll().finally(() => process.exit(1)));
}

const count = { passed: 0, failed: 0 };

async function killAt(harness: CrashHarness, scenario: Scenario, clean: Run, kill: number): Promise<void> {
  const { write, difference } = await harness.compare(scenario, clean, kill);
  const what = `${scenario.name} killed after write ${kill}: ${write.method} ${write.path}`;
  if (difference === undefined) count.passed += 1;
  else count.failed += 1;
  print(difference === undefined ? `ok ${what}` : `NOT OK ${what}\n${difference}`);
}

async function playAll(scenario: Scenario): Promise<void> {
  const cleans = await Promise.all(harnesses.map((harness) => harness.run(scenario)));
  const most = Math.max(...cleans.map(({ writes }) => writes.length));
  print(`${scenario.name}: ${cleans.map(({ writes }) => writes.length).join(', ')} writes undisturbed`);
  let next = Math.max(1, Number(values.from) || 1);
  const work = async (harness: CrashHarness, clean: Run): Promise<void> => {
    while (next <= most) {
      const kill = next;
      next += 1;
      // Undisturbed runs differ by a status write or two, depending on how events arrive together.
      await killAt(harness, scenario, clean, Math.min(kill, clean.writes.length));
    }
  };
  await Promise.all(harnesses.map((harness, at) => work(harness, cleans[at] as Run)));
}

try {
  await Promise.all(harnesses.map((harness, at) => harness.start(`crash-${at + 1}`)));
  for (const scenario of chosen) await playAll(scenario);
} finally {
  await stopAll();
}
if (count.failed > 0 || count.passed === 0) process.exitCode = 1;
print(`${count.passed} passed, ${count.failed} failed`);
