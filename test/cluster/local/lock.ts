// One at a time, across processes: a lock file that names its holder, so that a holder that died does not block anyone.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, isAlive, isIdentity, type Identity } from './identity.ts';
import { waitFor } from './wait.ts';

const LONGEST_WAIT_MS = 30 * 60_000;

/** Who holds the lock; undefined if nobody does, null if the file names nobody. */
function holder(path: string): Identity | null | undefined {
  try {
    const record: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isIdentity(record) ? record : null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : null;
  }
}

/** The file appears with its content or not at all, so one that names nobody was not written by a living holder. */
function create(path: string): boolean {
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, JSON.stringify(identify(process.pid)));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function take(path: string): boolean {
  if (create(path)) return true;
  const other = holder(path);
  if (other === null || (other && !isAlive(other))) rmSync(path, { force: true });
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
