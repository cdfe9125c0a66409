// `npm run lint`: everything that can be said of the sources without running them. The checks run side by side, as many at
// once as there are cores, the slowest first; what a check printed is shown when it ends. `-- --fix` repairs what can be.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');

interface Check {
  name: string;
  script: string;
  args: string[];
  /** Arguments that repair instead of checking. */
  fix?: string[];
}
const CHECKS: Check[] = [
  {
    name: 'eslint',
    script: 'node_modules/eslint/bin/eslint.js',
    args: ['--max-warnings', '0', '.'],
    fix: ['--fix', '.'],
  },
  { name: 'tsc', script: 'node_modules/typescript/bin/tsc', args: ['--noEmit', '-p', '.'] },
  {
    name: 'prettier',
    script: 'node_modules/prettier/bin/prettier.cjs',
    args: ['--check', '--log-level', 'warn', '.'],
    fix: ['--write', '--log-level', 'warn', '.'],
  },
  {
    name: 'import rules',
    script: 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
    args: ['src', 'test', 'manifests', 'certs'],
  },
  { name: 'manifests', script: 'manifests/generate.ts', args: ['--check'], fix: [] },
];

interface Outcome {
  name: string;
  passed: boolean;
  seconds: string;
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function runCheck(check: Check, fix: boolean): Promise<Outcome> {
  const args = [check.script, ...(fix ? (check.fix ?? check.args) : check.args)];
  const began = Date.now();
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  const outcome = { name: check.name, passed: code === 0, seconds: ((Date.now() - began) / 1000).toFixed(1) };
  const said = Buffer.concat(output).toString().trim();
  print(`${outcome.passed ? 'ok    ' : 'FAILED'} ${check.name} (${outcome.seconds} s): node ${args.join(' ')}`);
  if (said !== '' && !outcome.passed) print(`\n${said}\n`);
  return outcome;
}

/** Runs the checks in order, each as soon as a core is free. */
async function runAll(fix: boolean): Promise<Outcome[]> {
  const waiting = [...CHECKS];
  const outcomes: Outcome[] = [];
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      outcomes.push(await runCheck(check, fix));
    }
  };
  // A repair writes the files that the next check reads.
  await Promise.all(Array.from({ length: fix ? 1 : Math.max(availableParallelism(), 2) }, worker));
  return outcomes;
}

function wantsFix(): boolean {
  try {
    return parseArgs({ options: { fix: { type: 'boolean', default: false } } }).values.fix;
  } catch (error) {
    print(`${error instanceof Error ? error.message : String(error)}\nusage: npm run lint [-- --fix]`);
    process.exit(2);
  }
}

const fix = wantsFix();
print(`lint: ${CHECKS.map(({ name }) => name).join(', ')}`);
const outcomes = await runAll(fix);
const failed = outcomes.filter(({ passed }) => !passed).map(({ name }) => name);
print(failed.length === 0 ? `lint: all ${outcomes.length} checks passed` : `lint: failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
