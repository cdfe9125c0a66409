// What is remembered of a cluster between commands: how it was made, its ports, and the processes by pid.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { find, isAlive, isIdentity, type Identity } from './identity.ts';
import type { Layout } from './paths.ts';
import type { Ports } from './ports.ts';
import type { Provider } from './toolchain.ts';

/** The record of a cluster; the fingerprint changes with anything that would make it another cluster. */
export interface ClusterRecord {
  provider: Provider;
  fingerprint: string;
  /** Where the API server reaches a server of this machine. */
  webhookHost: string;
  ports?: Ports;
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

function writeJson(file: string, value: unknown): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(value, null, 2));
  renameSync(temporary, file);
}

/** The record of the cluster, if there is one. */
export function readRecord(layout: Layout): ClusterRecord | undefined {
  return readJson<ClusterRecord>(layout.record);
}

/** Starts an empty folder for a cluster. */
export function startRecord(layout: Layout, record: ClusterRecord): void {
  rmSync(layout.dir, { recursive: true, force: true });
  mkdirSync(layout.dir, { recursive: true, mode: 0o700 });
  for (const dir of [layout.pids, layout.logs, join(layout.auditLog, '..')]) mkdirSync(dir, { recursive: true });
  writeJson(layout.record, record);
}

/** Notes where the API server reaches this machine, once that is known. */
export function rememberHost(layout: Layout, webhookHost: string): void {
  const record = readRecord(layout);
  if (record) writeJson(layout.record, { ...record, webhookHost });
}

/** Forgets the cluster and everything it wrote. */
export function forget(layout: Layout): void {
  rmSync(layout.dir, { recursive: true, force: true });
}

/** Remembers a started process. */
export function writePid(layout: Layout, component: string, identity: Identity): void {
  writeJson(join(layout.pids, `${component}.json`), identity);
}

/** What the record of a component says, if it can be used at all. */
export function readPid(layout: Layout, component: string): Identity | undefined {
  const record = readJson<unknown>(join(layout.pids, `${component}.json`));
  return isIdentity(record) ? record : undefined;
}

/** The recorded process of a component, if it still runs. */
function recorded(layout: Layout, component: string): Identity | undefined {
  const identity = readPid(layout, component);
  return identity && isAlive(identity) ? identity : undefined;
}

/** Processes of a component that no usable record names: their arguments name files of the cluster. */
export function strays(layout: Layout, component: string): Identity[] {
  const known = recorded(layout, component)?.pid;
  const ofCluster = (argv: readonly string[]): boolean =>
    basename(argv[0] ?? '') === component && argv.some((word) => word.includes(layout.dir + sep));
  return find(ofCluster).filter(({ pid }) => pid !== known);
}

/** The process of a component that runs: the recorded one, else one that its arguments give away. */
export function livePid(layout: Layout, component: string): Identity | undefined {
  return recorded(layout, component) ?? strays(layout, component)[0];
}

/** Every process of a component that runs, recorded or not. */
export function allPids(layout: Layout, component: string): Identity[] {
  const known = recorded(layout, component);
  return [...(known ? [known] : []), ...strays(layout, component)];
}
