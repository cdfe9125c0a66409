// Flags and environment -> one frozen Config; the only reader of the environment. Accepts everything that OpenKruise's
// manager accepts, with the same names and defaults, so that Sluice can be started in its place.

import {
  DEFAULT_NAMESPACE,
  DEFAULT_PARTITION_PERCENT_LIMIT,
  ENV,
  FEATURE_GATES,
  WEBHOOK_PORT,
  WEBHOOK_SECRET_NAME,
  WEBHOOK_SERVICE_NAME,
  type FeatureGate,
} from './api/names.ts';

export type Role = 'admission' | 'controller';

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
  readonly featureGates: Readonly<Record<FeatureGate, boolean>>;
  readonly rules: { readonly partitionPercentLimit: number; readonly filterWorkloadType: boolean };
  /** How long requests are still answered after SIGTERM. */
  readonly drainMs: number;
  readonly workers: { readonly rollout: number; readonly batchRelease: number };
  readonly logLevel: string;
}

/** A flag or variable that cannot be used; the message names it, its value and what is accepted. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

type Values = Map<string, string>;
const BOOLEANS = new Set(['leader-elect', 'filter-workload-type', 'zap-devel', 'policies']);
const FLAGS = new Set([
  ...BOOLEANS,
  ...['namespace', 'kubeconfig', 'context', 'roles', 'webhook-url', 'bind-address', 'lease-duration', 'renew-deadline'],
  ...[
    'retry-period',
    'metrics-bind-address',
    'metrics-addr',
    'health-probe-bind-address',
    'feature-gates',
    'log-level',
  ],
  ...['partition-percent-limit', 'grace-timeout', 'drain-timeout', 'rollout-workers', 'batchrelease-workers'],
  ...['trafficrouting-workers', 'rollouthistory-workers', 'deployment-workers', 'nativedaemonset-workers'],
  ...['tls-min-version', 'v', 'zap-log-level', 'zap-encoder', 'zap-stacktrace-level'],
]);

/** Go's flag syntax: `--name value`, `--name=value`, one dash or two; booleans need no value. */
function readFlags(argv: readonly string[]): Values {
  const values: Values = new Map();
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] as string;
    const match = /^--?([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(word);
    const name = match?.[1];
    if (name === undefined)
      throw new ConfigError(`unexpected argument ${JSON.stringify(word)}; flags are --name=value`);
    if (!FLAGS.has(name)) throw new ConfigError(`unknown flag --${name}; known flags: ${[...FLAGS].sort().join(', ')}`);
    const inline = match?.[2];
    if (inline !== undefined) values.set(name, inline);
    else if (BOOLEANS.has(name)) values.set(name, 'true');
    else if (argv[at + 1] === undefined) throw new ConfigError(`flag --${name} needs a value: --${name}=VALUE`);
    else values.set(name, argv[(at += 1)] as string);
  }
  return values;
}

const bad = (flag: string, value: string, accepted: string): ConfigError =>
  new ConfigError(`--${flag} is ${JSON.stringify(value)}; it must be ${accepted}`);

function boolean(values: Values, flag: string, fallback: boolean): boolean {
  const text = values.get(flag);
  if (text === undefined) return fallback;
  if (['true', 't', '1', 'TRUE', 'True'].includes(text)) return true;
  if (['false', 'f', '0', 'FALSE', 'False'].includes(text)) return false;
  throw bad(flag, text, 'true or false');
}

function whole(values: Values, flag: string, fallback: number, min: number, max: number): number {
  const text = values.get(flag);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) throw bad(flag, text, `a whole number from ${min} to ${max}`);
  return value;
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A Go duration in milliseconds. */
function duration(values: Values, flag: string, fallback: number): number {
  const text = values.get(flag);
  if (text === undefined) return fallback;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (text === '' || parts.map(([part]) => part).join('') !== text)
    throw bad(flag, text, 'a duration such as 15s or 1m30s');
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0);
}

/** `:8080`, `host:8080`, or `0` for off. */
function address(values: Values, flags: string[], fallback: string): string | undefined {
  const flag = flags.find((name) => values.has(name)) ?? (flags[0] as string);
  const text = values.get(flag) ?? fallback;
  if (text === '0' || text === '') return undefined;
  if (!/^(\[[0-9a-fA-F:]+\]|[^:\s]*):\d{1,5}$/.test(text))
    throw bad(flag, text, 'HOST:PORT, :PORT, or 0 to turn it off');
  return text;
}

