// Credentials that need nobody's help: a kubeconfig with a token or a client certificate, or those of the Pod. The official
// client knows every other kind, and loading it costs a process tens of megabytes for as long as it runs.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { delimiter, dirname, join, resolve } from 'node:path';
import { isObject, type Fields } from '../lib/json.ts';
import type { Credentials, Kubeconfig, KubeconfigOptions, TlsMaterial } from './credentials.ts';

const POD_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
const PLAIN_USER = ['token', 'client-certificate', 'client-certificate-data', 'client-key', 'client-key-data'];
const PLAIN_CLUSTER = [
  ...['server', 'certificate-authority', 'certificate-authority-data', 'insecure-skip-tls-verify'],
  ...['tls-server-name', 'extensions'],
];
/** Ports at which the official client takes an API server for one without TLS. */
const PLAIN_PORTS = ['80', '8080', '8001'];

/** Undefined = this needs the official client, be it for an error that explains itself. */
export async function plainKubeconfig(
  options: KubeconfigOptions,
  env: NodeJS.ProcessEnv = process.env,
  podFolder = POD_FOLDER,
): Promise<Kubeconfig | undefined> {
  const file = options.kubeconfig ?? fileOf(env);
  if (file !== undefined) return fromFile(file, options.context);
  return options.context === undefined ? fromPod(env, podFolder) : undefined;
}

/** Several files are one for the official client alone, so they are no file here. */
function fileOf(env: NodeJS.ProcessEnv): string | undefined {
  const named = env['KUBECONFIG'];
  if (named !== undefined && named !== '') return named;
  const usual = join(env['HOME'] ?? '', '.kube', 'config');
  return env['HOME'] !== undefined && existsSync(usual) ? usual : undefined;
}

async function fromFile(file: string, wanted: string | undefined): Promise<Kubeconfig | undefined> {
  if (file.includes(delimiter)) return undefined;
  const config = await parsed(file);
  const context = named(config, 'contexts', 'context', wanted ?? config?.['current-context']);
  const cluster = named(config, 'clusters', 'cluster', context?.['cluster']);
  const user = named(config, 'users', 'user', context?.['user']);
  if (context === undefined || !hasOnly(cluster, PLAIN_CLUSTER) || !hasOnly(user, PLAIN_USER)) return undefined;
  if (text(cluster, 'server') === undefined) return undefined;
  const folder = dirname(resolve(file));
  return {
    server: withoutSlash(cluster['server'] as string),
    proxyUrl: undefined,
    namespace: text(context, 'namespace'),
    credentials: () => credentialsOf(cluster, user, folder),
  };
}

async function parsed(file: string): Promise<Fields | undefined> {
  try {
    const { parse } = await import('yaml');
    const value: unknown = parse(await readFile(file, 'utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function named(config: Fields | undefined, list: string, part: string, name: unknown): Fields | undefined {
  const entries: unknown = config?.[list];
  if (!Array.isArray(entries) || typeof name !== 'string') return undefined;
  const found: unknown = entries.find((entry) => isObject(entry) && entry['name'] === name);
  const value = isObject(found) ? found[part] : undefined;
  return isObject(value) ? value : undefined;
}

const hasOnly = (fields: Fields | undefined, known: readonly string[]): fields is Fields =>
  fields !== undefined && Object.keys(fields).every((key) => known.includes(key));

const text = (fields: Fields, key: string): string | undefined => {
  const value = fields[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

const withoutSlash = (server: string): string => server.replace(/\/+$/, '');

/** Files are read each time, because they are rotated. */
async function credentialsOf(cluster: Fields, user: Fields, folder: string): Promise<Credentials> {
  const bytes = async (key: string, of: Fields): Promise<Buffer | undefined> => {
    const path = text(of, key);
    if (path !== undefined) return readFile(resolve(folder, path));
    const data = text(of, `${key}-data`);
    return data === undefined ? undefined : Buffer.from(data, 'base64');
  };
  const token = text(user, 'token');
  const tls = {
    ca: await bytes('certificate-authority', cluster),
    cert: await bytes('client-certificate', user),
    key: await bytes('client-key', user),
    servername: text(cluster, 'tls-server-name'),
    rejectUnauthorized: cluster['insecure-skip-tls-verify'] === true ? false : undefined,
  };
  return { headers: token === undefined ? {} : bearer(token), tls: given(tls) };
}

const bearer = (token: string): Credentials['headers'] => ({ Authorization: `Bearer ${token}` });

const given = (material: Fields): TlsMaterial =>
  Object.fromEntries(Object.entries(material).filter(([, value]) => value !== undefined));

/** The kubelet renews the token in its file long before it expires. */
async function fromPod(env: NodeJS.ProcessEnv, folder: string): Promise<Kubeconfig | undefined> {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = env;
  const tokenFile = join(folder, 'token');
  if (host === '' || !existsSync(tokenFile)) return undefined;
  const scheme = PLAIN_PORTS.includes(port) ? 'http' : 'https';
  const namespaceFile = join(folder, 'namespace');
  return {
    server: `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    proxyUrl: undefined,
    namespace: existsSync(namespaceFile) ? await readFile(namespaceFile, 'utf8') : undefined,
    async credentials() {
      const [token, ca] = await Promise.all([readFile(tokenFile, 'utf8'), readFile(join(folder, 'ca.crt'))]);
      return { headers: bearer(token.trim()), tls: { ca } };
    },
  };
}
