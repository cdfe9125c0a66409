// The webhook server: Fastify over node:https, HTTP/1.1 only, because the API server calls webhooks over HTTP/1.1 on
// purpose. This file owns limits, certificates and the drain; paths are in http-routes.ts, verdicts in admission.ts and
// conversion.ts.

import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Server as HttpsServer, ServerOptions as HttpsOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { DEFAULT_LIMITS } from './limits.ts';
import type { Limits } from './limits.ts';
import type { AdmissionParts, Convert, Log, ServerReadiness, ServerMetrics } from './server-needs.ts';
import { refuseBrokenRequest } from './refusal.ts';
import { registerRoutes } from './http-routes.ts';
import { isAcceptedClient, secureContext, tlsOptions } from './tls.ts';
import type { TlsSettings } from './tls.ts';

export interface ServerOptions {
  host: string;
  /** 0 picks a free one. */
  port: number;
  tls: TlsSettings;
  admission: AdmissionParts;
  convert: Convert;
  /** What else must be true before the admission Service may send requests. Conversion never waits for it. */
  ready(): ServerReadiness;
  log: Log;
  metrics: ServerMetrics;
  /** Epoch milliseconds, for certificate dates and judges. */
  now(): number;
  limits?: Partial<Limits>;
}

export interface WebhookServer {
  /** The port listened on. */
  start(): Promise<number>;
  /** Used for new handshakes; live connections go on. @throws when the pair must not be served. */
  reloadTls(settings: TlsSettings): void;
  /** `ready()` of the options, and the state of this server. */
  readiness(): ServerReadiness;
  /** Turns readiness red, serves on for `drainMs`, lets requests finish for `closeMs`, then closes. */
  stop(): Promise<void>;
}

type State = 'new' | 'serving' | 'draining' | 'closed';
const NOT_READY: Record<Exclude<State, 'serving'>, string> = {
  new: 'the webhook server does not listen yet',
  draining: 'shutting down: requests are still answered, new ones should go elsewhere',
  closed: 'the webhook server has stopped',
};

function createApp({ tls, now, metrics }: ServerOptions, limits: Limits): FastifyInstance {
  const https: HttpsOptions = {
    ...tlsOptions(tls, limits, now()),
    headersTimeout: limits.headersMs,
    connectionsCheckingInterval: Math.min(1_000, Math.ceil(limits.headersMs / 4)),
  };
  return fastify({
    https,
    logger: false,
    requestTimeout: limits.headersMs + limits.bodyMs + 1_000,
    keepAliveTimeout: limits.idleMs,
    connectionTimeout: 0,
    // The body is never merged into anything, so its keys cannot reach a prototype.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    clientErrorHandler: (error, socket) => {
      const status = refuseBrokenRequest(error, socket);
      if (status !== undefined) metrics.refused(status);
    },
  }) as unknown as FastifyInstance;
}

/** Keeps what is needed to end connections that have not even finished their handshake. */
function trackSockets(server: HttpsServer): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

/** Stops accepting, lets open requests finish, and ends what has not after `closeMs`. */
async function closeApp(app: FastifyInstance, sockets: Set<Socket>, closeMs: number): Promise<void> {
  const force = setTimeout(() => sockets.forEach((socket) => socket.destroy()), closeMs);
  await app.close();
  clearTimeout(force);
}

export function createServer(options: ServerOptions): WebhookServer {
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const app = createApp(options, limits);
  const server = app.server as unknown as HttpsServer;
  const sockets = trackSockets(server);
  let tls = options.tls;
  let state: State = 'new';
  let stopping: Promise<void> | undefined;

  server.maxConnections = limits.connections;
  server.on('secureConnection', (socket: TLSSocket) => {
    if (tls.clients !== undefined && !isAcceptedClient(socket, tls.clients)) socket.destroy();
  });
  const { admission: parts, convert, log, metrics, now } = options;
  registerRoutes(app, { parts, convert, log, metrics, limits, now, draining: () => state === 'draining' });

  const drainAndClose = async (): Promise<void> => {
    if (state === 'serving') {
      state = 'draining';
      await delay(limits.drainMs);
      await closeApp(app, sockets, limits.closeMs);
    }
    state = 'closed';
  };
  return {
    async start() {
      await app.listen({ host: options.host, port: options.port });
      state = 'serving';
      return (server.address() as AddressInfo).port;
    },
    reloadTls(settings) {
      server.setSecureContext(secureContext(settings, options.now()));
      tls = settings;
    },
    readiness() {
      const { ok, reasons } = options.ready();
      return state === 'serving' ? { ok, reasons } : { ok: false, reasons: [NOT_READY[state], ...reasons] };
    },
    stop: () => (stopping ??= drainAndClose()),
  };
}
