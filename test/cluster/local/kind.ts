// The cluster in Docker: kind makes the control plane, KWOK plays the same three nodes as in a plain-process cluster.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { call, create } from './api.ts';
import { ensureBinaries } from './binaries.ts';
import { must, run } from './command.ts';
import { auditPolicy } from './configs.ts';
import { kindConfig, kwokObjects, TAINT_PATCH } from './kind-config.ts';
import { readAccess } from './kubeconfig.ts';
import { createKwokGuard } from './kwok-guard.ts';
import { createNodes, nodesStatus, usable } from './nodes.ts';
import type { Layout } from './paths.ts';
import type { Log } from './progress.ts';
import { elapsed, ticking } from './progress.ts';
import { forget, readRecord, rememberHost, startRecord } from './state.ts';
import type { ProcessStatus } from './status.ts';
import { waitFor } from './wait.ts';

const CREATE_MS = 10 * 60_000;
const OLDEST_KIND_MINOR = 32;
const READY_MS = 180_000;

/** kind's clusters share one space of names with those the user made: ours are all called sluice or sluice-NAME. */
export function kindName(name: string): string {
  return name === 'sluice' ? name : `sluice-${name}`;
}

function kindFiles(layout: Layout): { auditDir: string; policy: string } {
  return { auditDir: dirname(layout.auditLog), policy: join(layout.config, 'audit-policy.yaml') };
}

function fingerprint(layout: Layout, port?: number): string {
  const parts = [kindConfig(kindFiles(layout), port), auditPolicy(), JSON.stringify(kwokObjects())];
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}

/** True for a kind that knows the pinned node image and kubeadm's present configuration format. */
export function isRecentKind(version: string): boolean {
  const [, major, minor] = /^kind v(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 0 || Number(minor) >= OLDEST_KIND_MINOR;
}

async function kindCommand(log: Log): Promise<string> {
  const { stdout } = await run('kind', ['version'], { timeoutMs: 20_000 });
  if (isRecentKind(stdout)) return 'kind';
  return join(await ensureBinaries(['kind'], log), 'kind');
}

/** The host's address as seen from kind's containers. */
async function hostFromContainers(): Promise<string> {
  if (process.platform !== 'linux') return 'host.docker.internal';
  const text = await must('docker', ['network', 'inspect', 'kind'], { timeoutMs: 20_000 });
  const [network] = JSON.parse(text) as { IPAM: { Config: { Gateway?: string }[] } }[];
  const gateways = network?.IPAM.Config.map((config) => config.Gateway ?? '') ?? [];
  const address = gateways.find((gateway) => gateway.includes('.'));
  if (!address) throw new Error('the Docker network "kind" has no IPv4 gateway');
  return address;
}

async function exists(kind: string, name: string): Promise<boolean> {
  const names = await must(kind, ['get', 'clusters'], { timeoutMs: 60_000 });
  return names.split('\n').includes(kindName(name));
}

async function reuse(kind: string, layout: Layout, log: Log, port?: number): Promise<boolean> {
  const record = readRecord(layout);
  if (record?.provider !== 'kind' || !(await exists(kind, layout.name))) return false;
  if (record.fingerprint !== fingerprint(layout, port)) return false;
  try {
    await must('docker', ['start', `${kindName(layout.name)}-control-plane`], { timeoutMs: 60_000 });
    await waitFor('ready nodes', 60_000, () => usable(readAccess(layout.kubeconfig)));
    return true;
  } catch (error) {
    log(`cluster ${layout.name} does not answer, making it anew: ${String(error)}`);
    return false;
  }
}

async function createContainers(kind: string, layout: Layout, log: Log, port?: number): Promise<void> {
  const files = kindFiles(layout);
  const config = join(layout.config, 'kind.yaml');
  mkdirSync(layout.config, { recursive: true });
  writeFileSync(files.policy, auditPolicy());
  writeFileSync(layout.auditLog, '');
  writeFileSync(config, kindConfig(files, port));
  const start = Date.now();
  const args = ['create', 'cluster', '--name', kindName(layout.name), '--config', config];
  args.push('--kubeconfig', layout.kubeconfig, '--wait', '120s');
  const line = (): string => `kind creates the control plane (the first time it downloads an image), ${elapsed(start)}`;
  await ticking(log, line, must(kind, args, { timeoutMs: CREATE_MS }));
}

async function taintControlPlane(layout: Layout): Promise<void> {
  const access = readAccess(layout.kubeconfig);
  const path = `/api/v1/nodes/${kindName(layout.name)}-control-plane`;
  const answer = await call(access.url + path, access, 'PATCH', TAINT_PATCH);
  if (answer.status !== 200) throw new Error(`PATCH ${path}: ${answer.status} ${answer.text.slice(0, 300)}`);
}

/** Brings the cluster up, whatever state it is in. */
export async function upKind(layout: Layout, log: Log, port?: number): Promise<void> {
  const kind = await kindCommand(log);
  const start = Date.now();
  if (await reuse(kind, layout, log, port)) {
    log(`cluster ${layout.name} is running`);
    return;
  }
  await must(kind, ['delete', 'cluster', '--name', kindName(layout.name)], { timeoutMs: 120_000 });
  startRecord(layout, { provider: 'kind', fingerprint: fingerprint(layout, port), webhookHost: '127.0.0.1' });
  await createContainers(kind, layout, log, port);
  const access = readAccess(layout.kubeconfig);
  for (const [path, object] of kwokObjects()) await create(access, path, object);
  await createKwokGuard(access);
  await createNodes(access);
  await taintControlPlane(layout);
  await waitFor('ready nodes', READY_MS, () => usable(access));
  rememberHost(layout, await hostFromContainers());
  log(`cluster ${layout.name} is ready after ${elapsed(start)}`);
}

/** Deletes the containers and removes the cluster's files. */
export async function downKind(layout: Layout, log: Log): Promise<void> {
  const kind = await kindCommand(log);
  await must(kind, ['delete', 'cluster', '--name', kindName(layout.name)], { timeoutMs: 120_000 });
  forget(layout);
}

/** The state of the control plane's container, and of the nodes. */
export async function statusKind(layout: Layout): Promise<ProcessStatus[]> {
  const container = `${kindName(layout.name)}-control-plane`;
  const args = ['inspect', '--format', '{{.State.Running}} {{.State.Pid}}', container];
  const { stdout } = await run('docker', args, { timeoutMs: 20_000 });
  const [running, pid] = stdout.trim().split(' ');
  const row = { name: container, pid: Number(pid) || undefined, ready: running === 'true' };
  return [row, await nodesStatus(layout)];
}
