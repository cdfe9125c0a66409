import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type * as Wait from '../../cluster/local/wait.ts';
import { withLock } from '../../cluster/local/lock.ts';

/** Looks at a lock, and whom to tell after each. */
let looks = 0;
let onLook = (): void => undefined;
vi.mock('../../cluster/local/wait.ts', async (original) => {
  const wait = await original<typeof Wait>();
  const waitFor: typeof wait.waitFor = (what, deadlineMs, check) =>
    wait.waitFor(what, deadlineMs, () => {
      looks += 1;
      onLook();
      return check();
    });
  return { ...wait, waitFor };
});

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-lock-'));
});

afterAll(() => rmSync(dir, { recursive: true }));

describe('the lock between commands', () => {
  test('two holders take turns, and the second is told once that it waits', async () => {
    const path = join(dir, 'turns');
    const events: string[] = [];
    const turn = (name: string) => async (): Promise<void> => {
      events.push(`${name} in`);
      // Long enough for the other to look several times.
      const until = looks + 3;
      await new Promise<void>((resolve) => {
        onLook = () => (looks >= until ? resolve() : undefined);
        if (events.length > 2) resolve();
      });
      events.push(`${name} out`);
    };
    const told: number[] = [];
    await Promise.all(['a', 'b'].map((name) => withLock(path, (pid) => told.push(pid), turn(name))));
    expect(events.map((event) => event.split(' ')[1])).toEqual(['in', 'out', 'in', 'out']);
    expect(told).toEqual([process.pid]);
  });

  test('a holder that died does not block', async () => {
    const path = join(dir, 'dead');
    writeFileSync(path, JSON.stringify({ pid: process.pid, startTime: '1', executable: 'gone' }));
    expect(
      await withLock(
        path,
        () => undefined,
        () => Promise.resolve('done'),
      ),
    ).toBe('done');
  });

  test.each(['', 'null', '{"pid":1}', '{"pid":'])('a file that names nobody does not block: %j', async (content) => {
    const path = join(dir, 'nobody');
    writeFileSync(path, content);
    const work = (): Promise<string> => Promise.resolve('done');
    expect(await withLock(path, () => undefined, work)).toBe('done');
    expect(readdirSync(dir).filter((name) => name.startsWith('nobody'))).toEqual([]);
  });

  test('a failure releases it', async () => {
    const path = join(dir, 'failure');
    await expect(
      withLock(
        path,
        () => undefined,
        () => Promise.reject(new Error('no')),
      ),
    ).rejects.toThrow('no');
    expect(existsSync(path)).toBe(false);
  });
});
