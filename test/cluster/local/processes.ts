// Long-running processes that outlive the command which started them: start one, and stop one that was recorded.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { identify, isAlive, look, type Identity, type Look } from './identity.ts';
import { Hopeless, waitFor } from './wait.ts';

/** A process that this command started. */
export interface Launched {
  identity: Identity;
  /** How it ended, in words; undefined while it runs. */
  ending(): string | undefined;
}

/** These processes are small and short-lived: memory is cheaper than collecting garbage all the time. */
const GOGC = '400';
/** The kernel shows the arguments of a program within microseconds of its start, unless the machine is starved. */
const WHOLE_WITHIN_MS = 10_000;

export function endingOf({ exitCode, signalCode }: Pick<ChildProcess, 'exitCode' | 'signalCode'>): string | undefined {
  if (signalCode !== null) return `ended by ${signalCode}`;
  return exitCode === null ? undefined : `exit code ${exitCode}`;
}

/** Starts a process in a session of its own, with its output appended to a file. */
export async function launch(
  executable: string,
  args: readonly string[],
  logFile: string,
  from: Look = look,
): Promise<Launched> {
  const log = openSync(logFile, 'a');
  try {
    const env = { GOGC, ...process.env };
    const child = spawn(executable, args, { detached: true, stdio: ['ignore', log, log], cwd: '/', env });
    await once(child, 'spawn');
    child.unref();
    return { identity: await whole(child, executable, logFile, from), ending: () => endingOf(child) };
  } finally {
    closeSync(log);
  }
}

/** The identity of a child as soon as it can be told; one that can never be told does not stay behind. */
async function whole(child: ChildProcess, executable: string, logFile: string, from: Look): Promise<Identity> {
  const pid = child.pid ?? -1;
  const what = `${executable} (pid ${pid}) to show its arguments`;
  try {
    return await waitFor(what, WHOLE_WITHIN_MS, () => {
      const identity = identify(pid, from);
      if (identity) return identity;
      const seen = from(pid);
      const ending = endingOf(child);
      if (ending) throw new Hopeless(`${executable} ended at once (${ending}); see ${logFile}`);
      throw new Error(seen ? `state ${seen.state}, started at ${seen.startTime}, no arguments` : 'no such process');
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

function signal(identity: Identity, name: 'SIGTERM' | 'SIGKILL'): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function gone(identity: Identity, deadlineMs: number): Promise<void> {
  await waitFor(`the end of pid ${identity.pid}`, deadlineMs, () => (isAlive(identity) ? undefined : true));
}

/** Asks a process to end, then makes it; returns once it is gone. Touches nothing that took over the pid. */
export async function stop(identity: Identity, graceMs = 4000): Promise<void> {
  signal(identity, 'SIGTERM');
  try {
    await gone(identity, graceMs);
  } catch {
    signal(identity, 'SIGKILL');
    await gone(identity, 5000);
  }
}
