// `node bootstrap.mjs <script> [arguments]`: runs a script of this repository under its own Node, from a fresh clone on.
// Plain JavaScript without dependencies, because it runs before anything is installed and under whatever Node there is. All it
// prints goes to standard error; standard output belongs to the script.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What can run this file and npm. */
const OLDEST = 20;
/** What the sources need: type stripping. */
const WANTED = 24;
const OWN_NODE = join(ROOT, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const QUIET_SECONDS = 10;
/** Warnings would be about this Node, under which nothing but npm runs. */
const CI = ['ci', '--include=dev', '--loglevel=error'];

const say = (line) => process.stderr.write(`${line}\n`);

function fail(...lines) {
  lines.forEach(say);
  process.exit(1);
}

const majorOf = (version) => Number(version.replace(/^v/, '').split('.')[0]);

function packagesIn(lockfile) {
  const path = join(ROOT, lockfile);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined;
}

/** npm keeps what it installed in a lockfile of its own; packages for other platforms are missing there. */
function whyInstall() {
  const wanted = packagesIn('package-lock.json');
  const found = packagesIn('node_modules/.package-lock.json');
  if (wanted === undefined) fail(`there is no package-lock.json in ${ROOT}`);
  if (found === undefined) return 'nothing is installed yet';
  const same = (path) =>
    found[path].version === wanted[path].version && found[path].integrity === wanted[path].integrity;
  const changed = Object.keys(wanted).find(
    (path) => path !== '' && (found[path] === undefined ? !wanted[path].optional : !same(path)),
  );
  const extra = Object.keys(found).find((path) => wanted[path] === undefined);
  const different = changed ?? extra;
  return different === undefined ? undefined : `${different} differs from package-lock.json`;
}

/** The npm that started us, by the Node that started it: ours is about to be replaced. */
function npm() {
  const { npm_execpath: cli, npm_node_execpath: node } = process.env;
  return cli !== undefined && cli.endsWith('.js') ? [node ?? process.execPath, cli] : ['npm'];
}

async function install(reason) {
  const [command, ...first] = npm();
  const count = Object.values(packagesIn('package-lock.json')).filter((entry) => !entry.optional).length - 1;
  say(`> npm ci    (${reason}; ${count} packages, about half a minute)`);
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const beat = setInterval(() => say(`  npm ci is still at work, ${seconds()} s`), QUIET_SECONDS * 1000);
  const status = await run(command, [...first, ...CI], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  clearInterval(beat);
  if (status !== 0) fail('', `npm ci failed (exit ${status}); what it said is above. Nothing else was run.`);
  say(`  installed in ${seconds()} s`);
}

/** A Node that runs the sources: the one this runs under, else the one that npm installed. */
function nodeForScripts() {
  if (majorOf(process.version) >= WANTED) return process.execPath;
  const { stdout } = spawnSync(OWN_NODE, ['--version'], { encoding: 'utf8' });
  if (stdout && majorOf(stdout) >= WANTED) return OWN_NODE;
  return fail(
    `Sluice runs on Node ${WANTED} or newer. This is Node ${process.version}, and the npm package "node", which brings the right one,`,
    `has put no working Node into ${relative(process.cwd(), OWN_NODE)}: its install script did not run, as with --ignore-scripts.`,
    `Either run   npm ci --ignore-scripts=false   and try again, or put Node ${WANTED} or newer first on PATH.`,
  );
}

/** Resolves with the exit status, as a shell counts it. Signals that reach this process go on to the child. */
function run(command, args, options) {
  const child = spawn(command, args, options);
  const forward = (signal) => {
    // A terminal sends Ctrl-C to every process of the job, the child included; a second one would mean "at once".
    if (signal !== 'SIGTERM' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  signals.forEach((signal) => process.on(signal, forward));
  return new Promise((settle) => {
    child.on('error', (error) => fail(`cannot start ${command}: ${error.message}`));
    child.on('close', (code, signal) => {
      signals.forEach((name) => process.off(name, forward));
      settle(signal === null ? code : 128 + (constants.signals[signal] ?? 0));
    });
  });
}

if (majorOf(process.version) < OLDEST) {
  fail(
    `This is Node ${process.version}; Sluice needs Node ${OLDEST} or newer to install itself`,
    `(it then runs on the Node ${WANTED} that comes with its packages). See https://nodejs.org/en/download.`,
  );
}
const [script, ...args] = process.argv.slice(2);
if (script === undefined) fail('usage: node test/tools/bootstrap.mjs <script> [arguments]');
const reason = whyInstall();
if (reason !== undefined) await install(reason);
const path = resolve(ROOT, script);
if (!existsSync(path)) fail(`${script} does not exist`);
process.exit(await run(nodeForScripts(), [path, ...args], { stdio: 'inherit' }));
