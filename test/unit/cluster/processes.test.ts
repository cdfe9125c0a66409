import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Identity } from '../../cluster/local/processes.ts';
import { identify, isAlive, launch, parseStat, stop } from '../../cluster/local/processes.ts';
import { waitFor } from '../../cluster/local/wait.ts';

let dir: string;
const started: Identity[] = [];

async function start(script: string): Promise<Identity> {
  const identity = await launch(process.execPath, ['-e', script], join(dir, 'log'));
  started.push(identity);
  return identity;
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-processes-'));
});

afterAll(async () => {
  for (const identity of started) await stop(identity, 0);
  rmSync(dir, { recursive: true });
});

describe('processes by pid', () => {
  test('a command name with spaces and brackets does not shift the fields', () => {
    const fields = ['S', ...Array.from({ length: 18 }, () => '0'), '4711', '0'];
    expect(parseStat(`12 (a) b (c)) ${fields.join(' ')}\n`)).toEqual({ state: 'S', startTime: '4711' });
  });

  test('a started process is recognised, its output kept, and it is gone after stop', async () => {
    const identity = await start('console.log("hello"); setInterval(() => {}, 1000)');
    expect(isAlive(identity)).toBe(true);
    await waitFor('its output', 5000, () => readFileSync(join(dir, 'log'), 'utf8').includes('hello') || undefined);
    await stop(identity);
    expect(isAlive(identity)).toBe(false);
  });

  test.each([
    ['start time', { startTime: '1' }],
    ['executable', { executable: '/bin/other' }],
  ])('a pid with another %s is somebody else, and is left alone', async (_, difference) => {
    const identity = await start('setInterval(() => {}, 1000)');
    const other = { ...identity, ...difference };
    expect(isAlive(other)).toBe(false);
    await stop(other);
    expect(isAlive(identity)).toBe(true);
  });

  test('a process that ignores the polite signal is killed', async () => {
    const identity = await start('process.on("SIGTERM", () => {}); console.log("deaf"); setInterval(() => {}, 1000)');
    await waitFor('its output', 5000, () => readFileSync(join(dir, 'log'), 'utf8').includes('deaf') || undefined);
    await stop(identity, 100);
    expect(isAlive(identity)).toBe(false);
  });

  test('a missing executable is an error', async () => {
    await expect(launch(join(dir, 'none'), [], join(dir, 'log'))).rejects.toThrow(/ENOENT/);
  });

  test('no process, no identity', () => {
    expect(identify(2 ** 30)).toBeUndefined();
  });
});
