// `npm run test:crash`: cells of the scenario table, each once undisturbed, then once for each of its writes with Sluice killed
// right after it. One process serves `--workers N` cells at a time and lives `--life SECONDS` at least. `--only SCENARIO`,
// `--subject S`, `--route R` (or all) and `--from WRITE`, `--to WRITE` narrow it; `--list` says what there is. Closes with
// `N passed, N failed`.

import { parseArgs } from 'node:util';
import { cpus } from 'node:os';
import { crashCells, choices } from '../crash/cells.ts';
import { CrashHarness, type Run } from '../crash/harness.ts';
import type { Row } from '../scenarios/table.ts';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: String(6 * cpus().length) },
    life: { type: 'string', default: '25' },
    only: { type: 'string' },
    subject: { type: 'string' },
    route: { type: 'string' },
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: 'Infinity' },
    list: { type: 'boolean', default: false },
  },
});

/** Refuses what is no number, which would play nothing or without an end. */
function numberOf(name: 'workers' | 'life' | 'from' | 'to', least: number): number {
  const value = Number(values[name]);
  if (value >= least) return value;
  console.error(`--${name} ${values[name]}: give a number of ${least} or more`);
  process.exit(2);
}
const workers = numberOf('workers', 1);
const life = numberOf('life', 1);
const from = numberOf('from', 1);
const to = numberOf('to', 1);

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const cells = crashCells({ scenario: values.only, subject: values.subject, route: values.route });
if (values.list || cells.length === 0) {
  print(choices());
  process.exit(values.list ? 0 : 1);
}

const harness = new CrashHarness(life * 1000);
/** By a person: what breaks from then on says nothing. */
let isEnded = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    isEnded = true;
    void harness.stop().finally(() => process.exit(1));
  });
}
const count = { passed: 0, failed: 0 };
const began = Date.now();

/** Runs `work` on all items, so many at a time. */
async function pool<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); next.done !== true && !isEnded; next = rest.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

function judge(what: string, difference: string | undefined): void {
  if (isEnded) return;
  if (difference === undefined) count.passed += 1;
  else count.failed += 1;
  print(difference === undefined ? `ok ${what}` : `NOT OK ${what}\n${difference}`);
}

const cleans = new Map<Row, Run>();

async function playClean(row: Row): Promise<void> {
  try {
    const run = await harness.run(row);
    cleans.set(row, run);
    print(`${row.title}: ${run.writes.length} writes undisturbed`);
  } catch (error) {
    judge(`${row.title}, undisturbed`, String(error));
  }
}

/** Writes of all cells in turn, so that those at work at the same time are of different cells. */
function* kills(): Generator<{ row: Row; clean: Run; kill: number }> {
  const longest = Math.max(0, ...[...cleans.values()].map(({ writes }) => writes.length));
  for (let kill = from; kill <= Math.min(longest, to); kill += 1) {
    for (const [row, clean] of cleans) if (kill <= clean.writes.length) yield { row, clean, kill };
  }
}

try {
  await harness.start('crash', cells);
  await pool(cells, playClean);
  await pool(kills(), async ({ row, clean, kill }) => {
    const { write, difference } = await harness.compare(row, clean, kill);
    judge(`${row.title}, killed after write ${kill}: ${write?.method ?? ''} ${write?.path ?? ''}`, difference);
  });
} finally {
  await harness.stop();
}
if (count.failed > 0 || count.passed === 0) process.exitCode = 1;
print(`${harness.deaths} deaths in ${Math.round((Date.now() - began) / 1000)} s`);
print(`${count.passed} passed, ${count.failed} failed`);
