// Runs a command as a user would type it, against a fake cluster and a clock that jumps to whatever is waited for.

import type { Clock } from '../../../src/runtime/clock.ts';
import type { Terminal } from '../../../src/cli/environment.ts';
import { runCli } from '../../../src/cli/main.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { FakeCluster } from './fake-cluster.ts';

export const NOW = Date.parse('2026-01-01T12:00:00Z');

/** Waiting takes no time, and is recorded. */
export class JumpingClock implements Clock {
  readonly waits: number[] = [];
  #elapsed = 0;
  now = (): number => NOW + this.#elapsed;
  monotonic = (): number => this.#elapsed;
  after(ms: number, run: () => void): () => void {
    this.waits.push(ms);
    const timer = setImmediate(() => {
      this.#elapsed += ms;
      run();
    });
    return () => clearImmediate(timer);
  }
}

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface Setting {
  cluster?: FakeCluster;
  clock?: Clock;
  script?: string;
  /** Instead of the line, for words that are empty or hold spaces. */
  words?: string[];
  connect?: () => never;
  terminal?: Terminal;
  interrupted?: AbortSignal;
  /** Told of everything that is printed, as it is printed. */
  onOutput?: (ran: Ran) => void;
}

/** `line` is split at spaces. */
export async function run(line: string, setting: Setting = {}): Promise<Ran> {
  const { cluster = new FakeCluster(), clock = new JumpingClock(), script = '/usr/bin/sluice' } = setting;
  const ran: Ran = { code: 0, out: '', err: '' };
  const print = (stream: 'out' | 'err', text: string): void => {
    ran[stream] += text;
    setting.onOutput?.(ran);
  };
  const words = setting.words ?? line.split(' ').filter((word) => word !== '');
  ran.code = await runCli(words, {
    script,
    clock,
    terminal: () => setting.terminal,
    interrupted: () => setting.interrupted ?? new AbortController().signal,
    io: { out: (text) => print('out', text), err: (text) => print('err', text) },
    connect: async () => {
      setting.connect?.();
      await Promise.resolve();
      const close = () => Promise.resolve(void (cluster.closed += 1));
      return { client: cluster, server: 'https://cluster.example:6443', namespace: 'default', close };
    },
  });
  return ran;
}

export const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** A command that waits, beside the test that moves things. */
export interface Running {
  /** The next of its outputs that holds `text`. */
  printed(text: string): Promise<void>;
  done: Promise<Ran>;
}

export function start(line: string, setting: Setting = {}): Running {
  let seen: Ran = { code: 0, out: '', err: '' };
  let wake = (): void => undefined;
  const onOutput = (ran: Ran): void => {
    seen = ran;
    wake();
  };
  const done = run(line, { clock: new FakeClock(NOW), ...setting, onOutput });
  const printed = async (text: string): Promise<void> => {
    while (!`${seen.out}${seen.err}`.includes(text)) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { printed, done };
}
