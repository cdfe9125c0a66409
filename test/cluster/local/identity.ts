// Tells one process of this machine from another, although pids are reused: what is recorded of a process that outlives
// its command, and whether a recorded process still runs. The operating system shows a process before it is whole (its
// arguments appear a moment after its program has begun) and after (a zombie); neither is ever taken for an identity.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Enough to recognise a process again: a reused pid has another start time, another program another executable. */
export interface Identity {
  pid: number;
  startTime: string;
  executable: string;
}

/** One look at a process; `argv` is empty while the process is being made, and once it is a zombie. */
export interface Sighting {
  state: string;
  startTime: string;
  argv: readonly string[];
}

/** Looks at a process; undefined if there is none. */
export type Look = (pid: number) => Sighting | undefined;

/** State and start time out of a line of /proc/PID/stat; the command name in it may hold spaces and brackets. */
export function parseStat(stat: string): { state: string; startTime: string } | undefined {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state && startTime ? { state, startTime } : undefined;
}

function argvLinux(pid: number): string[] {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return words[0] ? words : [];
}

function lookLinux(pid: number): Sighting | undefined {
  const parsed = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return parsed && { ...parsed, argv: argvLinux(pid) };
}

/** Arguments with spaces in them fall apart here; enough to recognise a program and a path without any. */
function lookElsewhere(pid: number): Sighting | undefined {
  const args = ['-ww', '-o', 'state=,lstart=,command=', '-p', String(pid)];
  const line = execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  const match = /^(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)(?:\s+(.*))?$/.exec(line);
  if (!match) return undefined;
  return { state: match[1] ?? '', startTime: match[2] ?? '', argv: (match[3] ?? '').split(/\s+/).filter(Boolean) };
}

export const look: Look = (pid) => {
  try {
    return process.platform === 'linux' ? lookLinux(pid) : lookElsewhere(pid);
  } catch {
    return undefined;
  }
};

const isZombie = ({ state }: Sighting): boolean => state.startsWith('Z');

/** The identity of a process that runs now; undefined if there is none, and while it is not whole yet. */
export function identify(pid: number, from: Look = look): Identity | undefined {
  const seen = from(pid);
  const executable = seen?.argv[0];
  if (!seen || !executable || isZombie(seen)) return undefined;
  return { pid, startTime: seen.startTime, executable };
}

/**
 * True if the pid still belongs to the very process that was recorded; a zombie is not alive. One whose arguments cannot
 * be seen at the moment is known by its start time.
 */
export function isAlive(identity: Identity, from: Look = look): boolean {
  const now = from(identity.pid);
  if (!now || isZombie(now) || now.startTime !== identity.startTime) return false;
  return now.argv.length === 0 || now.argv[0] === identity.executable;
}

/** A record as it was read from a file: only a whole one can be used to recognise a process. */
export function isIdentity(value: unknown): value is Identity {
  const { pid, startTime, executable } = (value ?? {}) as Partial<Record<keyof Identity, unknown>>;
  return Number.isInteger(pid) && [startTime, executable].every((text) => typeof text === 'string' && text !== '');
}

function pids(): number[] {
  if (process.platform === 'linux') return readdirSync('/proc').map(Number).filter(Number.isInteger);
  return execFileSync('ps', ['-axo', 'pid='], { encoding: 'utf8' }).trim().split(/\s+/).map(Number);
}

/** Every other process that runs with such arguments, whoever started it. */
export function find(match: (argv: readonly string[]) => boolean): Identity[] {
  return pids().flatMap((pid) => {
    const seen = pid === process.pid ? undefined : look(pid);
    const executable = seen?.argv[0];
    if (!seen || !executable || isZombie(seen) || !match(seen.argv)) return [];
    return [{ pid, startTime: seen.startTime, executable }];
  });
}

/** What there is under the pid of a record, beside the record: for the report of a start that failed. */
export function compare(recorded: Identity | undefined, from: Look = look): string {
  if (!recorded) return 'no usable record of the process';
  const { pid, startTime, executable } = recorded;
  const now = from(pid);
  const present = now
    ? `state ${now.state}, started at ${now.startTime}, running ${now.argv[0] ?? '(no arguments to be seen)'}`
    : 'no such process';
  return `recorded: pid ${pid}, started at ${startTime}, running ${executable}; now under that pid: ${present}`;
}
