// What the documents say of the repository is true.

import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'devDependencies' | 'scripts',
  Record<string, string>
>;

describe('AGENTS.md', () => {
  const listed = [...read('AGENTS.md').matchAll(/^([a-z][\w./-]*\/) {2,}\S/gm)].map(([, path]) => path!.slice(0, -1));

  test('lists folders that exist, each once', () => {
    expect(listed).not.toHaveLength(0);
    expect(listed.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(listed.filter((path, index) => listed.indexOf(path) !== index)).toEqual([]);
  });

  test('lists every folder of the sources', () => {
    const folders = globSync('src/**/*.ts', { cwd: ROOT }).map(dirname);
    expect([...new Set(folders)].filter((folder) => !listed.includes(folder))).toEqual([]);
  });

  test('lists every folder of the tests', () => {
    const folders = readdirSync(join(ROOT, 'test')).map((name) => `test/${name}`);
    expect(folders.filter((folder) => !listed.includes(folder))).toEqual([]);
  });

  test('knows every command that is a npm script', () => {
    const text = read('AGENTS.md');
    const shorter = ['test:cluster', 'format'];
    const missing = Object.keys(manifest.scripts).filter(
      (script) => !shorter.includes(script) && !text.includes(script === 'test' ? 'npm test' : `npm run ${script}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('the record of dependencies', () => {
  const [, runtime, development] = read('docs/adr/0005-dependencies.md').split(/^### /m);
  const namesIn = (section: string | undefined): string[] =>
    [...(section ?? '').matchAll(/^- `([^`]+)`: \S/gm)].map(([, name]) => name!);

  test('has one line for each package, in alphabetical order', () => {
    expect(namesIn(runtime)).toEqual(Object.keys(manifest.dependencies).sort());
    expect(namesIn(development)).toEqual(Object.keys(manifest.devDependencies).sort());
  });

  test('keeps its own bounds: exact versions, at most 14 at run time', () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
    expect(Object.keys(manifest.dependencies).length).toBeLessThanOrEqual(14);
  });
});

describe('every npm script', () => {
  test.each(Object.entries(manifest.scripts))('%s starts from a fresh clone', (_, script) => {
    const [, file] = /^node test\/tools\/bootstrap\.mjs (\S+)( |$)/.exec(script) ?? [];
    expect(file).toBeDefined();
    expect(existsSync(join(ROOT, file!))).toBe(true);
  });
});

describe('links', () => {
  const documents = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'test/**/*.md'], { cwd: ROOT });

  test.each(documents)('%s links to files that exist', (path) => {
    const targets = [...read(path).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target!);
    const local = targets.filter((target) => !/^[a-z]+:/.test(target));
    expect(local.filter((target) => !existsSync(join(ROOT, dirname(path), target)))).toEqual([]);
  });

  test('every decision is in the index', () => {
    const records = globSync('docs/adr/0*.md', { cwd: ROOT }).map((path) => path.split('/').at(-1)!);
    const index = read('docs/adr/README.md');
    expect(records).not.toHaveLength(0);
    expect(records.filter((record) => !index.includes(`(${record})`))).toEqual([]);
  });
});
