// A webhook server on a real socket with generated certificates, a plain TLS client that sees every byte, and reviews.

import { once } from 'node:events';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import type { KubeObject } from '../../../src/api/kube.ts';
import type { Judge } from '../../../src/core/admission/judge.ts';
import { JUDGES } from '../../../src/core/admission/judges/index.ts';
import { doorsOf, type Door } from '../../../src/core/admission/doors.ts';
import type { Decision, Review, Snapshot } from '../../../src/core/admission/types.ts';
import type { Pair } from '../../../src/certs/pair.ts';
import { newSet } from '../../../src/certs/rotate.ts';
import type { CertificateSet } from '../../../src/certs/secret.ts';
import { createServer } from '../../../src/server/http.ts';
import type { ServerOptions, WebhookServer } from '../../../src/server/http.ts';
import type { AdmissionParts, Log, ServerMetrics } from '../../../src/server/server-needs.ts';
import { BUILT_IN } from '../../../src/workloads/index.ts';

export const SERVICE = 'kruise-rollout-webhook-service.kruise-rollout.svc';
export const PATHS = { deployment: '/mutate-apps-v1-deployment', rollout: '/validate-rollouts-kruise-io-rollout' };

let shared: Promise<CertificateSet> | undefined;
export const certificates = (): Promise<CertificateSet> =>
  (shared ??= newSet([SERVICE, 'localhost', '127.0.0.1'], Date.now()));

/** A client certificate as an API server would present it. */
export async function clientPair(authority: Pair, commonName: string, dnsNames: string[] = []): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: authority,
    extensions: [
      { name: 'extKeyUsage', clientAuth: true },
      { name: 'subjectAltName', altNames: ['x.example', ...dnsNames].map((value) => ({ type: 2, value })) },
    ],
  });
  return { cert: made.cert, key: made.private };
}

export const snapshot = (over: Partial<Snapshot> = {}): Snapshot => ({
  identity: 'system:serviceaccount:kruise-rollout:kruise-rollout-controller-manager',
  rollouts: [],
  related: {},
  live: false,
  namespaceTerminating: false,
  ...over,
});

export const allow = (reason = 'nothing-to-do', warnings: string[] = []): Decision => ({
  is: 'allow',
  reason,
  warnings,
});
export const pause = (): Decision => ({
  is: 'patch',
  reason: 'held',
  operations: [{ op: 'add', path: '/spec/paused', value: true }],
  warnings: [],
});

export interface Recorder {
  log: Log;
  metrics: ServerMetrics;
  lines: { level: string; fields: Record<string, unknown>; message: string }[];
  refusals: number[];
}

export function recorder(): Recorder {
  const lines: Recorder['lines'] = [];
  const refusals: number[] = [];
  const at = (level: string) => (fields: Record<string, unknown>, message: string) => {
    lines.push({ level, fields, message });
  };
  return {
    lines,
    refusals,
    log: { info: at('info'), warn: at('warn'), error: at('error') },
    metrics: { reviewed() {}, lookedLive() {}, converted() {}, refused: (status) => refusals.push(status) },
  };
}

export const look = (reason: string): Decision => ({ is: 'asks', questions: ['look-live'], reason });

type Decide = Judge['judge'];

/** The doors of the registry, with somebody else behind them: one who decides, and one who validates Rollouts. */
function doorsWith(decide: Decide, validateRollout: Decide): Door[] {
  const judgeOf = (id: string, judge: Decide): readonly Judge[] => [{ id, webhooks: () => [], judge }];
  const [deciding, validating] = [judgeOf('decides', decide), judgeOf('validates', validateRollout)];
  return doorsOf(JUDGES, BUILT_IN).map(({ path }) => ({
    path,
    judgesOf: () => (path === PATHS.rollout ? validating : deciding),
  }));
}

export type Overrides = Partial<Omit<ServerOptions, 'admission' | 'tls'>> & {
  admission?: Partial<AdmissionParts> & { decide?: Decide; validateRollout?: Decide };
  tls?: Partial<ServerOptions['tls']>;
};

export interface Started {
  server: WebhookServer;
  port: number;
  ca: string;
  seen: Recorder;
}