function featureGates(values: Values): Record<FeatureGate, boolean> {
  const gates = Object.fromEntries(FEATURE_GATES.map((gate) => [gate, false])) as Record<FeatureGate, boolean>;
  for (const part of (values.get('feature-gates') ?? '').split(',').filter((text) => text !== '')) {
    const [name = '', state = ''] = part.split('=');
    const known = FEATURE_GATES.find((gate) => gate === name);
    const accepted = `a list of Gate=true|false with gates of ${FEATURE_GATES.join(', ')}`;
    if (known === undefined || !/^(true|false)$/i.test(state)) throw bad('feature-gates', part, accepted);
    gates[known] = state.toLowerCase() === 'true';
  }
  return gates;
}

function roles(values: Values): Role[] {
  const text = values.get('roles') ?? 'admission,controller';
  const found = text.split(',');
  const known = found.filter((role): role is Role => role === 'admission' || role === 'controller');
  if (known.length !== found.length) throw bad('roles', text, 'admission, controller or admission,controller');
  return known;
}

function webhookUrl(values: Values): URL | undefined {
  const text = values.get('webhook-url');
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.pathname !== '/' || url.search !== '')
    throw bad('webhook-url', text, 'https://HOST:PORT');
  return url;
}

function port(env: NodeJS.ProcessEnv, url: URL | undefined): number {
  const text = env[ENV.webhookPort];
  if (text === undefined || text === '') return url === undefined ? WEBHOOK_PORT : Number(url.port || 443);
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535)
    throw new ConfigError(`${ENV.webhookPort} is ${JSON.stringify(text)}; it must be a port`);
  return value;
}

function webhook(values: Values, env: NodeJS.ProcessEnv): Config['webhook'] {
  const url = webhookUrl(values);
  const minTlsVersion = values.get('tls-min-version') ?? 'TLSv1.3';
  if (minTlsVersion !== 'TLSv1.2' && minTlsVersion !== 'TLSv1.3')
    throw bad('tls-min-version', minTlsVersion, 'TLSv1.2 or TLSv1.3');
  return {
    port: port(env, url),
    bindAddress:
      values.get('bind-address') ??
      (url !== undefined && /^(127\.|localhost$)/.test(url.hostname) ? '127.0.0.1' : '::'),
    url: url?.origin,
    host: env[ENV.webhookHost] || url?.hostname,
    certDir: env[ENV.webhookCertDir] || undefined,
    secretName: env[ENV.secretName] || WEBHOOK_SECRET_NAME,
    serviceName: env[ENV.serviceName] || WEBHOOK_SERVICE_NAME,
    minTlsVersion,
  };
}

function lease(values: Values): Config['lease'] {
  const found = {
    elect: boolean(values, 'leader-elect', true),
    durationMs: duration(values, 'lease-duration', 15_000),
    renewMs: duration(values, 'renew-deadline', 10_000),
    retryMs: duration(values, 'retry-period', 2_000),
  };
  if (found.retryMs < found.renewMs && found.renewMs < found.durationMs) return found;
  throw new ConfigError('--retry-period must be shorter than --renew-deadline, and that shorter than --lease-duration');
}

const CONFIG_WORKERS = 3;

/** @throws ConfigError */
export function parseConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Config {
  const values = readFlags(argv);
  return Object.freeze({
    namespace: values.get('namespace') ?? (env[ENV.namespace] || DEFAULT_NAMESPACE),
    kubeconfig: values.get('kubeconfig'),
    context: values.get('context'),
    roles: roles(values),
    webhook: webhook(values, env),
    lease: lease(values),
    metricsAddress: address(values, ['metrics-bind-address', 'metrics-addr'], ':8080'),
    healthAddress: address(values, ['health-probe-bind-address'], ':8081'),
    featureGates: featureGates(values),
    rules: {
      partitionPercentLimit: whole(values, 'partition-percent-limit', DEFAULT_PARTITION_PERCENT_LIMIT, 0, 100),
      filterWorkloadType: boolean(values, 'filter-workload-type', true),
    },
    drainMs: duration(values, 'drain-timeout', 10_000),
    workers: {
      rollout: whole(values, 'rollout-workers', CONFIG_WORKERS, 1, 100),
      batchRelease: whole(values, 'batchrelease-workers', CONFIG_WORKERS, 1, 100),
    },
    logLevel: values.get('log-level') ?? 'info',
  });
}
