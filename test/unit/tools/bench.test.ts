// What the benchmark's command refuses, and how its figures read.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { growingCountsFrom } from '../../bench/program.ts';
import { duration, line, page } from '../../bench/report.ts';
import { ratioOf, type Figure } from '../../bench/section.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const bench = (...args: string[]) =>
  spawnSync(process.execPath, [join(ROOT, 'test/bench/run.ts'), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 15_000,
  });

const against = (referenceValue: number, value: number): Figure => ({
  ...{ name: 'a.b', value, unit: 's', reference: 'goal', referenceValue },
  ratio: ratioOf(value, referenceValue),
});
const rowOf = (figure: Figure): string => page([figure], 'this').trimEnd().split('\n').at(-1) ?? '';

describe('npm run bench', () => {
  test('does not replace the page of all sections by some of them', () => {
    const path = join(ROOT, 'docs/benchmarks.md');
    const before = readFileSync(path, 'utf8');
    const { status, stdout, stderr } = bench('--write', '--only', 'webhook');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('--write replaces the whole of docs/benchmarks.md');
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  test('names the sections that there are', () => {
    const { status, stderr } = bench('--only', 'webhok');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^no section webhok; there are webhook, hold, /);
  });
});

describe('a figure', () => {
  test('is read by its ratio', () => {
    expect(line(against(4, 5))).toContain('(goal: 4.00 s, ratio 1.25)');
    expect(rowOf(against(4, 5))).toBe('| `a.b` | 5.00 s | goal: 4.00 s | 1.25 |  |');
  });

  test.each([
    [0, 'met'],
    [1, 'missed'],
  ])('of %i meets a goal of 0 or not, and has no ratio to be taken for a good one', (value, reading) => {
    expect(line(against(0, value))).toContain(`(goal: 0.00 s, ${reading})`);
    expect(rowOf(against(0, value))).toContain(`| goal: 0.00 s | ${reading} |`);
    expect(against(0, value).ratio).toBe(value);
  });

  test.each([
    [999, '1 s'],
    [119_400, '119 s'],
    [725_000, '12 min 5 s'],
  ])('takes %i ms: %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe('sizes that grow', () => {
  test('are read from the environment', () => {
    expect(growingCountsFrom('BENCH_NOT_SET', [1, 2])).toEqual([1, 2]);
    process.env['BENCH_SET'] = '20,300';
    expect(growingCountsFrom('BENCH_SET', [1])).toEqual([20, 300]);
  });

  test.each(['', '0', '2,1', '1,1', '1.5', 'many', '1,'])('%o is refused', (text) => {
    process.env['BENCH_SET'] = text;
    expect(() => growingCountsFrom('BENCH_SET', [1])).toThrow('each larger than the one before');
  });
});
