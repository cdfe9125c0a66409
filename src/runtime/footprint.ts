// How much memory a process that runs for months takes from its node. V8 and the C library are told when a program starts and
// at no other time, so the process is replaced by itself, once, before it has done anything: same pid, same streams.

/** Room for what is short-lived, how far the heap may grow before it is looked through, and helpers, which each keep memory. */
export const V8_FLAGS: readonly string[] = ['--max-semi-space-size=2', '--heap-growing-percent=40', '--v8-pool-size=1'];

/** One arena instead of one a thread, and freed pages go back to the system (glibc). */
export const ALLOCATOR: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

export interface Program {
  execPath: string;
  execArgv: readonly string[];
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
}

export interface Replacement {
  argv: string[];
  env: NodeJS.ProcessEnv;
}

/** `off` = it stays as it was started: where a process may not be replaced, the system may end it instead of refusing. */
const OPT_OUT = 'SLUICE_FOOTPRINT';

/** V8 takes both spellings. */
const isSizing = (text: string): boolean => text.replaceAll('_', '-').includes('semi-space-size');

/** Undefined = it is small already, or a person has sized it or wants it left. */
export function smallerProgram({ execPath, execArgv, argv, env }: Program): Replacement | undefined {
  const given = [...execArgv, env['NODE_OPTIONS'] ?? ''];
  if (env[OPT_OUT] === 'off' || given.some(isSizing)) return undefined;
  return {
    argv: [execPath, ...V8_FLAGS, ...execArgv, ...argv.slice(1)],
    env: { ...ALLOCATOR, ...env },
  };
}

/** Where Node refuses to replace a process it goes on as it is. A parent that talks to it would lose it. */
export function becomeSmaller(program: NodeJS.Process): void {
  const smaller = smallerProgram(program);
  const isOnItsOwn = typeof program.send !== 'function';
  if (smaller === undefined || !isOnItsOwn) return;
  if (typeof program.execve !== 'function' || program.platform === 'win32') return;
  try {
    program.execve(program.execPath, smaller.argv, smaller.env);
  } catch {
    // Not on this system.
  }
}
