// .ci/run with an npm that only pretends: the last line and the exit code say what happened.

import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const NPM = `#!/usr/bin/env bash
case "$1" in
  run) exit "$LINT" ;;
  test) echo working; echo "$NPM_SAYS"; echo "npm notice" >&2; exit "$TESTS" ;;
esac
`;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-ci-'));
  for (const folder of ['.ci', 'bin']) mkdirSync(join(root, folder));
  cpSync(resolve(import.meta.dirname, '../../../.ci/run'), join(root, '.ci/run'));
  writeFileSync(join(root, 'bin/npm'), NPM);
  chmodSync(join(root, 'bin/npm'), 0o755);
});
afterAll(() => rmSync(root, { recursive: true }));

test.each([
  { lint: 0, tests: 0, count: '3 passed, 0 failed', last: '3 passed, 0 failed', code: 0 },
  { lint: 0, tests: 1, count: '3 passed, 2 failed', last: '3 passed, 2 failed', code: 1 },
  { lint: 1, tests: 0, count: '3 passed, 0 failed', last: '3 passed, 1 failed', code: 1 },
  { lint: 1, tests: 1, count: '3 passed, 2 failed', last: '3 passed, 3 failed', code: 1 },
  { lint: 0, tests: 1, count: '3 passed, 0 failed', last: '3 passed, 1 failed', code: 1 },
  { lint: 0, tests: 1, count: 'crashed', last: '0 passed, 1 failed', code: 1 },
  { lint: 0, tests: 0, count: 'nothing', last: '0 passed, 1 failed', code: 1 },
])('lint exits $lint, tests exit $tests with "$count": $last', ({ lint, tests, count, last, code }) => {
  const { status, stdout } = spawnSync('bash', [join(root, '.ci/run')], {
    encoding: 'utf8',
    env: {
      PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`,
      LINT: String(lint),
      TESTS: String(tests),
      NPM_SAYS: count,
    },
  });
  const lines = stdout.trimEnd().split('\n');
  expect({ last: lines.at(-1), code: status }).toEqual({ last, code });
  expect(lines.filter((line) => /^\d+ passed, \d+ failed$/.test(line))).toHaveLength(1);
});
