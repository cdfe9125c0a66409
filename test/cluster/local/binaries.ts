// The binaries of the local cluster: built once from the pinned Go module next door and kept in the user's cache folder,
// whose name follows from the pins. A build goes to a temporary name and is renamed at its end, so that an interrupted or
// concurrent build leaves nothing half done.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './command.ts';
import type { OnWait } from './lock.ts';
import { withLock } from './lock.ts';
import { MODULE_DIR, binariesDir } from './paths.ts';
import type { Log } from './progress.ts';
import { elapsed, ticking } from './progress.ts';
import { dockerAnswers, hasGo, NO_WAY } from './toolchain.ts';

const KUBERNETES = 'v1.36.1';

const PACKAGES = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  kwok: 'sigs.k8s.io/kwok/cmd/kwok',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  kind: 'sigs.k8s.io/kind',
} as const;

export type Binary = keyof typeof PACKAGES;

const LONGEST_BUILD_MS = 45 * 60_000;
const GO_IMAGE = 'golang:1.26';

function buildFlags(): string[] {
  const [major, minor] = KUBERNETES.slice(1).split('.');
  const version = 'k8s.io/component-base/version';
  const values = { gitVersion: KUBERNETES, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const stamps = Object.entries(values).map(([name, value]) => `-X ${version}.${name}=${value}`);
  return ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', ['-s -w', ...stamps].join(' ')];
}

/** Where the binaries of the present pins are, built or not. */
export function binariesHome(): string {
  return binariesDir(buildFlags().join(' '));
}

type Build = (target: string, binary: Binary, onStderr: (text: string) => void) => Promise<unknown>;

const buildWithGo: Build = (target, binary, onStderr) =>
  must('go', ['build', '-v', ...buildFlags(), '-o', target, PACKAGES[binary]], {
    cwd: MODULE_DIR,
    env: { CGO_ENABLED: '0', GOWORK: 'off' },
    timeoutMs: LONGEST_BUILD_MS,
    onStderr,
  });

/** For machines with Docker and no Go; Go's own caches stay beside the binaries. */
const buildWithDocker: Build = (target, binary, onStderr) => {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const env = { CGO_ENABLED: '0', GOWORK: 'off', GOOS: os, GOARCH: arch, HOME: '/out/.go', GOPATH: '/out/.go/path' };
  const user = process.getuid ? ['--user', `${process.getuid()}:${process.getgid?.() ?? 0}`] : [];
  const mounts = ['-v', `${MODULE_DIR}:/module:ro`, '-v', `${binariesHome()}:/out`, '-w', '/module'];
  const build = ['go', 'build', '-v', ...buildFlags(), '-o', target.replace(binariesHome(), '/out'), PACKAGES[binary]];
  const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const args = ['run', '--rm', ...user, ...variables, ...mounts, GO_IMAGE, ...build];
  return must('docker', args, { timeoutMs: LONGEST_BUILD_MS, onStderr });
};

async function chooseBuild(): Promise<Build> {
  if (await hasGo()) return buildWithGo;
  if (await dockerAnswers()) return buildWithDocker;
  throw new Error(NO_WAY);
}

async function buildOne(build: Build, binary: Binary, position: string, log: Log): Promise<void> {
  const target = join(binariesHome(), binary);
  const temporary = `${target}.${process.pid}.tmp`;
  const start = Date.now();
  let packages = 0;
  let downloads = 0;
  const count = (text: string): void => {
    const lines = text.split('\n').filter((line) => line !== '');
    const fetched = lines.filter((line) => line.startsWith('go: ')).length;
    downloads += fetched;
    packages += lines.length - fetched;
  };
  const line = (): string => {
    const work = packages > 0 || downloads === 0 ? `${packages} packages compiled` : `${downloads} modules downloaded`;
    return `building ${binary} (${position}): ${work}, ${elapsed(start)}`;
  };
  try {
    await ticking(log, line, build(temporary, binary, count));
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
  log(`built ${binary} (${position}) in ${elapsed(start)}`);
}

/** What an interrupted build left; the caller holds the lock, so nobody is writing it. */
function removeLeftovers(): void {
  const left = readdirSync(binariesHome()).filter((file) => file.endsWith('.tmp'));
  for (const file of left) rmSync(join(binariesHome(), file), { force: true });
}

async function buildAll(wanted: readonly Binary[], log: Log): Promise<void> {
  removeLeftovers();
  const missing = wanted.filter((binary) => !existsSync(join(binariesHome(), binary)));
  if (missing.length === 0) return;
  const build = await chooseBuild();
  const total = missing.length;
  log(`building ${missing.join(', ')} from pinned sources; five minutes in all the first time, kept afterwards`);
  for (const [index, binary] of missing.entries()) await buildOne(build, binary, `${index + 1} of ${total}`, log);
}

/** Makes sure that these binaries are there, and returns their folder. */
export async function ensureBinaries(wanted: readonly Binary[], log: Log): Promise<string> {
  const home = binariesHome();
  if (wanted.every((binary) => existsSync(join(home, binary)))) return home;
  mkdirSync(home, { recursive: true });
  const onWait: OnWait = (pid, seconds) =>
    log(`waiting for the build that process ${pid} has under way, ${seconds} s`, seconds > 0);
  await withLock(join(home, '.lock'), onWait, () => buildAll(wanted, log));
  return home;
}
