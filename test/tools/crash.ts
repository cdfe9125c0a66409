// `npm run test:crash`: every scenario once undisturbed, then once for each of its writes with Sluice killed right after it.
// Closes with `N passed, N failed`.

import { CrashHarness } from '../crash/harness.ts';
import { SCENARIOS } from '../crash/scenarios.ts';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const harness = new CrashHarness();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void harness.stop().finally(() => process.exit(1)));
}
let passed = 0;
let failed = 0;
try {
  await harness.start('crash');
  for (const scenario of SCENARIOS) {
    const clean = await harness.run(scenario);
    print(`${scenario.name}: ${clean.writes.length} writes undisturbed`);
    for (let kill = 1; kill <= clean.writes.length; kill += 1) {
      const { write, difference } = await harness.compare(scenario, clean, kill);
      if (difference === undefined) passed += 1;
      else failed += 1;
      print(
        `${difference === undefined ? 'ok' : 'NOT OK'} ${scenario.name} killed after write ${kill}: ${write.method} ${write.path}${difference === undefined ? '' : `\n${difference}`}`,
      );
    }
  }
} finally {
  await harness.stop();
}
if (failed > 0 || passed === 0) process.exitCode = 1;
print(`${passed} passed, ${failed} failed`);
