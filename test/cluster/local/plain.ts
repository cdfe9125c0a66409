// The plain-process cluster: makes it, repairs it where some of its processes died, tells its state, takes it down.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { call } from './api.ts';
import { ensureBinaries } from './binaries.ts';
import { writePki } from './certificates.ts';
import type { Component } from './components.ts';
import { components, logFile } from './components.ts';
import { plainFiles, writeConfigs } from './configs.ts';
import { readAccess } from './kubeconfig.ts';
import { compare } from './identity.ts';
import { createKwokGuard } from './kwok-guard.ts';
import { createNodes, nodesStatus, usable } from './nodes.ts';
import type { Layout } from './paths.ts';
import type { Ports } from './ports.ts';
import { choosePorts } from './ports.ts';
import { launch, stop, type Launched } from './processes.ts';
import type { Log } from './progress.ts';
import { elapsed } from './progress.ts';
import type { ClusterRecord } from './state.ts';
import { allPids, forget, livePid, readPid, readRecord, startRecord, strays, writePid } from './state.ts';
import type { ProcessStatus } from './status.ts';
import { Hopeless, waitFor } from './wait.ts';

const BINARIES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'] as const;
const START_DEADLINE_MS = 120_000;
const REPAIR_DEADLINE_MS = 60_000;

/** Everything the start of a cluster needs to know. */
interface Run {
  layout: Layout;
  binaries: string;
  deadlineMs: number;
  log: Log;
}

function fingerprint(layout: Layout, ports: Ports, binaries: string): string {
  const hash = createHash('sha256').update(binaries);
  hash.update(JSON.stringify(components(layout, ports).map(({ name, args }) => [name, args])));
  hash.update(JSON.stringify([...plainFiles(layout.config)]));
  return hash.digest('hex');
}

function tail(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').slice(-12).join('\n') : '';
}

async function healthy(component: Component, layout: Layout): Promise<boolean> {
  const tls = component.health.startsWith('https:') ? readAccess(layout.kubeconfig) : {};
  return (await call(component.health, tls)).status === 200;
}

/** Why a component counts as ended: everything that was seen of it, because the log may hold nothing. */
function report(name: string, layout: Layout, started: Launched | undefined): string {
  const ending = started ? (started.ending() ?? 'its end was not seen') : 'started by an earlier command';
  const file = logFile(layout, name);
  return `${name} ended (${ending}; ${compare(readPid(layout, name))}); the end of ${file}:\n${tail(file)}`;
}

/** Starts a component that does not run; a process that runs without a usable record is recorded. */
async function ensureStarted(name: Component['name'], args: string[], run: Run): Promise<Launched | undefined> {
  const { layout, binaries } = run;
  const running = livePid(layout, name);
  if (running) {
    writePid(layout, name, running);
    return undefined;
  }
  const started = await launch(join(binaries, name), args, logFile(layout, name));
  writePid(layout, name, started.identity);
  return started;
}

async function ensureProcess(component: Component, run: Run): Promise<void> {
  const { layout, deadlineMs, log } = run;
  const { name, port, args } = component;
  const started = await ensureStarted(name, args, run);
  if (started) log(`started ${name} on 127.0.0.1:${port}`);
  await waitFor(`${name} on port ${port} (log: ${logFile(layout, name)})`, deadlineMs, async () => {
    if (!livePid(layout, name)) throw new Hopeless(report(name, layout, started));
    return (await healthy(component, layout)) ? true : undefined;
  });
}

