// Long-running processes that outlive the command which started them: start one, tell whether a recorded pid still is
// that process (pids are reused), and stop it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { waitFor } from './wait.ts';

/** Enough to recognise a process again: a reused pid has another start time, another program another executable. */
export interface Identity {
  pid: number;
  startTime: string;
  executable: string;
}

interface Seen {
  state: string;
  startTime: string;
  executable: string;
}

/** State and start time out of a line of /proc/PID/stat; the command name in it may hold spaces and brackets. */
export function parseStat(stat: string): { state: string; startTime: string } | undefined {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state && startTime ? { state, startTime } : undefined;
}

function lookLinux(pid: number): Seen | undefined {
  const parsed = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const executable = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '';
  return parsed && { ...parsed, executable };
}

function lookElsewhere(pid: number): Seen | undefined {
  const args = ['-o', 'state=,lstart=,command=', '-p', String(pid)];
  const line = execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  const match = /^(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(\S+)/.exec(line);
  return match ? { state: match[1] ?? '', startTime: match[2] ?? '', executable: match[3] ?? '' } : undefined;
}

function look(pid: number): Seen | undefined {
  try {
    return process.platform === 'linux' ? lookLinux(pid) : lookElsewhere(pid);
  } catch {
    return undefined;
  }
}

/** The identity of a process that runs now. */
export function identify(pid: number): Identity | undefined {
  const seen = look(pid);
  if (!seen || seen.state.startsWith('Z')) return undefined;
  return { pid, startTime: seen.startTime, executable: seen.executable };
}

/** True if the pid still belongs to the very process that was recorded; a zombie is not alive. */
export function isAlive(identity: Identity): boolean {
  const now = identify(identity.pid);
  return now !== undefined && now.startTime === identity.startTime && now.executable === identity.executable;
}

/** These processes are small and short-lived: memory is cheaper than collecting garbage all the time. */
const GOGC = '400';

/** Starts a process in a session of its own, with its output appended to a file. */
export async function launch(executable: string, args: readonly string[], logFile: string): Promise<Identity> {
  const log = openSync(logFile, 'a');
  try {
    const env = { GOGC, ...process.env };
    const child = spawn(executable, args, { detached: true, stdio: ['ignore', log, log], cwd: '/', env });
    await once(child, 'spawn');
    child.unref();
    const identity = identify(child.pid ?? -1);
    if (!identity) throw new Error(`${executable} ended at once; see ${logFile}`);
    return identity;
  } finally {
    closeSync(log);
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
