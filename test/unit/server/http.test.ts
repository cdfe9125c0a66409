import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { issueAuthority } from '../../../src/certs/issue.ts';
import { newSet } from '../../../src/certs/rotate.ts';
import { createProbeServer, healthRoutes, metricsRoutes } from '../../../src/server/probes.ts';
import {
  admissionReview,
  look,
  answered,
  certificates,
  clientPair,
  open,
  replies,
  requestBytes,
  send,
  SERVICE,
  startServer,
} from './support.ts';
import type { Started } from './support.ts';

const body = JSON.stringify(admissionReview());

/** `TLSv1.3 http/1.1`, or the code of the failure. */
async function handshake({ port, ca }: Started, options: ConnectionOptions): Promise<string> {
  try {
    const socket = await open(port, ca, options);
    const agreed = `${socket.getProtocol()} ${socket.alpnProtocol || 'none'}`;
    socket.destroy();
    return agreed;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

describe('AW-22 handshakes', () => {
  test('TLS 1.3 by default', async () => {
    const at = await startServer();
    expect(await handshake(at, {})).toBe('TLSv1.3 none');
    expect(await handshake(at, { maxVersion: 'TLSv1.2' })).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    expect(await handshake(at, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' })).toMatch(
      /^ERR_SSL/,
    );
    expect(await handshake(at, { ALPNProtocols: ['h2', 'http/1.1'] })).toBe('TLSv1.3 http/1.1');
    expect(await handshake(at, { ALPNProtocols: ['h2'] })).toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
    expect(await handshake(at, { servername: 'other.kruise-rollout.svc' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await handshake({ ...at, ca: (await issueAuthority(Date.now())).cert }, {})).toMatch(/VERIFY|SELF_SIGNED/);
    await at.server.stop();
  });

  test('TLS 1.2 by option, never less', async () => {
    const at = await startServer({ tls: { minVersion: 'TLSv1.2' } });
    expect(await handshake(at, {})).toBe('TLSv1.3 none');
    expect(await handshake(at, { maxVersion: 'TLSv1.2' })).toBe('TLSv1.2 none');
    expect(await handshake(at, { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' })).toMatch(/^ERR_SSL/);
    expect(await handshake(at, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' })).toMatch(
      /^ERR_SSL/,
    );
    await at.server.stop();
  });
});

describe('AW-23 client certificates', () => {
  test('no certificate, a wrong authority and a wrong name are refused; names and authority are reloaded', async () => {
    const now = Date.now();
    const [first, second] = await Promise.all([issueAuthority(now), issueAuthority(now)]);
    const [api, other, foreign] = await Promise.all([
      clientPair(first, 'kube-apiserver'),
      clientPair(first, 'somebody'),
      clientPair(second, 'kube-apiserver'),
    ]);
    const names = ['kube-apiserver'];
    const at = await startServer({ tls: { clients: { ca: first.cert, names } } });
    const asks = async (pair?: { cert: string; key: string }): Promise<number | string> => {
      try {
        const socket = await open(at.port, at.ca, { ...pair });
        const next = replies(socket, 1_000);
        socket.write(requestBytes({ body }));
        return (await next()).status;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? 'closed';
      }
    };
    expect(await asks(api)).toBe(200);
    expect(await asks(await clientPair(first, 'other', ['kube-apiserver']))).toBe(200);
    for (const refused of [undefined, other, foreign]) expect(await asks(refused)).not.toBe(200);
    const { leaf } = await certificates();
    at.server.reloadTls({ pair: leaf, clients: { ca: second.cert, names } });
    expect([await asks(foreign), (await asks(api)) === 200]).toEqual([200, false]);
    at.server.reloadTls({ pair: leaf, clients: { ca: second.cert, names: [] } });
    expect(await asks(foreign)).not.toBe(200);
    await at.server.stop();
  });
});

describe('certificates', () => {
  test('HZ-02 a new certificate serves new handshakes and leaves live connections alone', async () => {
    const at = await startServer();
    const live = await open(at.port, at.ca);
    const next = replies(live);
    const renewed = await newSet([SERVICE], Date.now());
    at.server.reloadTls({ pair: renewed.leaf });
    live.write(requestBytes({ body }));
    expect((await next()).status).toBe(200);
    expect(await handshake(at, {})).not.toContain('TLSv1.3');
    expect(await handshake({ ...at, ca: renewed.authority.cert }, {})).toBe('TLSv1.3 none');
    live.destroy();
    await at.server.stop();
  });

  test('a pair that does not belong together or has expired is refused and the old one goes on', async () => {
    const at = await startServer();
    const [one, two] = await Promise.all([newSet([SERVICE], Date.now()), newSet([SERVICE], Date.now())]);
    const old = await newSet([SERVICE], Date.now() - 100 * 86_400_000);
    const mixed = { cert: one.leaf.cert, key: two.leaf.key };
    expect(() => at.server.reloadTls({ pair: mixed })).toThrow('the private key belongs to another certificate');
    expect(() => at.server.reloadTls({ pair: old.leaf })).toThrow('expired at');
    expect(() => at.server.reloadTls({ pair: { cert: '', key: '' } })).toThrow('there is no certificate');
    expect((await send(at, { body })).status).toBe(200);
    await at.server.stop();
  });
});

describe('HZ-05 drain', () => {
  test('readiness turns red, requests are served with Connection: close, then the server closes', async () => {
    const at = await startServer({ limits: { drainMs: 300, closeMs: 200 } });
    const idle = await open(at.port, at.ca);
    const busy = await open(at.port, at.ca);
    const next = replies(busy);
    busy.write(requestBytes({ body }));
    expect((await next()).headers['connection']).toBe('keep-alive');
    expect(at.server.readiness()).toEqual({ ok: true, reasons: [] });

    const startedAt = performance.now();
    const stopped = at.server.stop();
    expect(at.server.readiness()).toMatchObject({ ok: false, reasons: [expect.stringContaining('shutting down')] });
    busy.write(requestBytes({ body }));
    expect(await next()).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await once(busy, 'close');
    const late = await send(at, { body });
    expect(late).toMatchObject({ status: 200, headers: { connection: 'close' } });
    expect(answered(late).response.allowed).toBe(true);
    expect((await send(at, { body: '{' })).headers['connection']).toBe('close');

    const gone = once(idle, 'close');
    await stopped;
    await gone;
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(295);
    await expect(open(at.port, at.ca)).rejects.toThrow('ECONNREFUSED');
    expect(at.server.readiness().reasons).toEqual(['the webhook server has stopped']);
  });

  test('a request under way at the end of the drain is finished', async () => {
    const at = await startServer({
      limits: { drainMs: 50, closeMs: 2_000, liveLookMs: 400 },
      admission: {
        decide: (_review, known) =>
          known.liveError === undefined ? look('x') : { is: 'allow', reason: 'late', warnings: [] },
        lookLive: () => new Promise(() => {}),
      },
    });
    const answer = send(at, { body });
    await delay(50);
    await at.server.stop();
    expect((await answer).status).toBe(200);
  });

  test('a request that never ends cannot hold the server', async () => {
    const at = await startServer({ limits: { drainMs: 0, closeMs: 100, bodyMs: 60_000 } });
    const socket = await open(at.port, at.ca);
    socket.on('error', () => {});
    socket.write(requestBytes({ body }).subarray(0, -5));
    await delay(30);
    const startedAt = performance.now();
    await at.server.stop();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test('stopping twice is stopping once', async () => {
    const at = await startServer();
    expect(at.server.stop()).toBe(at.server.stop());
    await at.server.stop();
  });
});

describe('readiness', () => {
  test('says why not, and conversion answers all the same', async () => {
    const reasons = ['the store has not synced Rollouts yet'];
    const at = await startServer({ ready: () => ({ ok: false, reasons }) });
    const health = createProbeServer('127.0.0.1', 0, healthRoutes(at.server.readiness));
    const base = `http://127.0.0.1:${await health.start()}`;
    const ready = await fetch(`${base}/readyz?verbose`);
    expect([ready.status, await ready.text()]).toEqual([503, `not ready:\n- ${reasons[0]}\n`]);
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
    expect((await fetch(`${base}/nothing`)).status).toBe(404);
    expect((await fetch(`${base}/readyz`, { method: 'POST' })).status).toBe(405);
    const review = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'ConversionReview',
      request: { uid: 'u', desiredAPIVersion: 'v', objects: [] },
    };
    expect((await send(at, { path: '/convert', body: JSON.stringify(review) })).status).toBe(200);
    reasons.length = 0;
    await Promise.all([health.stop(), at.server.stop()]);
  });

  test('metrics are served as they come', async () => {
    const server = createProbeServer(
      '127.0.0.1',
      0,
      metricsRoutes(() => Promise.resolve({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' })),
    );
    const reply = await fetch(`http://127.0.0.1:${await server.start()}/metrics`);
    expect([reply.headers.get('content-type'), await reply.text()]).toEqual(['text/plain; version=0.0.4', 'up 1\n']);
    await server.stop();
  });

  test('a port that is taken is an error of start', async () => {
    const one = createProbeServer('127.0.0.1', 0, {});
    const port = await one.start();
    await expect(createProbeServer('127.0.0.1', port, {}).start()).rejects.toThrow('EADDRINUSE');
    await one.stop();
  });
});
