import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  admissionReview,
  answered,
  deployment,
  open,
  replies,
  requestBytes,
  send,
  startServer,
  PATHS,
} from './support.ts';
import type { Send, Started } from './support.ts';

const MIB = 1024 * 1024;
const limits = { drainMs: 0, closeMs: 200, bodyMs: 300, headersMs: 300, handshakeMs: 300, connections: 100 };
const good = JSON.stringify(admissionReview());
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

let at: Started;
beforeAll(async () => {
  at = await startServer({ limits });
});
afterAll(async () => {
  expect(at.seen.lines.filter((line) => line.level === 'error')).toEqual([]);
  await at.server.stop();
});

describe('bad input gets a status and a sentence', () => {
  const cases: [string, Send, number, string][] = [
    ['no body', { body: '' }, 400, 'body is empty'],
    ['no body and no content type', { headers: { 'content-type': '' } }, 415, 'application/json'],
    [
      'AW-21 another content type',
      { body: good, headers: { 'content-type': 'application/yaml' } },
      415,
      'application/json',
    ],
    ['AW-21 a content type that is none', { body: good, headers: { 'content-type': '/' } }, 415, 'application/json'],
    ['AW-21 no content type', { body: good, headers: { 'content-type': '' } }, 415, 'application/json'],
    ['AW-21 text', { body: good, headers: { 'content-type': 'text/plain' } }, 415, 'application/json'],
    [
      'AW-21 gzip',
      { body: gzipSync(good), headers: { 'content-encoding': 'gzip' } },
      415,
      'content encoding "gzip" is refused',
    ],
    ['AW-21 PUT', { method: 'PUT', body: good }, 405, 'only POST is answered here, not PUT'],
    ['AW-21 GET', { method: 'GET' }, 405, 'only POST'],
    ['AW-21 DELETE', { method: 'DELETE', body: good }, 405, 'only POST'],
    ['an unknown path', { path: '/mutate', body: good }, 404, 'nothing at this path'],
    ['a garbled path', { path: '/%zz', body: good }, 400, ''],
    ['broken JSON', { body: '{"kind":' }, 400, 'body is not valid JSON'],
    ['JSON with more behind it', { body: `${good}{}` }, 400, 'body is not valid JSON'],
    ['no UTF-8', { body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) }, 400, 'body is not UTF-8'],
    ['deep nesting', { body: nested(129) }, 400, 'body nests deeper than 128 levels'],
    ['very deep nesting', { body: nested(100_000) }, 400, 'body nests deeper than 128 levels'],
    ['an unclosed string of brackets', { body: `"${'['.repeat(500)}` }, 400, 'body is not valid JSON'],
    ['nothing but containers', { body: `[${'{},'.repeat(2 * MIB)}{}]` }, 400, 'body holds more than'],
    ['a list at the root', { body: '[]' }, 400, 'body is a list'],
    ['AW-20 8 MiB', { body: Buffer.alloc(8 * MIB, 0x20) }, 413, `body is larger than ${7 * MIB} bytes`],
  ];
  test.each(cases)('%s', async (_name, request, status, text) => {
    const reply = await send(at, request);
    expect([reply.status, reply.body]).toEqual([status, expect.stringContaining(text)]);
    if (status === 405) expect(reply.headers['allow']).toBe('POST');
  });

  test('the text of broken JSON is not repeated, it may hold secrets', async () => {
    const reply = await send(at, { body: '{"password": hunter2}' });
    expect(reply.body).toMatch(/not valid JSON/);
    expect(reply.body).not.toContain('hunter2');
  });

  test('AW-20 more than 7 MiB in chunks without an announced length is counted while streaming', async () => {
    const socket = await open(at.port, at.ca);
    const next = replies(socket);
    socket.write(requestBytes({ headers: { 'content-length': '', 'transfer-encoding': 'chunked' } }));
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MIB, 0x20), Buffer.from('\r\n')]);
    for (let sent = 0; sent < 8; sent += 1) socket.write(chunk);
    socket.write('0\r\n\r\n');
    expect((await next()).status).toBe(413);
    socket.destroy();
  });

  test('a truncated body: 400, closed', async () => {
    const socket = await open(at.port, at.ca);
    const next = replies(socket);
    socket.end(requestBytes({ body: good }).subarray(0, -20));
    expect(await next()).toMatchObject({
      status: 400,
      body: expect.stringContaining('ended before its announced length') as string,
    });
    await expect(next()).rejects.toThrow('closed');
  });

  test('a body that is reset midway leaves nothing behind', async () => {
    const socket = await open(at.port, at.ca);
    socket.write(requestBytes({ body: good }).subarray(0, -20), () => socket.destroy());
    expect((await send(at, { body: good })).status).toBe(200);
  });

  test('HZ-14 a slow body: 408 at the deadline', async () => {
    const socket = await open(at.port, at.ca);
    const next = replies(socket);
    const startedAt = performance.now();
    socket.write(requestBytes({ body: good }).subarray(0, -20));
    expect(await next()).toMatchObject({
      status: 408,
      body: expect.stringContaining('body took longer than 300 ms') as string,
    });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    socket.destroy();
  });

  test('HZ-14 slow headers get 408, a silent connection is closed without a word', async () => {
    const [slow, silent] = await Promise.all([open(at.port, at.ca), open(at.port, at.ca)]);
    const [next, never] = [replies(slow), replies(silent)];
    slow.write('POST /mutate-apps-v1-deployment HTTP/1.1\r\nhost: x\r\n');
    expect((await next()).status).toBe(408);
    await expect(never()).rejects.toThrow(/closed/);
  });

  test('bytes that are no HTTP: 400', async () => {
    const socket = await open(at.port, at.ca);
    const next = replies(socket);
    socket.write('EHLO sluice\r\n\r\n');
    expect((await next()).status).toBe(400);
  });

  test('headers of 64 KiB: 431', async () => {
    expect((await send(at, { body: good, headers: { 'x-long': 'x'.repeat(64 * 1024) } })).status).toBe(431);
  });

  test('unknown kinds and a null object are judged, not refused', async () => {
    for (const request of [
      { kind: { kind: 'Gizmo' }, resource: { resource: 'gizmos' } },
      { object: null, oldObject: null },
    ]) {
      const reply = await send(at, { body: JSON.stringify(admissionReview(request)) });
      expect([reply.status, answered(reply).response.allowed]).toEqual([200, true]);
    }
  });

  test('a good request after all of this', async () => {
    expect((await send(at, { body: good })).status).toBe(200);
  });
});

