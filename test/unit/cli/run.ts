// Runs a command as a user would type it, against a fake cluster and a clock that jumps to whatever is waited for.

import type { Clock } from '../../../src/runtime/clock.ts';
import { runCli } from '../../../src/cli/main.ts';
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
  connect?: () => never;
}

/** `line` is split at spaces. */
export async function run(line: string, setting: Setting = {}): Promise<Ran> {
  const { cluster = new FakeCluster(), clock = new JumpingClock(), script = '/usr/bin/sluice' } = setting;
  const ran: Ran = { code: 0, out: '', err: '' };
  const words = line.split(' ').filter((word) => word !== '');
  ran.code = await runCli(words, {
    script,
    clock,
    io: { out: (text) => void (ran.out += text), err: (text) => void (ran.err += text) },
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
