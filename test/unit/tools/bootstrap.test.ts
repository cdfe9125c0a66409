// The bootstrap in a small repository of its own: npm is a script that notes that it ran, Node's version is pretended.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';

const BOOTSTRAP = resolve(import.meta.dirname, '../../tools/bootstrap.mjs');
const LOCKED = {
  '': {},
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/other-platform': { version: '1.0.0', optional: true },
};
const INSTALLED = { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } };

let root: string;
const at = (path: string): string => join(root, path);
function write(path: string, content: unknown): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), typeof content === 'string' ? content : JSON.stringify(content));
}
const installed = (packages: object): void => write('node_modules/.package-lock.json', { packages });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-bootstrap-'));
  mkdirSync(at('test/tools'), { recursive: true });
  cpSync(BOOTSTRAP, at('test/tools/bootstrap.mjs'));
  write('package-lock.json', { packages: LOCKED });
  write(
    'script.mjs',
    'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = Number(process.argv[2]);',
  );
  write(
    'npm.js',
    `const fs = require('node:fs');
     console.log('npm says hello');
     fs.writeFileSync('npm-ran', process.argv.slice(2).join(' '));
     if (process.env.NPM_FAILS) process.exit(7);
     fs.mkdirSync('node_modules', { recursive: true });
     fs.writeFileSync('node_modules/.package-lock.json', '${JSON.stringify({ packages: INSTALLED })}');`,
  );
});
afterEach(() => rmSync(root, { recursive: true }));

function start(args: string[], options: { version?: string; env?: Record<string, string> } = {}) {
  const pretend = `data:text/javascript,Object.defineProperty(process,"version",{value:"${options.version ?? process.version}"})`;
  const child = spawn(process.execPath, ['--import', pretend, at('test/tools/bootstrap.mjs'), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, npm_execpath: at('npm.js'), npm_node_execpath: process.execPath, ...options.env },
  });
  const closed = once(child, 'close').then(([code]) => code as number);
  const result = Promise.all([closed, text(child.stdout), text(child.stderr)]).then(([code, stdout, stderr]) => ({
    code,
    stdout,
    stderr,
  }));
  return { child, result };
}
const npmRan = (): boolean => existsSync(at('npm-ran'));

test('an installed repository runs the script at once, with its arguments and exit code', async () => {
  installed(INSTALLED);
  const { code, stdout, stderr } = await start(['script.mjs', '3', '--', '--name', 'a b']).result;
  expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: '["3","--","--name","a b"]\n', stderr: '' });
  expect(npmRan()).toBe(false);
});

test('a fresh clone is installed first, and standard output still belongs to the script', async () => {
  const { code, stdout, stderr } = await start(['script.mjs', '0']).result;
  expect({ code, stdout }).toEqual({ code: 0, stdout: '["0"]\n' });
  expect(stderr).toContain('npm ci    (nothing is installed yet; 1 packages');
  expect(stderr).toContain('npm says hello');
  expect(readFileSync(at('npm-ran'), 'utf8')).toBe('ci --include=dev --loglevel=error');
});

test.each([
  ['another version', { 'node_modules/a': { version: '0.9.0', integrity: 'sha512-a' } }],
  ['other content', { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } }],
  ['a missing package', {}],
  ['a package that is not locked', { ...INSTALLED, 'node_modules/b': { version: '1.0.0' } }],
])('%s is installed anew', async (_, packages) => {
  installed(packages);
  const { code, stderr } = await start(['script.mjs', '0']).result;
  expect(code).toBe(0);
  expect(stderr).toContain('differs from package-lock.json');
  expect(npmRan()).toBe(true);
});

test('a failed installation ends it, and says so', async () => {
  const { code, stdout, stderr } = await start(['script.mjs', '0'], { env: { NPM_FAILS: 'yes' } }).result;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('npm ci failed (exit 7)');
});

test('a Node too old to install with is named, with the one that is needed', async () => {
  const { code, stderr } = await start(['script.mjs', '0'], { version: 'v18.20.0' }).result;
  expect(code).toBe(1);
  expect(stderr).toContain('This is Node v18.20.0; Sluice needs Node 20 or newer');
  expect(npmRan()).toBe(false);
});

test('a Node that cannot run the sources gives way to the one among the packages', async () => {
  installed(INSTALLED);
  mkdirSync(at('node_modules/node/bin'), { recursive: true });
  write('script.mjs', 'console.log(process.argv0)');
  cpSync(process.execPath, at('node_modules/node/bin/node'));
  const { code, stdout } = await start(['script.mjs'], { version: 'v20.20.0' }).result;
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${at('node_modules/node/bin/node')}\n` });
});

test('packages installed without scripts bring no Node: the remedy is named', async () => {
  installed(INSTALLED);
  const { code, stdout, stderr } = await start(['script.mjs', '0'], { version: 'v20.20.0' }).result;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('This is Node v20.20.0');
  expect(stderr).toContain('npm ci --ignore-scripts=false');
});

test('a signal reaches the script, and its end is passed on', async () => {
  installed(INSTALLED);
  write('wait.mjs', 'setInterval(() => {}, 1000); process.on("SIGTERM", () => process.exit(5)); console.log("up");');
  const { child, result } = start(['wait.mjs']);
  child.stdout.once('data', () => child.kill('SIGTERM'));
  expect((await result).code).toBe(5);
});

test('a script that a signal killed ends as a shell counts it', async () => {
  installed(INSTALLED);
  write('die.mjs', 'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000);');
  expect((await start(['die.mjs']).result).code).toBe(137);
});