describe('what must pass', () => {
  test('AW-20 a Deployment update of 1.5 MB', async () => {
    const big = deployment({ extra: Array.from({ length: 5_000 }, (_, index) => ({ index, text: 'x'.repeat(120) })) });
    const body = JSON.stringify(admissionReview({ object: big, oldObject: big }));
    expect(body.length).toBeGreaterThan(1.4e6);
    const reply = await send(at, { body });
    expect([reply.status, answered(reply).response.allowed]).toEqual([200, true]);
  });

  test('AW-20 exactly 7 MiB', async () => {
    expect((await send(at, { body: good.padEnd(7 * MIB) })).status).toBe(200);
  });

  test('nesting up to 128 levels', async () => {
    const body = JSON.stringify(admissionReview({ object: deployment({ deep: 'HERE' }) })).replace(
      '"HERE"',
      nested(125),
    );
    expect((await send(at, { body })).status).toBe(200);
  });

  test('a charset and capitals in the content type', async () => {
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await send(at, { body: good, headers })).status).toBe(200);
  });

  test('hundreds of requests over one connection', async () => {
    const socket = await open(at.port, at.ca);
    const next = replies(socket);
    for (let sent = 0; sent < 200; sent += 1) {
      socket.write(requestBytes({ body: good }));
      const { status, headers } = await next();
      expect([status, headers['connection']]).toEqual([200, 'keep-alive']);
    }
    socket.destroy();
  });
});

describe('HZ-16 poisoned keys', () => {
  test('__proto__ and constructor are ordinary keys and pollute nothing', async () => {
    const poison =
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"metadata":{"name":"x","labels":{"__proto__":"y"}}}';
    for (const path of [PATHS.deployment, PATHS.rollout]) {
      const body = JSON.stringify(admissionReview({ object: 'HERE' })).replace('"HERE"', poison);
      expect((await send(at, { path, body })).status).toBe(200);
    }
    const envelope = `{"__proto__":{"request":{"uid":"x"}},"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}`;
    expect((await send(at, { body: envelope })).status).toBe(400);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('HZ-14 volume', () => {
  test('large bodies beyond the common budget are told to retry, ordinary ones still pass', async () => {
    const tight = await startServer({
      limits: { ...limits, bodyMs: 2_000, largeInFlightBytes: 2 * MIB, inFlightBytes: 3 * MIB },
    });
    const sockets = await Promise.all([1, 2].map(() => open(tight.port, tight.ca)));
    const nexts = sockets.map((socket) => replies(socket));
    const big = requestBytes({ body: good.padEnd(1.5 * MIB) });
    for (const socket of sockets) socket.write(big.subarray(0, -1));
    // The first reply is that of the body which found no room; it is sent once that body has been read to its end.
    expect((await send(tight, { body: good })).status).toBe(200);
    for (const socket of sockets) socket.write(big.subarray(-1));
    const all = await Promise.all(nexts.map((next) => next()));
    expect(all.map((reply) => reply.status).sort()).toEqual([200, 429]);
    expect(all.find((reply) => reply.status === 429)?.headers['retry-after']).toBe('1');
    expect((await send(tight, { body: good.padEnd(1.5 * MIB) })).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await tight.server.stop();
  });
});
