// Who we are to the API server. Reads a kubeconfig (or the Pod's own credentials) through the official client, and turns it
// into one connection with one pool. `serve` never borrows a user's identity: started with anything but its own
// ServiceAccount it asks for that account's tokens and renews them before they expire.

import { Agent } from 'undici';
import { ourUserName, SERVICE_ACCOUNT_NAME } from '../api/names.ts';
import { SERVICE_ACCOUNTS } from '../api/resources.ts';
import { createClient, type Client } from './client.ts';
import { isKubeError } from './errors.ts';
import type { Connection } from './transport.ts';

export interface AuthOptions {
  kubeconfig?: string | undefined;
  context?: string | undefined;
}

const POOL = { connections: 16, pipelining: 1, keepAliveTimeout: 60_000, bodyTimeout: 0, headersTimeout: 0 };
const TOKEN_SECONDS = 3600;

interface Loaded {
  server: string;
  connect: { ca?: string; cert?: string; key?: string; rejectUnauthorized?: boolean; servername?: string };
  headers(): Promise<Record<string, string>>;
  invalidate(): void;
}

async function load({ kubeconfig, context }: AuthOptions): Promise<Loaded> {
  const { KubeConfig, RequestContext, HttpMethod } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) {
    if (config.getContextObject(context) === null)
      throw new Error(`context ${JSON.stringify(context)} is not in the kubeconfig`);
    config.setCurrentContext(context);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('no cluster is configured: give --kubeconfig, set KUBECONFIG, or run in a Pod');
  const server = cluster.server.replace(/\/+$/, '');
  const https: { ca?: unknown; cert?: unknown; key?: unknown; rejectUnauthorized?: boolean; servername?: string } = {};
  await config.applyToHTTPSOptions(https as never);
  const text = (value: unknown): string | undefined =>
    value === undefined || value === null ? undefined : String(value);
  const pick = (name: 'ca' | 'cert' | 'key'): object =>
    text(https[name]) === undefined ? {} : { [name]: text(https[name]) };
  return {
    server,
    connect: {
      ...pick('ca'),
      ...pick('cert'),
      ...pick('key'),
      ...(https.rejectUnauthorized === false ? { rejectUnauthorized: false } : {}),
      ...(https.servername === undefined ? {} : { servername: https.servername }),
    },
    async headers() {
      const request = new RequestContext(`${server}/`, HttpMethod.GET);
      await config.applySecurityAuthentication(request);
      return request.getHeaders();
    },
    invalidate: () => undefined,
  };
}

function connectionOf(loaded: Pick<Loaded, 'server' | 'connect' | 'headers' | 'invalidate'>): Connection {
  const dispatcher = new Agent({ ...POOL, connect: loaded.connect });
  return {
    server: loaded.server,
    dispatcher,
    headers: () => loaded.headers(),
    invalidate: () => loaded.invalidate(),
    close: () => dispatcher.destroy(),
  };
}

/** As the kubeconfig's user: for the command line. */
export const connect = async (options: AuthOptions): Promise<Connection> => connectionOf(await load(options));

interface Token {
  value: string;
  /** Epoch milliseconds after which a new one is asked for: four fifths of its life. */
  renewAt: number;
}

/** Tokens of a ServiceAccount, one at a time, asked for with the credentials of `client`. */
function tokenSource(client: Client, namespace: string, name: string) {
  let current: Promise<Token> | undefined;
  const request = async (): Promise<Token> => {
    const asked = Date.now();
    const target = { resource: SERVICE_ACCOUNTS, namespace, name };
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: TOKEN_SECONDS },
    };
    const answer = await client.createSubresource(target, 'token', body);
    const { token, expirationTimestamp } = answer['status'] as { token: string; expirationTimestamp: string };
    return { value: token, renewAt: asked + (Date.parse(expirationTimestamp) - asked) * 0.8 };
  };
  return {
    async get(): Promise<string> {
      const known = await current?.catch(() => undefined);
      if (known === undefined || known.renewAt <= Date.now()) current = request();
      return (await (current as Promise<Token>)).value;
    },
    drop(): void {
      current = undefined;
    },
  };
}

export interface ConnectedAs {
  connection: Connection;
  /** User name of our writes. */
  identity: string;
}

/** As our own ServiceAccount in `namespace`, whatever credentials the process was started with. */
export async function connectAs(options: AuthOptions & { namespace: string }): Promise<ConnectedAs> {
  const identity = ourUserName(options.namespace);
  const loaded = await load(options);
  const started = connectionOf(loaded);
  if ((await userNameOf(createClient(started))) === identity) return { connection: started, identity };
  const tokens = tokenSource(createClient(started), options.namespace, SERVICE_ACCOUNT_NAME);
  try {
    await tokens.get();
  } catch (error) {
    if (!isKubeError(error) || !error.notFound) throw error;
    throw new Error(
      `ServiceAccount ${options.namespace}/${SERVICE_ACCOUNT_NAME} does not exist; run \`sluice install\` first`,
      { cause: error },
    );
  }
  const { cert: _cert, key: _key, ...trust } = loaded.connect;
  const own = connectionOf({
    server: loaded.server,
    connect: trust,
    headers: async () => ({ authorization: `Bearer ${await tokens.get()}` }),
    invalidate: () => tokens.drop(),
  });
  const close = async (): Promise<void> => void (await Promise.all([own.close(), started.close()]));
  return { connection: { ...own, close }, identity };
}

/** Who the API server takes us for; '' when it does not say. */
async function userNameOf(client: Client): Promise<string> {
  try {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const answer = await client.raw('/apis/authentication.k8s.io/v1/selfsubjectreviews', { method: 'POST', body });
    const { status } = answer as { status?: { userInfo?: { username?: string } } };
    return status?.userInfo?.username ?? '';
  } catch (error) {
    if (isKubeError(error)) return '';
    throw error;
  }
}
