// The local cluster for tests, the demo and the command line: bring it up, take it down, look at it. Callers get a
// kubeconfig and do not see whether kind or plain processes are behind it.
import { downKind, statusKind, upKind } from './kind.ts';
import type { OnWait } from './lock.ts';
import { withLock } from './lock.ts';
import type { Layout } from './paths.ts';
import { layout as layoutOf } from './paths.ts';
import { downPlain, statusPlain, statusStrays, upPlain } from './plain.ts';
import type { Log } from './progress.ts';
import type { ClusterRecord } from './state.ts';
import { readRecord } from './state.ts';
import type { ClusterStatus } from './status.ts';
import type { Provider } from './toolchain.ts';
import { askedProvider, dockerAnswers } from './toolchain.ts';

export { kubectlPath } from './kubectl.ts';

/** The name of the cluster that commands mean when none is given. */
export const DEFAULT_NAME = 'sluice';

export interface UpOptions {
  /** Several clusters run side by side under different names. */
  name?: string;
  /** The first of six consecutive ports; free ones are chosen if left out. */
  portBase?: number;
  /** kind, processes or auto; SLUICE_CLUSTER says the same. */
  provider?: string;
  log?: Log;
}

/** A cluster that is up. */
export interface Cluster {
  name: string;
  kubeconfig: string;
  /** One JSON object a line for each write to the API server. */
  auditLog: string;
  /** Where the API server reaches a server on this machine: the host in a webhook's `clientConfig.url`. */
  webhookHost: string;
  provider: Provider;
  /** Takes the cluster down, whoever brought it up. */
  stop(): Promise<void>;
}

const silent: Log = () => undefined;

function locked<T>(layout: Layout, log: Log, work: () => Promise<T>): Promise<T> {
  const onWait: OnWait = (pid, seconds) =>
    log(`waiting for process ${pid}, which works on cluster ${layout.name}, ${seconds} s`, seconds > 0);
  return withLock(layout.lock, onWait, work);
}

/** An existing cluster keeps its provider unless another is asked for by name. */
async function chooseProvider(record: ClusterRecord | undefined, option?: string): Promise<Provider> {
  const asked = askedProvider(option) ?? record?.provider;
  if (asked === 'processes') return asked;
  const docker = await dockerAnswers();
  if (asked === 'kind' && !docker) {
    throw new Error(
      'the cluster is to be made by kind, but Docker does not answer: start it, or use --provider processes',
    );
  }
  return docker ? 'kind' : 'processes';
}

async function takeDown(layout: Layout, log: Log): Promise<void> {
  if (readRecord(layout)?.provider === 'kind') await downKind(layout, log);
  else await downPlain(layout);
}

function describe(layout: Layout, record: ClusterRecord): Cluster {
  return {
    name: layout.name,
    kubeconfig: layout.kubeconfig,
    auditLog: layout.auditLog,
    webhookHost: record.webhookHost,
    provider: record.provider,
    stop: () => down(layout.name),
  };
}

/** Brings a cluster up, or returns at once if it is up and healthy; repairs or replaces one that is not. */
export function up(options: UpOptions = {}): Promise<Cluster> {
  const { portBase, log = silent } = options;
  const layout = layoutOf(options.name ?? DEFAULT_NAME);
  return locked(layout, log, async () => {
    const before = readRecord(layout);
    const provider = await chooseProvider(before, options.provider);
    if (before && before.provider !== provider) await takeDown(layout, log);
    await (provider === 'kind' ? upKind(layout, log, portBase) : upPlain(layout, log, portBase));
    const record = readRecord(layout);
    if (!record) throw new Error(`cluster ${layout.name} was taken down while it came up`);
    return describe(layout, record);
  });
}

/** Takes a cluster down and removes its files; does nothing if there is none. */
export async function down(name: string = DEFAULT_NAME, log: Log = silent): Promise<void> {
  const layout = layoutOf(name);
  await locked(layout, log, () => takeDown(layout, log));
}

/** What runs of a cluster, and whether it can be used. */
export async function status(name: string = DEFAULT_NAME): Promise<ClusterStatus> {
  const layout = layoutOf(name);
  const record = readRecord(layout);
  if (!record) return { name, healthy: false, rows: statusStrays(layout) };
  const plain = record.provider === 'processes' && record.ports;
  const rows = plain ? await statusPlain(layout, plain) : await statusKind(layout);
  const { provider } = record;
  return { name, provider, kubeconfig: layout.kubeconfig, healthy: rows.every((row) => row.ready), rows };
}
