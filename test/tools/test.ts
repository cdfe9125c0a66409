// `npm test`: unit and contract tests, then the tests on a real API server. `-- --unit` or `-- --cluster` runs one half;
// everything else (files, -t, --coverage) goes to vitest. The last line is `N passed, N failed`, whatever happened.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sum, verdict, type Verdict, type VitestReport } from './verdict.ts';

const ROOT = join(import.meta.dirname, '../..');
const MINUTE = 60_000;
/** A half that takes longer hangs; the cluster's may have to build its programs first. */
const PROJECTS = [
  { name: 'unit', half: '--unit', limit: 10 * MINUTE },
  { name: 'cluster', half: '--cluster', limit: 45 * MINUTE },
  { name: 'alone', half: '--cluster', limit: 15 * MINUTE },
];
const WANTED_NODE = 24;
const BY_NAME = /^(-t|--testNamePattern)(=|$)/;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function readReport(path: string): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as VitestReport;
  } catch {
    return undefined;
  }
}

async function runProject(project: (typeof PROJECTS)[number], args: string[], folder: string): Promise<Verdict> {
  const path = join(folder, `${project.name}.json`);
  print(`\n> vitest run --project ${[project.name, ...args].join(' ')}`);
  const vitest = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--project', project.name, ...args];
  const reporters = ['--passWithNoTests', '--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  const child = spawn(process.execPath, [...vitest, ...reporters], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const stop = (signal: NodeJS.Signals): boolean => child.kill(signal);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const hung = setTimeout(() => {
    print(`${project.name} tests still run after ${project.limit / MINUTE} minutes; they are ended`);
    stop('SIGTERM');
  }, project.limit);
  const stuck = setTimeout(() => stop('SIGKILL'), project.limit + MINUTE / 2);
  const [code] = (await once(child, 'close')) as [number | null];
  [hung, stuck].forEach(clearTimeout);
  process.off('SIGINT', stop).off('SIGTERM', stop);
  const report = readReport(path);
  return verdict({ ...(report && { report }), code, chosen: args.some((arg) => BY_NAME.test(arg)) });
}

async function main(argv: string[]): Promise<Verdict> {
  const asked = PROJECTS.filter(({ half }) => argv.includes(half));
  const args = argv.filter((arg) => !PROJECTS.some(({ half }) => half === arg));
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  try {
    const verdicts: Verdict[] = [];
    for (const project of asked.length > 0 ? asked : PROJECTS) verdicts.push(await runProject(project, args, folder));
    return sum(verdicts);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (Number(process.versions.node.split('.')[0]) < WANTED_NODE) {
  print(
    `The tests need Node ${WANTED_NODE} or newer; this is ${process.version}. Run them as \`npm test\`, which brings it.`,
  );
  process.exit(1);
}
const { passed, failed, remarks } = await main(process.argv.slice(2));
for (const remark of remarks) print(`FAILED ${remark}`);
process.exitCode = failed === 0 ? 0 : 1;
print(`${passed} passed, ${failed} failed`);
