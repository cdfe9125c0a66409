// The program as it ships, for sections that measure a process: dist/sluice.js, built to a folder of its own.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const BUILD = join(import.meta.dirname, '../tools/build.ts');

export interface Program {
  main: string;
  remove(): Promise<void>;
}

export async function built(): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  // Says by its name that it is an ES module.
  const main = join(folder, 'sluice.mjs');
  await promisify(execFile)(process.execPath, [BUILD, '--outfile', main]);
  return { main, remove: () => rm(folder, { recursive: true }) };
}

/** A whole number of the environment. */
export function countFrom(name: string, usual: number): number {
  const text = process.env[name] ?? String(usual);
  if (!/^[1-9]\d*$/.test(text)) throw new TypeError(`${name} is ${JSON.stringify(text)}; it must be a whole number`);
  return Number(text);
}

/** Whole numbers of the environment with commas between them, each larger than the one before. */
export function growingCountsFrom(name: string, usual: readonly number[]): number[] {
  const text = process.env[name] ?? usual.join(',');
  const counts = text.split(',').map(Number);
  const isGrowing = counts.every((count, index) => Number.isInteger(count) && count > (counts[index - 1] ?? 0));
  if (isGrowing) return counts;
  throw new TypeError(`${name} is ${JSON.stringify(text)}; it must be whole numbers, each larger than the one before`);
}

/** Resident memory of a process as the system counts it, in MiB. */
export async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
