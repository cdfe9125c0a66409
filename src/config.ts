// Flags and environment -> one frozen Config; the only reader of the environment beside credentials. Accepts everything that OpenKruise's
// manager accepts, with the same names, so that Sluice can be started in its place.

import {
  DEFAULT_HEALTH_PORT,
  DEFAULT_HTTP_METRICS_PORT,
  DEFAULT_NAMESPACE,
  DEFAULT_PARTITION_PERCENT_LIMIT,
  ENV,
  FEATURE_GATES,
  leftOutNamespaces,
  WEBHOOK_PORT,
  WEBHOOK_SECRET_NAME,
  WEBHOOK_SERVICE_NAME,
} from './api/names.ts';
import type { FeatureGate, Gates } from './api/names.ts';
import { ConfigError, Flags, bad } from './flags.ts';
import { WORKER_SETTINGS } from './pipes/index.ts';

export { ConfigError } from './flags.ts';

export type Role = 'admission' | 'controller';
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface Config {
  readonly namespace: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly roles: readonly Role[];
  readonly webhook: {
    readonly port: number;
    /** Where it listens; all addresses inside a cluster. */
    readonly bindAddress: string;
    /** `https://host:port` in URL mode. */
    readonly url: string | undefined;
    /** Name or address that the certificate must bear too. */
    readonly host: string | undefined;
    readonly certDir: string | undefined;
    readonly secretName: string;
    readonly serviceName: string;
    readonly minTlsVersion: 'TLSv1.2' | 'TLSv1.3';
  };
  /** Milliseconds. */
  readonly lease: {
    readonly elect: boolean;
    readonly durationMs: number;
    readonly renewMs: number;
    readonly retryMs: number;
  };
  /** `host:port`; undefined = off. */
  readonly metricsAddress: string | undefined;
  readonly healthAddress: string | undefined;
  readonly featureGates: Gates;
  readonly rules: {
    readonly partitionPercentLimit: number;
    readonly filterWorkloadType: boolean;
    readonly leftOut: readonly string[];
  };
  /** How long requests are still answered after SIGTERM. */
  readonly drainMs: number;
  /** How many keys at once, by the setting that a pipe names. */
  readonly workers: Readonly<Record<string, number>>;
  readonly logLevel: LogLevel;
}

const ROLES = ['admission', 'controller'] as const;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
/** OpenKruise's last controller has no pipe here; its flag is taken. */
const WORKERS: Readonly<Record<string, number>> = { ...WORKER_SETTINGS, nativeDaemonSet: 3 };
const workerFlag = (setting: string): string => `${setting.toLowerCase()}-workers`;

/** OpenKruise's logger takes these; of them only the verbosity means something here. */
const LOGGER_FLAGS = {
  booleans: ['logtostderr', 'alsologtostderr', 'add_dir_header', 'skip_headers', 'skip_log_headers', 'one_output'],
  others: ['v', 'vmodule', 'stderrthreshold', 'log_dir', 'log_file', 'log_file_max_size', 'log_backtrace_at'],
};
/** OpenKruise forgets after it a grace that it keeps in memory. Ours stand in the objects, so it is taken and means nothing. */
const GRACE_TIMEOUT_FLAG = 'grace-timeout';
const NAMES = {
  booleans: ['leader-elect', 'filter-workload-type', ...LOGGER_FLAGS.booleans],
  others: [
    ...['namespace', 'kubeconfig', 'context', 'roles', 'webhook-url', 'bind-address', 'tls-min-version', 'log-level'],
    ...['lease-duration', 'renew-deadline', 'retry-period', 'drain-timeout', 'partition-percent-limit'],
    ...['metrics-bind-address', 'health-probe-bind-address', 'feature-gates'],
    ...Object.keys(WORKERS).map(workerFlag),
    ...LOGGER_FLAGS.others,
    GRACE_TIMEOUT_FLAG,
  ],
};

/** @throws ConfigError */
export function parseConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Config {
  const flags = new Flags(argv, NAMES);
  return deepFreeze({
    namespace: namespaceOf(flags, env),
    kubeconfig: flags.text('kubeconfig') || undefined,
    context: flags.text('context') || undefined,
    roles: rolesOf(flags),
    webhook: webhookOf(flags, env),
    lease: leaseOf(flags),
    metricsAddress: flags.address('metrics-bind-address', `:${DEFAULT_HTTP_METRICS_PORT}`),
    healthAddress: flags.address('health-probe-bind-address', `:${DEFAULT_HEALTH_PORT}`),
    featureGates: featureGatesOf(flags),
    rules: {
      partitionPercentLimit: flags.whole('partition-percent-limit', DEFAULT_PARTITION_PERCENT_LIMIT, 0, 100),
      filterWorkloadType: flags.boolean('filter-workload-type', true),
      leftOut: leftOutNamespaces(namespaceOf(flags, env)),
    },
    drainMs: flags.duration('drain-timeout', 10_000),
    workers: Object.fromEntries(
      Object.entries(WORKERS).map(([setting, usual]) => [setting, flags.whole(workerFlag(setting), usual, 1, 100)]),
    ),
    logLevel: logLevelOf(flags),
  });
}

