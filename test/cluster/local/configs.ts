// The configuration files of a plain-process cluster besides keys: kubeconfigs of its own clients, the scheduler's
// configuration, the audit policy, KWOK's stages.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Pem } from './certificates.ts';
import { issueClient } from './certificates.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { kwokConfig } from './stages.ts';

/** Far above what a laptop reaches: the cluster's own controllers must not be what a test waits for. */
export const CLIENT_RATE = { qps: 1000, burst: 2000 } as const;

/** The files that the processes' arguments name. */
export interface ConfigFiles {
  controllerManager: string;
  scheduler: string;
  kwok: string;
  schedulerConfig: string;
  auditPolicy: string;
  kwokConfig: string;
}

/** The paths of the configuration files in a folder. */
export function configFiles(dir: string): ConfigFiles {
  return {
    controllerManager: join(dir, 'controller-manager.kubeconfig'),
    scheduler: join(dir, 'scheduler.kubeconfig'),
    kwok: join(dir, 'kwok.kubeconfig'),
    schedulerConfig: join(dir, 'scheduler.yaml'),
    auditPolicy: join(dir, 'audit-policy.yaml'),
    kwokConfig: join(dir, 'kwok.yaml'),
  };
}

/** Records who wrote what, never the content; leaves out the nodes' heartbeats, which say nothing about a release. */
export function auditPolicy(): string {
  const heartbeats = [{ group: 'coordination.k8s.io', resources: ['leases'] }];
  return stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [
      { level: 'None', namespaces: ['kube-node-lease'], resources: heartbeats },
      { level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
      { level: 'None' },
    ],
  });
}

function schedulerConfig(kubeconfig: string): string {
  return stringify({
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    clientConnection: { kubeconfig, ...CLIENT_RATE },
    leaderElection: { leaderElect: false },
    podInitialBackoffSeconds: 1,
    podMaxBackoffSeconds: 2,
  });
}

/** Those files whose content follows from code alone; changing one of them makes a cluster another cluster. */
export function plainFiles(dir: string): Map<string, string> {
  const files = configFiles(dir);
  return new Map([
    [files.schedulerConfig, schedulerConfig(files.scheduler)],
    [files.auditPolicy, auditPolicy()],
    [files.kwokConfig, kwokConfig()],
  ]);
}

/** Writes all files; `admin` is where the user's own kubeconfig goes. */
export async function writeConfigs(dir: string, plain: Map<string, string>, admin: AdminFile, ca: Pem): Promise<void> {
  const files = configFiles(dir);
  mkdirSync(dir, { recursive: true });
  for (const [file, text] of plain) writeFileSync(file, text);
  const clients = [
    { file: files.controllerManager, user: 'system:kube-controller-manager' },
    { file: files.scheduler, user: 'system:kube-scheduler' },
    { file: files.kwok, user: 'kwok', group: 'system:masters' },
    { file: admin.file, user: 'kubernetes-admin', group: 'system:masters' },
  ];
  const write = async ({ file, ...subject }: (typeof clients)[number]): Promise<void> =>
    writeKubeconfig(file, admin.context, admin.url, ca.cert, await issueClient(ca, subject));
  await Promise.all(clients.map(write));
}

/** Where and under which name the user's kubeconfig is written, and the API server's address. */
export interface AdminFile {
  file: string;
  context: string;
  url: string;
}
