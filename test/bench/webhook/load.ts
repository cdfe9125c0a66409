// The client: keep-alive TLS sockets, request bytes made beforehand, and no more of HTTP/1.1 than these servers answer.

import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { serve } from './child.ts';
import { reviews } from './reviews.ts';

const PATH = '/mutate-apps-v1-deployment?timeout=3s';
const requests = reviews().map((body) =>
  Buffer.from(
    `POST ${PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: kube-apiserver-admission\r\nAccept: application/json\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  ),
);

export interface Job {
  port: number;
  ca: string;
  connections: number;
  count: number;
}

export interface Outcome {
  seconds: number;
  failures: number;
  p50Ms: number;
  p99Ms: number;
  /** One answer, for whoever wants to know what was measured. */
  sample: string;
}

const SEPARATOR = '\r\n\r\n';

/** Bytes of the first complete response in `buffer`, or 0. */
function completeLength(buffer: Buffer): number {
  const end = buffer.indexOf(SEPARATOR);
  if (end < 0) return 0;
  const length = /content-length: (\d+)/i.exec(buffer.toString('latin1', 0, end))?.[1];
  if (length === undefined) throw new Error('a response without content-length');
  const total = end + SEPARATOR.length + Number(length);
  return buffer.length >= total ? total : 0;
}

const open = ({ port, ca }: Job): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' }, () => resolve(socket));
    socket.setNoDelay(true).once('error', reject);
  });

async function run(job: Job): Promise<Outcome> {
  const sockets = await Promise.all(Array.from({ length: job.connections }, () => open(job)));
  const times: number[] = [];
  let sent = 0;
  let failures = 0;
  let sample = '';
  const startedAt = performance.now();
  const lane = (socket: TLSSocket): Promise<void> =>
    new Promise((resolve, reject) => {
      let pending: Buffer = Buffer.alloc(0);
      let sentAt = 0;
      const next = (): void => {
        if (sent === job.count) return resolve();
        sentAt = performance.now();
        socket.write(requests[sent % requests.length] as Buffer);
        sent += 1;
      };
      socket.once('close', () => reject(new Error('the server closed a connection')));
      socket.on('data', (chunk: Buffer) => {
        pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
        const length = completeLength(pending);
        if (length === 0) return;
        times.push(performance.now() - sentAt);
        if (!pending.toString('latin1', 0, 12).endsWith('200')) failures += 1;
        if (sample === '') sample = pending.subarray(pending.indexOf(SEPARATOR) + 4, length).toString();
        pending = pending.subarray(length);
        next();
      });
      next();
    });
  await Promise.all(sockets.map(lane));
  const seconds = (performance.now() - startedAt) / 1000;
  for (const socket of sockets) socket.removeAllListeners('close').destroy();
  times.sort((a, b) => a - b);
  const at = (part: number): number => times[Math.floor(times.length * part)] ?? Number.NaN;
  return { seconds, failures, p50Ms: at(0.5), p99Ms: at(0.99), sample };
}

serve({ run, bytes: () => requests.reduce((sum, request) => sum + request.length, 0) / requests.length });
