// One name, one thing: a reader who searches for an exported name finds one place. Files that fill the same contract share the
// names of it, and stand in one folder.

import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
const EXPORTED = /^export (?:abstract )?(?:async )?(?:const|let|function|class|interface|type)\*? ([\w$]+)/gm;

/** Files of each exported name. */
function exported(files: Iterable<[file: string, text: string]>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [file, text] of files)
    for (const [, name = ''] of text.matchAll(EXPORTED)) found.set(name, [...(found.get(name) ?? []), file]);
  return found;
}

/** A type and its value of the same name in one file are one thing. */
const ambiguous = (names: Map<string, string[]>): string[] =>
  [...names]
    .filter(([, files]) => new Set(files.map((file) => dirname(file))).size > 1)
    .map(([name, files]) => `${name}: ${files.join(', ')}`);

test('no name is exported by two folders', () => {
  const files = globSync('**/*.ts', { cwd: SRC });
  expect(files.length).toBeGreaterThan(300);
  const names = exported(files.map((file): [string, string] => [file, readFileSync(SRC + file, 'utf8')]));
  expect(names.size).toBeGreaterThan(1_000);
  expect(ambiguous(names)).toEqual([]);
});

test('the same name elsewhere is found, beside others in its folder it is not', () => {
  const text = 'export const pick = 1;\nexport type Pick = string;\n';
  expect(
    ambiguous(
      exported([
        ['a/one.ts', text],
        ['b/two.ts', text],
      ]),
    ),
  ).toHaveLength(2);
  expect(
    ambiguous(
      exported([
        ['a/one.ts', text],
        ['a/two.ts', text],
      ]),
    ),
  ).toEqual([]);
});
