import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { createClient } from '../../../src/kube/client.ts';
import type { Client } from '../../../src/kube/client.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import type { CallReport } from '../../../src/kube/transport.ts';
import { DEPLOYMENTS, PODS, connect } from './connect.ts';
import { FakeApiServer, answer, failure, until } from './fake-api-server.ts';

const target = { resource: DEPLOYMENTS, namespace: 'default', name: 'web' };
const path = '/apis/apps/v1/namespaces/default/deployments/web';
const web: KubeObject = { metadata: { name: 'web', namespace: 'default', resourceVersion: '7', uid: 'u' } };

let server: FakeApiServer;
let client: Client;
let connection: ReturnType<typeof connect>;
let reports: CallReport[];

beforeEach(async () => {
  server = new FakeApiServer();
  reports = [];
  connection = connect(await server.start(), () => ({ authorization: `Bearer ${connection.invalidated}` }));
  client = createClient(connection, { onCall: (report) => reports.push(report) });
});
afterEach(async () => {
  await connection.close();
  await server.stop();
});

const failed = async (promise: Promise<unknown>): Promise<KubeError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KubeError);
  return error as KubeError;
};
const last = () => server.requests.at(-1);

describe('verbs', () => {
  it('get gives the object, or undefined when there is none', async () => {
    server.intercept = (request, response) =>
      request.path === path ? answer(response, 200, web) : failure(response, 404, 'NotFound');
    expect(await client.get(target)).toEqual(web);
    expect(await client.get({ ...target, name: 'none' })).toBeUndefined();
  });

  it('list reads all pages, projects each object and names its kind', async () => {
    for (let i = 0; i < 7; i += 1) server.put('/api/v1/pods', `p${i}`, { spec: { big: true } });
    const list = await client.list(PODS, {
      limit: 3,
      project: ({ kind, metadata }) => ({ kind, metadata }) as KubeObject,
    });
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6']);
    expect(list.items[0]).toMatchObject({ kind: 'Pod' });
    expect(list.items[0]).not.toHaveProperty('spec');
    expect(list.resourceVersion).toBe('107');
    expect(server.requests.map(({ query }) => query.get('continue'))).toEqual([null, '3', '6']);
  });

  it('list asks for one namespace, labels, a name and a version', async () => {
    await client.list(PODS, { namespace: 'n 1', labels: { matchLabels: { app: 'x' } }, resourceVersion: '0' });
    expect(last()?.path).toBe('/api/v1/namespaces/n%201/pods');
    expect(Object.fromEntries(last()?.query ?? [])).toEqual({
      labelSelector: 'app=x',
      limit: '100',
      resourceVersion: '0',
    });
    await client.list(PODS, { name: 'one' });
    expect(last()?.query.get('fieldSelector')).toBe('metadata.name=one');
  });

  it('list and watch ask for metadata alone where nothing else is read', async () => {
    await client.list(PODS, { metadataOnly: true });
    expect(last()?.headers.accept).toBe(
      'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
    );
    const ended = new AbortController();
    await client.watch(PODS, { metadataOnly: true, resourceVersion: '1', timeoutSeconds: 1 }, ended.signal);
    ended.abort();
    expect(last()?.headers.accept).toBe(
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json',
    );
    await client.list(PODS);
    expect(last()?.headers.accept).toBe('application/json');
  });

  it('mergePatch carries the precondition, explicit nulls and our manager', async () => {
    server.intercept = (_request, response) => answer(response, 200, web);
    await client.mergePatch(
      target,
      { metadata: { annotations: { a: null } }, spec: { paused: false } },
      { subresource: 'status', resourceVersion: '7' },
    );
    expect(last()).toMatchObject({
      method: 'PATCH',
      path: `${path}/status`,
      body: { metadata: { annotations: { a: null }, resourceVersion: '7' }, spec: { paused: false } },
    });
    expect(last()?.headers['content-type']).toBe('application/merge-patch+json');
    expect(last()?.query.get('fieldManager')).toBe('sluice');
  });

  it('jsonPatch tests the version first', async () => {
    server.intercept = (_request, response) => answer(response, 200, web);
    await client.jsonPatch(target, [{ op: 'remove', path: '/x' }], { resourceVersion: '7' });
    expect(last()?.body).toEqual([
      { op: 'test', path: '/metadata/resourceVersion', value: '7' },
      { op: 'remove', path: '/x' },
    ]);
  });

  it('create posts to the collection, createSubresource to the subresource, replace puts', async () => {
    server.intercept = (_request, response) => answer(response, 201, web);
    await client.create(DEPLOYMENTS, 'default', web);
    await client.createSubresource(target, 'token', { spec: {} });
    await client.replace(target, web);
    expect(server.requests.map(({ method, path: at }) => `${method} ${at}`)).toEqual([
      'POST /apis/apps/v1/namespaces/default/deployments',
      `POST ${path}/token`,
      `PUT ${path}`,
    ]);
  });

  it('delete names what it means, and tells gone from still terminating', async () => {
    server.intercept = (_request, response) => answer(response, 200, { kind: 'Status', status: 'Success' });
    expect(await client.delete(target, { uid: 'u', propagation: 'Foreground' })).toBeUndefined();
    expect(last()?.body).toMatchObject({ preconditions: { uid: 'u' }, propagationPolicy: 'Foreground' });
    server.intercept = (_request, response) => answer(response, 200, { kind: 'Service', ...web });
    expect(await client.delete(target)).toBeUndefined();
    const metadata = { ...web.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
    server.intercept = (_request, response) => answer(response, 200, { kind: 'Deployment', metadata });
    expect(await client.delete(target)).toEqual({ kind: 'Deployment', metadata });
  });

  it('raw gives JSON or text', async () => {
    server.intercept = (request, response) => {
      if (request.path === '/version') return answer(response, 200, { major: '1' });
      response.end('ok');
      return true;
    };
    expect(await client.raw('/version')).toEqual({ major: '1' });
    expect(await client.raw('/readyz')).toBe('ok');
  });

  it('a target without a name is refused before anything is sent', async () => {
    await expect(client.delete({ ...target, name: '' })).rejects.toThrow('a Deployment without a name has no path');
    expect(server.requests).toEqual([]);
  });
});

describe('failures', () => {
  const statuses: [number, string, Partial<KubeError>][] = [
    [409, 'Conflict', { conflict: true, alreadyExists: false, retryable: true }],
    [409, 'AlreadyExists', { conflict: false, alreadyExists: true, retryable: false }],
    [404, 'NotFound', { notFound: true, retryable: false }],
    [410, 'Expired', { expired: true, retryable: false }],
    [422, 'Invalid', { retryable: false, conflict: false }],
    [403, 'Forbidden', { retryable: false }],
    [429, 'TooManyRequests', { retryable: true }],
    [500, 'InternalError', { retryable: true }],
    [503, 'ServiceUnavailable', { retryable: true }],
  ];
  it.each(statuses)('%i %s is typed', async (status, reason, expected) => {
    server.intercept = (_request, response) =>
      failure(response, status, reason, 'why', { causes: [{ field: 'spec.x' }] });
    const error = await failed(client.mergePatch(target, {}));
    expect(error).toMatchObject({ status, reason, unknown: false, causes: [{ field: 'spec.x' }] });
    for (const [key, value] of Object.entries(expected))
      expect([key, error[key as keyof KubeError]]).toEqual([key, value]);
    expect(error.message).toBe(`PATCH ${path}: why`);
  });

  it('tells how long a busy server asks to wait', async () => {
    server.intercept = (_request, response) => answer(response, 429, {}, { 'retry-after': '3' });
    expect((await failed(client.mergePatch(target, {}))).retryAfterMs).toBe(3000);
  });

  it('an answer that is not JSON is an error with its status', async () => {
    server.intercept = (_request, response) => {
      response.writeHead(502).end('<html>bad gateway</html>');
      return true;
    };
    expect(await failed(client.mergePatch(target, {}))).toMatchObject({ status: 502, retryable: true });
    server.intercept = (_request, response) => {
      response.end('[1');
      return true;
    };
    expect(await failed(client.mergePatch(target, {}))).toMatchObject({
      status: 0,
      reason: 'InvalidAnswer',
      unknown: true,
    });
  });

  it('a write whose answer is lost is sent once and may have happened', async () => {
    server.intercept = () => {
      server.dropSockets();
      return true;
    };
    expect(await failed(client.mergePatch(target, {}))).toMatchObject({ unknown: true, retryable: true, status: 0 });
    expect(server.requests).toHaveLength(1);
  });

  it('a read whose answer is lost is sent once more', async () => {
    server.intercept = (_request, response) => {
      if (server.requests.length > 1) return answer(response, 200, web);
      server.dropSockets();
      return true;
    };
    expect(await client.get(target)).toEqual(web);
  });

  it('a server that is not there has got nothing', async () => {
    await server.stop();
    expect(await failed(client.mergePatch(target, {}))).toMatchObject({
      unknown: false,
      retryable: true,
      reason: 'Unreachable',
    });
    await server.start();
  });

  it('a deadline ends a call that hangs before or inside its answer', async () => {
    server.intercept = () => true;
    const began = performance.now();
    expect(await failed(client.get(target, { timeoutMs: 50 }))).toMatchObject({
      reason: 'DeadlineExceeded',
      unknown: false,
      message: `GET ${path}: no answer in 50 ms`,
    });
    server.intercept = (_request, response) => {
      response.write('{"metadata":');
      return true;
    };
    expect(await failed(client.mergePatch(target, {}, { timeoutMs: 50 }))).toMatchObject({ unknown: true });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('the caller can give up', async () => {
    server.intercept = () => true;
    const abort = new AbortController();
    const calling = failed(client.get(target, { signal: abort.signal }));
    await until(() => server.requests.length === 1);
    abort.abort();
    expect(await calling).toMatchObject({ reason: 'Aborted' });
    expect(await failed(client.get(target, { signal: abort.signal }))).toMatchObject({ reason: 'Aborted' });
    expect(server.requests).toHaveLength(1);
  });

  it('refused credentials are renewed once, for writes too', async () => {
    server.intercept = (request, response) =>
      request.headers.authorization === 'Bearer 1'
        ? answer(response, 200, web)
        : failure(response, 401, 'Unauthorized');
    expect(await client.mergePatch(target, {})).toEqual(web);
    server.intercept = (_request, response) => failure(response, 401, 'Unauthorized');
    expect(await failed(client.mergePatch(target, {}))).toMatchObject({ status: 401 });
    expect(server.requests).toHaveLength(4);
  });

  it('reports each call with its status', async () => {
    server.intercept = (_request, response) => answer(response, 200, web);
    await client.get(target);
    server.intercept = () => (server.dropSockets(), true);
    await failed(client.mergePatch(target, {}));
    expect(reports.map(({ method, status }) => [method, status])).toEqual([
      ['GET', 200],
      ['PATCH', 0],
    ]);
  });
});

it('keeps connections open between calls and opens several for calls at once', async () => {
  server.intercept = async (_request, response) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return answer(response, 200, web);
  };
  for (let i = 0; i < 10; i += 1) await client.get(target);
  // A call that follows in the same turn may find the first socket not free yet.
  expect(server.connections).toBeLessThanOrEqual(2);
  await Promise.all([1, 2, 3, 4].map(() => client.get(target)));
  expect(server.connections).toBeGreaterThanOrEqual(3);
});
