// The plain HTTP servers beside the webhook: health on one port, metrics on another. Liveness says only that the event loop
// turns; readiness says why not.

import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PATH } from '../api/names.ts';
import { textOf } from './errors.ts';
import type { ServerReadiness } from './server-needs.ts';

export interface ProbeAnswer {
  status: number;
  body: string;
  contentType?: string;
}
export type ProbeRoutes = Record<string, () => ProbeAnswer | Promise<ProbeAnswer>>;

export interface ProbeServer {
  /** The port, for `port: 0`. */
  start(): Promise<number>;
  stop(): Promise<void>;
}

export const healthRoutes = (readiness: () => ServerReadiness): ProbeRoutes => ({
  [PATH.healthz]: () => ({ status: 200, body: 'ok\n' }),
  [PATH.readyz]: () => {
    const { ok, reasons } = readiness();
    if (ok) return { status: 200, body: 'ok\n' };
    return { status: 503, body: `not ready:\n${reasons.map((reason) => `- ${reason}\n`).join('')}` };
  },
});

export const metricsRoutes = (collect: () => Promise<{ contentType: string; body: string }>): ProbeRoutes => ({
  [PATH.metrics]: async () => ({ status: 200, ...(await collect()) }),
});

async function answerTo(routes: Map<string, ProbeRoutes[string]>, request: IncomingMessage): Promise<ProbeAnswer> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const route = routes.get(path);
  if (route === undefined) return { status: 404, body: `nothing here; try ${[...routes.keys()].join(' or ')}\n` };
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, body: 'only GET is answered here\n' };
  try {
    return await route();
  } catch (error) {
    return { status: 500, body: `${textOf(error)}\n` };
  }
}

function send(response: ServerResponse, { status, body, contentType }: ProbeAnswer): void {
  response.writeHead(status, {
    'content-type': contentType ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

export function createProbeServer(host: string, port: number, routes: ProbeRoutes): ProbeServer {
  const table = new Map(Object.entries(routes));
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 10_000 }, (request, response) => {
    request.resume();
    void answerTo(table, request).then((answer) => send(response, answer));
  });
  server.maxConnections = 256;
  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
