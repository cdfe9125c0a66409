// The five processes of a plain-process cluster: which binary, which arguments, and where each says that it is healthy.
import { join } from 'node:path';
import type { PkiFiles } from './certificates.ts';
import { pkiFiles } from './certificates.ts';
import type { ConfigFiles } from './configs.ts';
import { CLIENT_RATE, configFiles } from './configs.ts';
import type { Layout } from './paths.ts';
import type { Ports } from './ports.ts';

/** One process. */
export interface Component {
  name: 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kwok';
  port: number;
  health: string;
  args: string[];
}

interface Context {
  layout: Layout;
  ports: Ports;
  pki: PkiFiles;
  config: ConfigFiles;
}

/** One range for Services, one for Pods; neither is ever routed. */
const SERVICE_RANGE = '10.96.0.0/16';
const POD_RANGE = '10.244.0.1/16';

function etcd({ layout, ports }: Context): Component {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  const args = [
    '--name=local',
    `--data-dir=${layout.data}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=local=${peer}`,
    '--unsafe-no-fsync',
    '--quota-backend-bytes=4294967296',
    '--log-level=warn',
  ];
  return { name: 'etcd', port: ports.etcd, health: `${client}/readyz`, args };
}

function serving({ pki }: Context, port: number): string[] {
  return [
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${pki.serving}`,
    `--tls-private-key-file=${pki.servingKey}`,
  ];
}

function apiserver(context: Context): Component {
  const { layout, ports, pki, config } = context;
  const args = [
    ...serving(context, ports.apiserver),
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    `--client-ca-file=${pki.ca}`,
    '--authorization-mode=Node,RBAC',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki.serviceAccounts}`,
    `--service-account-signing-key-file=${pki.serviceAccountsKey}`,
    `--audit-policy-file=${config.auditPolicy}`,
    `--audit-log-path=${layout.auditLog}`,
    '--allow-privileged=true',
    '--max-requests-inflight=2000',
    '--max-mutating-requests-inflight=1000',
    '--profiling=false',
  ];
  const { apiserver: port } = ports;
  return { name: 'kube-apiserver', port, health: `https://127.0.0.1:${port}/readyz`, args };
}

function controllerManager(context: Context): Component {
  const { ports, pki, config } = context;
  const args = [
    ...serving(context, ports.controllerManager),
    `--kubeconfig=${config.controllerManager}`,
    `--service-account-private-key-file=${pki.serviceAccountsKey}`,
    `--root-ca-file=${pki.ca}`,
    `--cluster-signing-cert-file=${pki.ca}`,
    `--cluster-signing-key-file=${pki.caKey}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    `--kube-api-qps=${CLIENT_RATE.qps}`,
    `--kube-api-burst=${CLIENT_RATE.burst}`,
    '--profiling=false',
  ];
  const { controllerManager: port } = ports;
  return { name: 'kube-controller-manager', port, health: `https://127.0.0.1:${port}/healthz`, args };
}

function scheduler(context: Context): Component {
  const { scheduler: port } = context.ports;
  const args = [...serving(context, port), `--config=${context.config.schedulerConfig}`];
  return { name: 'kube-scheduler', port, health: `https://127.0.0.1:${port}/readyz`, args };
}

function kwok({ ports, config }: Context): Component {
  const args = [
    `--kubeconfig=${config.kwok}`,
    `--config=${config.kwokConfig}`,
    '--manage-all-nodes=true',
    `--cidr=${POD_RANGE}`,
    '--node-ip=127.0.0.1',
    '--node-lease-duration-seconds=40',
    `--server-address=127.0.0.1:${ports.kwok}`,
  ];
  return { name: 'kwok', port: ports.kwok, health: `http://127.0.0.1:${ports.kwok}/healthz`, args };
}

/** All processes, in the order in which they depend on each other. */
export function components(layout: Layout, ports: Ports): Component[] {
  const context = { layout, ports, pki: pkiFiles(layout.pki), config: configFiles(layout.config) };
  return [etcd(context), apiserver(context), controllerManager(context), scheduler(context), kwok(context)];
}

/** The file a process writes its output to. */
export function logFile(layout: Layout, name: string): string {
  return join(layout.logs, `${name}.log`);
}
