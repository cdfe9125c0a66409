import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Identity, Look } from '../../cluster/local/identity.ts';
import { compare, find, identify, isAlive, isIdentity, look, parseStat } from '../../cluster/local/identity.ts';
import { launch, stop } from '../../cluster/local/processes.ts';
import { waitFor } from '../../cluster/local/wait.ts';

let dir: string;
const started: Identity[] = [];

async function start(script: string, from: Look = look): Promise<Identity> {
  const { identity } = await launch(process.execPath, ['-e', script], join(dir, 'log'), from);
  started.push(identity);
  return identity;
}

/** What the kernel shows of a process whose program has just begun, or is just ending. */
const withoutArguments: Look = (pid) => {
  const seen = look(pid);
  return seen && { ...seen, argv: [] };
};

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

  test('an identity is not taken from a process that is still being made', async () => {
    let looks = 0;
    const identity = await start('setInterval(() => {}, 1000)', (pid) => {
      looks += 1;
      return looks < 5 ? withoutArguments(pid) : look(pid);
    });
    expect(identity.executable).toBe(process.execPath);
    expect(isAlive(identity)).toBe(true);
    expect(identify(identity.pid, withoutArguments)).toBeUndefined();
  });

  test('a recorded process that is ending or being made is still the same one', async () => {
    const identity = await start('setInterval(() => {}, 1000)');
    expect(isAlive(identity, withoutArguments)).toBe(true);
    expect(isAlive({ ...identity, startTime: '1' }, withoutArguments)).toBe(false);
  });

  test('a zombie is neither alive nor an identity', async () => {
    const identity = await start('setInterval(() => {}, 1000)');
    const zombie: Look = (pid) => ({ ...look(pid)!, state: 'Z' });
    expect([isAlive(identity, zombie), identify(identity.pid, zombie)]).toEqual([false, undefined]);
  });

  test('a start that fails at once says how it ended', async () => {
    const launched = launch(process.execPath, ['-e', 'process.exit(7)'], join(dir, 'log'), () => undefined);
    await expect(launched).rejects.toThrow(/ended at once \(exit code 7\); see .*log/);
    const killed = launch(process.execPath, ['-e', 'process.kill(process.pid, 9)'], join(dir, 'log'), () => undefined);
    await expect(killed).rejects.toThrow(/ended at once \(ended by SIGKILL\)/);
  });

  test('one that ends later tells how, and what there is now under its pid', async () => {
    const { identity, ending } = await launch(
      process.execPath,
      ['-e', 'setInterval(() => {}, 1000)'],
      join(dir, 'log'),
    );
    expect(ending()).toBeUndefined();
    expect(compare(identity)).toContain(`pid ${identity.pid}, started at ${identity.startTime}`);
    expect(compare(identity, withoutArguments)).toMatch(/now under that pid: state \w, .*no arguments to be seen/);
    await stop(identity);
    await waitFor('its end', 5000, () => (ending() === undefined ? undefined : true));
    expect(ending()).toBe('ended by SIGTERM');
    expect(compare(identity)).toMatch(/now under that pid: no such process$/);
    expect(compare(undefined)).toBe('no usable record of the process');
  });

  test('a process is found by its arguments, and its finder is not', async () => {
    const mark = `--mark=${dir}`;
    const script = ['-e', 'setInterval(() => {}, 1000)', '--', mark];
    const { identity } = await launch(process.execPath, script, join(dir, 'log'));
    started.push(identity);
    expect(find((argv) => argv.includes(mark))).toEqual([identity]);
    expect(find((argv) => argv[0] === process.execPath).map(({ pid }) => pid)).not.toContain(process.pid);
  });

  test.each([
    null,
    {},
    'text',
    { pid: 1, startTime: '1', executable: '' },
    { pid: 1, startTime: '', executable: 'a' },
    { pid: '1', startTime: '1', executable: 'a' },
    { startTime: '1', executable: 'a' },
  ])('%j is no record of a process', (record) => {
    expect(isIdentity(record)).toBe(false);
  });

  test('no process, no identity', () => {
    expect(identify(2 ** 30)).toBeUndefined();
  });
});