/** A name of Kubernetes: what else would end in a path of the API or a name in a certificate. */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

function namespaceOf(flags: Flags, env: NodeJS.ProcessEnv): string {
  const [name, text] = flags.has('namespace')
    ? ['--namespace', flags.text('namespace') ?? '']
    : [ENV.namespace, env[ENV.namespace] || DEFAULT_NAMESPACE];
  if (LABEL.test(text)) return text;
  throw new ConfigError(`${name} is ${JSON.stringify(text)}; it must be the name of a namespace`);
}

function rolesOf(flags: Flags): Role[] {
  const text = flags.text('roles') ?? ROLES.join(',');
  const asked = text.split(',');
  const known = ROLES.filter((role) => asked.includes(role));
  if (known.length === asked.length) return known;
  throw bad('roles', text, 'admission, controller or admission,controller');
}

/** On in the manifests that OpenKruise ships, and off in its code: who comes from those manifests finds the same here. */
const DEFAULT_GATES: readonly FeatureGate[] = ['AdvancedDeployment'];

function featureGatesOf(flags: Flags): Record<FeatureGate, boolean> {
  const gates = Object.fromEntries(FEATURE_GATES.map((gate) => [gate, DEFAULT_GATES.includes(gate)])) as Record<
    FeatureGate,
    boolean
  >;
  for (const part of (flags.text('feature-gates') ?? '').split(',').filter((text) => text.trim() !== '')) {
    const [name = '', state = ''] = part.split('=').map((text) => text.trim());
    const known = FEATURE_GATES.find((gate) => gate === name);
    const accepted = `a list of Gate=true|false with gates of ${FEATURE_GATES.join(', ')}`;
    if (known === undefined || !/^(true|false)$/i.test(state)) throw bad('feature-gates', part, accepted);
    gates[known] = state.toLowerCase() === 'true';
  }
  return gates;
}

function portOf(text: string | undefined, fallback: number): number {
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value > 0 && value < 65_536) return value;
  throw new ConfigError(`${ENV.webhookPort} is ${JSON.stringify(text)}; it must be a port from 1 to 65535`);
}

/** In URL mode the API server calls us at an address; otherwise through the Service. */
function urlOf(flags: Flags, env: NodeJS.ProcessEnv): URL | undefined {
  const text = flags.text('webhook-url');
  if (text !== undefined) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const extra = url === undefined ? '' : url.pathname + url.search + url.hash + url.username;
    if (url?.protocol !== 'https:' || extra !== '/') throw bad('webhook-url', text, 'https://HOST:PORT');
    return url;
  }
  const host = env[ENV.webhookHost];
  if (host === undefined || host === '') return undefined;
  const fromHost = `https://${host}:${portOf(env[ENV.webhookPort], WEBHOOK_PORT)}`;
  if (!URL.canParse(fromHost)) {
    throw new ConfigError(`${ENV.webhookHost} is ${JSON.stringify(host)}; it must be a host name or an IP address`);
  }
  return new URL(fromHost);
}

const LOOPBACK = /^(127\.[0-9.]+|localhost|\[::1\])$/;

function webhookOf(flags: Flags, env: NodeJS.ProcessEnv): Config['webhook'] {
  const url = urlOf(flags, env);
  const everywhere = url !== undefined && LOOPBACK.test(url.hostname) ? '127.0.0.1' : '::';
  return {
    port: portOf(env[ENV.webhookPort], url === undefined ? WEBHOOK_PORT : Number(url.port || 443)),
    bindAddress: flags.text('bind-address') ?? (url?.hostname === '[::1]' ? '::1' : everywhere),
    url: url?.origin,
    host: url?.hostname.replace(/^\[(.*)\]$/, '$1'),
    certDir: env[ENV.webhookCertDir] || undefined,
    secretName: env[ENV.secretName] || WEBHOOK_SECRET_NAME,
    serviceName: env[ENV.serviceName] || WEBHOOK_SERVICE_NAME,
    minTlsVersion: flags.choice('tls-min-version', 'TLSv1.3', ['TLSv1.2', 'TLSv1.3']),
  };
}

/** On unless switched off: two processes that both write would be worse than one more request every two seconds. */
function leaseOf(flags: Flags): Config['lease'] {
  const found = {
    elect: flags.boolean('leader-elect', true),
    durationMs: flags.duration('lease-duration', 15_000),
    renewMs: flags.duration('renew-deadline', 10_000),
    retryMs: flags.duration('retry-period', 2_000),
  };
  if (found.retryMs > 0 && found.retryMs < found.renewMs && found.renewMs < found.durationMs) return found;
  throw new ConfigError(
    `--retry-period (${found.retryMs} ms) must be longer than 0 and shorter than --renew-deadline (${found.renewMs} ms), ` +
      `and that shorter than --lease-duration (${found.durationMs} ms)`,
  );
}

/** `-v 4` and more is where Kubernetes programs begin to debug. */
function logLevelOf(flags: Flags): LogLevel {
  const verbose = flags.whole('v', 0, 0, 10) >= 4;
  return flags.choice('log-level', verbose ? 'debug' : 'info', LOG_LEVELS);
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner as object);
  return Object.freeze(value);
}
