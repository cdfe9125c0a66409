// Who we are to the API server: one connection with one pool of sockets, and the headers that prove it. `serve` never
// borrows a user's identity: started with anything but its own ServiceAccount it asks for that account's tokens.

import { isDeepStrictEqual } from 'node:util';
import { Agent, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { SERVICE_ACCOUNT_NAME, ourUserName } from '../api/names.ts';
import { SERVICE_ACCOUNTS } from '../api/resources.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Clock } from '../runtime/clock.ts';
import { createClient } from './client.ts';
import { isKubeError } from './errors.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import type { Credentials, Kubeconfig, KubeconfigOptions, TlsMaterial } from './kubeconfig.ts';
import type { Writer } from './port.ts';
import { TokenSource } from './token.ts';
import type { Connection } from './transport.ts';

export interface AuthOptions extends KubeconfigOptions {
  clock?: Clock;
}

export interface UserConnection extends Connection {
  /** Namespace of the kubeconfig's context, or of the Pod. */
  readonly namespace: string | undefined;
  /** How the server is reached and trusted, without what proves who we are. */
  readonly trust: { proxyUrl: string | undefined; tls: TlsMaterial };
}

/** Files may have been rotated and plugins may have news, but not for every request. */
const REFRESH_MS = 10_000;
const TOKEN_SECONDS = 3_600;

/** As the kubeconfig's user, or the Pod's ServiceAccount. */
export async function connect(options: AuthOptions = {}): Promise<UserConnection> {
  const kubeconfig = await loadKubeconfig(options);
  const session = new Session(options, kubeconfig, await kubeconfig.credentials());
  return session;
}

class Session implements UserConnection {
  readonly server: string;
  readonly namespace: string | undefined;
  readonly #options: AuthOptions;
  readonly #clock: Clock;
  readonly #retired = new Set<Dispatcher>();
  #kubeconfig: Kubeconfig;
  #credentials: Credentials;
  #dispatcher: Dispatcher;
  #readAt: number;
  #refused = false;
  #reading: Promise<void> | undefined;

  constructor(options: AuthOptions, kubeconfig: Kubeconfig, credentials: Credentials) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#kubeconfig = kubeconfig;
    this.#credentials = credentials;
    this.#readAt = this.#clock.monotonic();
    this.server = kubeconfig.server;
    this.namespace = kubeconfig.namespace;
    this.#dispatcher = poolOf(credentials.tls, kubeconfig.proxyUrl);
  }

  get dispatcher(): Dispatcher {
    return this.#dispatcher;
  }

  get trust(): UserConnection['trust'] {
    const { cert: _cert, key: _key, pfx: _pfx, passphrase: _passphrase, ...tls } = this.#credentials.tls;
    return { proxyUrl: this.#kubeconfig.proxyUrl, tls };
  }

  async headers(): Promise<Record<string, string>> {
    if (this.#refused || this.#clock.monotonic() - this.#readAt >= REFRESH_MS) {
      this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
      await this.#reading;
    }
    return this.#credentials.headers;
  }

  invalidate(): void {
    this.#refused = true;
  }

  async close(): Promise<void> {
    await Promise.all([this.#dispatcher, ...this.#retired].map((dispatcher) => dispatcher.destroy()));
  }

  async #read(): Promise<void> {
    // What the kubeconfig itself says may have changed too, and plugins keep what they were told.
    if (this.#refused) this.#kubeconfig = await loadKubeconfig(this.#options);
    const next = await this.#kubeconfig.credentials();
    this.#readAt = this.#clock.monotonic();
    this.#refused = false;
    if (!isDeepStrictEqual(next.tls, this.#credentials.tls)) this.#replacePool(next.tls);
    this.#credentials = next;
  }

  /** New calls use new sockets; calls and watches under way end in their own time on the old ones. */
  #replacePool(tls: TlsMaterial): void {
    const old = this.#dispatcher;
    this.#retired.add(old);
    this.#dispatcher = poolOf(tls, this.#kubeconfig.proxyUrl);
    const forget = (): void => void this.#retired.delete(old);
    old.close().then(forget, forget);
  }
}

/** HTTP/1.1 with as many sockets as there are watches and calls at once, kept open between calls. */
function poolOf(tls: TlsMaterial, proxyUrl: string | undefined): Dispatcher {
  const options = {
    allowH2: false,
    pipelining: 1,
    // The API server closes idle connections after 90 s; closing first means no call meets a socket that is just closing.
    keepAliveTimeout: 60_000,
    keepAliveMaxTimeout: 60_000,
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const connecting = { timeout: 5_000, keepAlive: true, keepAliveInitialDelay: 30_000 };
  if (proxyUrl !== undefined) return new ProxyAgent({ ...options, uri: proxyUrl, requestTls: tls });
  return new Agent({ ...options, connect: { ...tls, ...connecting } });
}

export interface ServiceAccountName {
  namespace: string;
  name: string;
}

/** The same server as a ServiceAccount, by tokens that `session` may ask for. Closing it leaves `session` open. */
export function actAs(session: UserConnection, account: ServiceAccountName, clock: Clock = systemClock): Connection {
  const client = createClient(session);
  const tokens = new TokenSource(() => requestToken(client, account, clock), clock);
  const dispatcher = poolOf(session.trust.tls, session.trust.proxyUrl);
  return {
    server: session.server,
    dispatcher,
    headers: async () => ({ authorization: `Bearer ${await tokens.get()}` }),
    invalidate: () => tokens.drop(),
    close: () => dispatcher.destroy(),
  };
}

async function requestToken(client: Writer, { namespace, name }: ServiceAccountName, clock: Clock) {
  const target = { resource: SERVICE_ACCOUNTS, namespace, name };
  const asked = clock.now();
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: TOKEN_SECONDS },
  };
  const answer = await client.createSubresource(target, 'token', body);
  const { token, expirationTimestamp } = (answer['status'] ?? {}) as { token?: string; expirationTimestamp?: string };
  if (token === undefined) throw new Error(`the API server gave no token for ServiceAccount ${namespace}/${name}`);
  const expiresAt = Date.parse(expirationTimestamp ?? '');
  return { token, expiresAt: Number.isNaN(expiresAt) ? asked + TOKEN_SECONDS * 1000 : expiresAt };
}

export interface ConnectedAs {
  connection: Connection;
  /** User name under which our writes arrive at admission. */
  identity: string;
}

/** As our own ServiceAccount in `namespace`, whatever credentials the process was started with. */
export async function connectAs(options: AuthOptions & { namespace: string }): Promise<ConnectedAs> {
  const { namespace, clock } = options;
  const identity = ourUserName(namespace);
  const session = await connect(options);
  if ((await userNameOf(createClient(session))) === identity) return { connection: session, identity };
  const own = actAs(session, { namespace, name: SERVICE_ACCOUNT_NAME }, clock);
  const close = async (): Promise<void> => void (await Promise.all([own.close(), session.close()]));
  try {
    await own.headers();
  } catch (error) {
    await close();
    throw explained(error, namespace);
  }
  return { connection: { ...own, close }, identity };
}

function explained(error: unknown, namespace: string): unknown {
  const account = `ServiceAccount ${namespace}/${SERVICE_ACCOUNT_NAME}`;
  if (!isKubeError(error)) return error;
  if (error.notFound) return new Error(`${account} does not exist; run \`sluice install\` first`, { cause: error });
  if (error.status !== 403) return error;
  const remedy = `run as that ServiceAccount, or as a user who may create serviceaccounts/token in ${namespace}`;
  return new Error(`these credentials may not act as ${account}; ${remedy}`, { cause: error });
}

/** Who the API server takes us for; '' when it does not say. */
export async function userNameOf(client: Pick<Writer, 'post'>): Promise<string> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  try {
    const answer = await client.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', body);
    const { status } = answer as { status?: { userInfo?: { username?: string } } };
    return status?.userInfo?.username ?? '';
  } catch (error) {
    if (isKubeError(error) && (error.notFound || error.status === 403)) return '';
    throw error;
  }
}