export async function startServer({ admission, tls, ...rest }: Overrides = {}): Promise<Started> {
  const { leaf, authority } = await certificates();
  const seen = recorder();
  const { decide = () => allow(), validateRollout = () => allow(), ...parts } = admission ?? {};
  const server = createServer({
    host: '127.0.0.1',
    port: 0,
    tls: { pair: leaf, ...tls },
    admission: {
      doors: doorsWith(decide, validateRollout),
      snapshot: () => snapshot(),
      lookLive: () => Promise.resolve(snapshot({ live: true })),
      recall: (_review, known) => known,
      tell: () => Promise.resolve(),
      judged() {},
      ...parts,
    },
    convert: (object) => object,
    ready: () => ({ ok: true, reasons: [] }),
    log: seen.log,
    metrics: seen.metrics,
    now: () => Date.now(),
    ...rest,
    limits: { drainMs: 0, closeMs: 200, ...rest.limits },
  });
  return { server, port: await server.start(), ca: authority.cert, seen };
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export const open = async (port: number, ca: string, options: ConnectionOptions = {}): Promise<TLSSocket> => {
  const socket = connect({ host: '127.0.0.1', port, ca, servername: SERVICE, ...options });
  await once(socket, 'secureConnect');
  return socket;
};

/** Reads replies one after another from a connection; rejects when it closes or falls silent first. */
export function replies(socket: TLSSocket, deadlineMs = 5_000): () => Promise<Reply> {
  let buffer = Buffer.alloc(0);
  let parts: Buffer[] = [];
  let arrived = 0;
  let needed = 0;
  let closed: Error | undefined;
  let wake = (): void => {};
  socket.on('data', (chunk: Buffer) => {
    parts.push(chunk);
    arrived += chunk.length;
    if (arrived >= needed) wake();
  });
  socket.on('error', (error) => {
    closed = error;
    wake();
  });
  socket.on('close', () => {
    closed ??= new Error('connection closed');
    wake();
  });
  const take = (): Reply | undefined => {
    buffer = Buffer.concat([buffer, ...parts]);
    parts = [];
    needed = 0;
    const end = buffer.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [first = '', ...lines] = buffer.subarray(0, end).toString().split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.split(': ', 1)[0]?.toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    );
    const length = Number(headers['content-length'] ?? 0);
    if (buffer.length < end + 4 + length) {
      needed = end + 4 + length;
      return undefined;
    }
    const body = buffer.subarray(end + 4, end + 4 + length).toString();
    buffer = buffer.subarray(end + 4 + length);
    arrived = buffer.length;
    return { status: Number(first.split(' ')[1]), headers, body };
  };
  return () =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no reply within ${deadlineMs} ms`)), deadlineMs);
      wake = () => {
        const reply = take();
        if (reply === undefined && closed === undefined) return;
        clearTimeout(late);
        wake = () => {};
        if (reply === undefined) reject(closed);
        else resolve(reply);
      };
      wake();
    });
}

export interface Send {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export function requestBytes({ method = 'POST', path = PATHS.deployment, headers, body = '' }: Send): Buffer {
  const bytes = Buffer.from(body);
  const all: Record<string, string> = {
    host: SERVICE,
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === '' ? [] : [`${name}: ${value}`]));
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`), bytes]);
}

/** One request over one fresh connection. */
export async function send(
  { port, ca }: Pick<Started, 'port' | 'ca'>,
  request: Send,
  deadlineMs?: number,
): Promise<Reply> {
  const socket = await open(port, ca);
  const next = replies(socket, deadlineMs);
  socket.write(requestBytes(request));
  try {
    return await next();
  } finally {
    socket.destroy();
  }
}

export const deployment = (over: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'demo', uid: 'u-1', labels: { app: 'web' } },
  spec: { replicas: 5, template: { spec: { containers: [{ name: 'web', image: 'web:1' }] } } },
  ...over,
});

export function admissionReview(request: Record<string, unknown> = {}, apiVersion = 'admission.k8s.io/v1') {
  return {
    apiVersion,
    kind: 'AdmissionReview',
    request: {
      uid: 'uid-1',
      kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      namespace: 'demo',
      name: 'web',
      operation: 'UPDATE',
      userInfo: { username: 'kubernetes-admin' },
      object: deployment(),
      oldObject: deployment(),
      ...request,
    },
  };
}

export interface Response {
  apiVersion: string;
  kind: string;
  response: {
    uid: string;
    allowed: boolean;
    patchType?: string;
    patch?: string;
    warnings?: string[];
    auditAnnotations?: Record<string, string>;
    status?: { code: number; message: string; reason: string; status: string };
  };
}

export const answered = (reply: Reply): Response => JSON.parse(reply.body) as Response;
export const patchOf = (response: Response): unknown =>
  JSON.parse(Buffer.from(response.response.patch ?? 'bnVsbA==', 'base64').toString());

export type { Review };
