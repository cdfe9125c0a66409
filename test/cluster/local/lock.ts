// One at a time, across processes: a lock file that names its holder, so that a holder that died does not block anyone.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Identity } from './processes.ts';
import { identify, isAlive } from './processes.ts';
import { waitFor } from './wait.ts';

const LONGEST_WAIT_MS = 30 * 60_000;

function holder(path: string): Identity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Identity;
  } catch {
    return undefined;
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, JSON.stringify(identify(process.pid)), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const other = holder(path);
  if (other && !isAlive(other)) rmSync(path, { force: true });
  return false;
}

/** Told who holds the lock, once at first and then every second. */
export type OnWait = (pid: number, seconds: number) => void;

/** Runs `work` while holding the lock file. */
export async function withLock<T>(path: string, onWait: OnWait, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const start = Date.now();
  let told = -1;
  await waitFor(`the lock ${path}`, LONGEST_WAIT_MS, () => {
    if (take(path)) return true;
    const other = holder(path);
    const seconds = Math.floor((Date.now() - start) / 1000);
    if (seconds > told && other && isAlive(other)) {
      told = seconds;
      onWait(other.pid, seconds);
    }
    return undefined;
  });
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
