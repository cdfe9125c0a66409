// The program as one file, away from the packages it was made of.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');

let folder: string;
let report: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-build-'));
  const args = [join(ROOT, 'test/tools/build.ts'), '--outfile', join(folder, 'sluice.mjs')];
  report = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]): string =>
  execFileSync(process.execPath, [join(folder, 'sluice.mjs'), ...args], { cwd: folder, encoding: 'utf8' });

test('starts without node_modules and tells its version', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(run('version')).toContain(version);
});

test('is a program by itself, with one shebang in its first line', () => {
  const [first, second] = readFileSync(join(folder, 'sluice.mjs'), 'utf8').split('\n', 2);
  expect(first).toBe('#!/usr/bin/env node');
  expect(second).not.toContain('#!');
});

test('the report says what the size is made of', () => {
  expect(report).toMatch(/\d+ kB {2}our own sources\n/);
  expect(report).toMatch(/\d+ kB {2}.*sluice\.mjs\n$/);
});

test('is ASCII: one other character, and V8 keeps all of it with two bytes each', () => {
  expect(readFileSync(join(folder, 'sluice.mjs')).every((byte) => byte < 0x80)).toBe(true);
});

test('stays small: of the official client only the configuration part is in it', () => {
  const size = readFileSync(join(folder, 'sluice.mjs')).byteLength;
  expect(size).toBeLessThan(6 * 1024 * 1024);
});