/** Starts what does not run, and returns when Pods can be created. Runs through quickly on a healthy cluster. */
async function ensureRunning(run: Run, ports: Ports): Promise<void> {
  const [etcd, apiserver, ...rest] = components(run.layout, ports);
  if (!etcd || !apiserver) throw new Error('unreachable: the list of components is fixed');
  await ensureProcess(etcd, run);
  await ensureProcess(apiserver, run);
  const access = readAccess(run.layout.kubeconfig);
  const setUp = async (): Promise<true> => (await createKwokGuard(access), await createNodes(access), true);
  const nodes = waitFor('creating the nodes', run.deadlineMs, setUp);
  const results = await Promise.allSettled([nodes, ...rest.map((component) => ensureProcess(component, run))]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  await waitFor('ready nodes', run.deadlineMs, () => usable(access));
}

async function createNew(run: Run, ports: Ports): Promise<void> {
  const { layout, binaries } = run;
  const mark = fingerprint(layout, ports, binaries);
  startRecord(layout, { provider: 'processes', fingerprint: mark, webhookHost: '127.0.0.1', ports });
  const ca = await writePki(layout.pki);
  const admin = {
    file: layout.kubeconfig,
    context: `sluice-${layout.name}`,
    url: `https://127.0.0.1:${ports.apiserver}`,
  };
  await writeConfigs(layout.config, plainFiles(layout.config), admin, ca);
  await ensureRunning(run, ports);
}

/** True if the recorded cluster is the one asked for and runs, perhaps after a repair. */
async function reuse(run: Run, record: ClusterRecord | undefined, portBase?: number): Promise<boolean> {
  const ports = record?.ports;
  if (!ports) return false;
  if (portBase !== undefined && ports.apiserver !== portBase) return false;
  if (record.fingerprint !== fingerprint(run.layout, ports, run.binaries)) {
    run.log(`cluster ${run.layout.name} was made by another version of this tool: making it anew`);
    return false;
  }
  try {
    await ensureRunning({ ...run, deadlineMs: REPAIR_DEADLINE_MS }, ports);
    return true;
  } catch (error) {
    run.log(`cluster ${run.layout.name} cannot be repaired, making it anew: ${String(error)}`);
    return false;
  }
}

/** Brings the cluster up, whatever state it is in. */
export async function upPlain(layout: Layout, log: Log, portBase?: number): Promise<void> {
  const binaries = await ensureBinaries(BINARIES, log);
  const run: Run = { layout, binaries, deadlineMs: START_DEADLINE_MS, log };
  const start = Date.now();
  if (await reuse(run, readRecord(layout), portBase)) {
    log(`cluster ${layout.name} is running`);
    return;
  }
  await downPlain(layout);
  await createNew(run, await choosePorts(layout.name, portBase));
  log(`cluster ${layout.name} is ready after ${elapsed(start)}`);
}

/** Stops every process of the cluster, recorded or not, and removes its files. */
export async function downPlain(layout: Layout): Promise<void> {
  const running = BINARIES.map((name) => ({ name, identities: allPids(layout, name) }));
  const stopAll = (store: boolean): Promise<unknown> => {
    const chosen = running.filter(({ name }) => (name === 'etcd') === store);
    return Promise.all(chosen.flatMap(({ identities }) => identities.map((identity) => stop(identity))));
  };
  await stopAll(false);
  await stopAll(true);
  forget(layout);
}

/** The processes of a component that no usable record names, for a person. */
function remarkOn(layout: Layout, name: string): string | undefined {
  const pids = strays(layout, name).map(({ pid }) => pid);
  return pids.length === 0 ? undefined : `no usable record of pid ${pids.join(', ')}; \`down\` ends it`;
}

/** The state of each process, and of the nodes. */
export async function statusPlain(layout: Layout, ports: Ports): Promise<ProcessStatus[]> {
  const rows = components(layout, ports).map(async (component): Promise<ProcessStatus> => {
    const pid = livePid(layout, component.name)?.pid;
    const ready = pid !== undefined && (await healthy(component, layout).catch(() => false));
    return { name: component.name, pid, port: component.port, ready, remark: remarkOn(layout, component.name) };
  });
  return [...(await Promise.all(rows)), await nodesStatus(layout)];
}

/** Processes of a cluster whose own record cannot be read: they cannot be asked, but they are not hidden either. */
export function statusStrays(layout: Layout): ProcessStatus[] {
  return BINARIES.flatMap((name) => {
    const remark = remarkOn(layout, name);
    return remark ? [{ name, pid: strays(layout, name)[0]?.pid, ready: false, remark }] : [];
  });
}
