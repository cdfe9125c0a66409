// The import rules catch what they are meant to catch: one small tree in which every file breaks one rule, or none.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');

const PACKAGES = {
  undici: 'dependencies',
  typebox: 'dependencies',
  commander: 'dependencies',
  vitest: 'devDependencies',
};

/** File → the one line of code in it, and the rules it breaks. */
const FILES: Record<string, [code: string, ...broken: string[]]> = {
  'src/main.ts': ["import './server/http.ts';\nimport './pipes/clean.ts';"],
  'src/api/clean.ts': ["import 'typebox';"],
  'src/core/clean.ts': ["import '../api/clean.ts';\nimport '../workloads/clean.ts';"],
  'src/workloads/clean.ts': ['export const clean = 1;'],
  'src/kube/clean.ts': ["import 'undici';\nimport 'node:http';\nimport '../core/clean.ts';"],
  'src/server/http.ts': ["import 'node:https';\nimport '../core/clean.ts';"],
  'src/pipes/clean.ts': ["import '../kube/clean.ts';\nimport '../runtime/clean.ts';"],
  'src/runtime/clean.ts': ["import 'node:timers';"],

  'src/api/uses-node.ts': ["import { readFileSync } from 'node:fs';", 'pure-imports-pure'],
  'src/core/uses-node-types.ts': ["import type { Socket } from 'node:net';", 'pure-imports-pure'],
  'src/core/uses-package.ts': ["import 'commander';", 'pure-imports-pure'],
  'src/workloads/uses-shell.ts': ["import '../runtime/clean.ts';", 'no-import-runs-up', 'pure-imports-pure'],
  'src/traffic/uses-config.ts': ["import '../config.ts';", 'pure-imports-pure'],
  'src/install/uses-node-lazily.ts': ["export const load = () => import('node:os');", 'pure-imports-pure'],
  'src/config.ts': ['export const config = 1;'],

  'src/lib/uses-api.ts': ["import '../api/clean.ts';", 'no-import-runs-up'],
  'src/api/uses-objects.ts': ["import '../objects/clean.ts';", 'no-import-runs-up'],
  'src/objects/clean.ts': ['export const clean = 1;'],
  'src/objects/uses-kinds.ts': ["import '../workloads/clean.ts';", 'no-import-runs-up'],
  'src/traffic/uses-core.ts': ["import '../core/clean.ts';", 'no-import-runs-up'],
  'src/core/uses-view.ts': ["import '../view/clean.ts';", 'no-import-runs-up'],
  'src/view/clean.ts': ['export const clean = 1;'],
  'src/kube/uses-tables.ts': ["import '../tables/clean.ts';", 'no-import-runs-up'],
  'src/tables/clean.ts': ["import '../kube/clean.ts';"],
  'src/tables/uses-gatherers.ts': ["import '../gather/clean.ts';", 'no-import-runs-up'],
  'src/gather/clean.ts': ["import '../tables/clean.ts';"],
  'src/gather/uses-writer.ts': ["import '../kube/clean.ts';", 'gatherers-only-read'],
  'src/gather/uses-pipes.ts': ["import '../pipes/clean.ts';", 'no-import-runs-up'],
  'src/server/uses-cli.ts': ["import '../cli/clean.ts';", 'no-import-runs-up'],
  'src/cli/clean.ts': ["import '../view/clean.ts';"],

  'src/runtime/uses-api.ts': ["import type { Kind } from '../api/clean.ts';", 'runtime-knows-no-resource'],
  'src/server/uses-pipes.ts': ["import '../pipes/clean.ts';", 'server-not-pipes'],
  'src/pipes/uses-server.ts': ["import '../server/http.ts';", 'pipes-not-server'],
  'src/certs/uses-undici.ts': ["import { fetch } from 'undici';", 'only-kube-talks-to-the-api-server'],
  'src/serve/uses-main.ts': ["import '../main.ts';", 'nobody-imports-main'],
  'src/cli/uses-server.ts': ["import '../server/http.ts';", 'cli-not-server'],
  'src/obs/cycle-a.ts': ["import './cycle-b.ts';", 'no-cycles'],
  // A cycle is reported once.
  'src/obs/cycle-b.ts': ["import './cycle-a.ts';"],
  'src/cli/uses-nothing-there.ts': ["import './missing.ts';", 'resolvable'],
  'src/cli/uses-test.ts': ["import '../../test/support.ts';", 'src-not-test'],
  'src/cli/uses-dev-package.ts': ["import 'vitest';", 'no-dev-dependencies'],
  'test/support.ts': ["import '../src/server/http.ts';\nimport 'vitest';"],
};

let root: string;
let found: Map<string, string[]>;

function write(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function packageManifest(): string {
  const manifest: Record<string, Record<string, string>> = { dependencies: {}, devDependencies: {} };
  for (const [name, group] of Object.entries(PACKAGES)) manifest[group]![name] = '1.0.0';
  return JSON.stringify({ name: 'fixture', type: 'module', ...manifest });
}

interface Report {
  summary: { violations: { from: string; rule: { name: string; severity: string } }[] };
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-import-rules-'));
  for (const [path, [code]] of Object.entries(FILES)) write(path, `${code}\n`);
  for (const name of Object.keys(PACKAGES)) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', exports: './index.js' }));
    write(`node_modules/${name}/index.js`, 'module.exports = {};\n');
  }
  write('package.json', packageManifest());
  for (const config of ['tsconfig.json', '.dependency-cruiser.cjs']) cpSync(join(ROOT, config), join(root, config));
  const cruiser = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [cruiser, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'test'];
  const output = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  found = new Map();
  for (const { from, rule } of (JSON.parse(output) as Report).summary.violations) {
    if (rule.severity === 'error') found.set(from, [...new Set([...(found.get(from) ?? []), rule.name])]);
  }
});
afterAll(() => rmSync(root, { recursive: true }));

describe('import rules', () => {
  test.each(Object.entries(FILES).map(([path, [, ...broken]]) => ({ path, broken })))(
    '$path breaks $broken and nothing else',
    ({ path, broken }) => {
      expect(found.get(path) ?? []).toEqual(broken);
    },
  );

  test('every rule has a file that breaks it', async () => {
    const config = (await import(join(ROOT, '.dependency-cruiser.cjs'))) as {
      default: { forbidden: { name: string; severity: string }[] };
    };
    const broken = new Set(Object.values(FILES).flatMap(([, ...rules]) => rules));
    expect(config.default.forbidden.filter(({ severity }) => severity !== 'error')).toEqual([]);
    expect(config.default.forbidden.map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([]);
  });
});
