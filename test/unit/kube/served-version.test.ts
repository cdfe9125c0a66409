// Resources of add-ons: asked for under the version that the server serves.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { HTTP_ROUTES } from '../../../src/api/resources.ts';
import { createClient } from '../../../src/kube/client.ts';
import type { Client } from '../../../src/kube/client.ts';
import { Table } from '../../../src/kube/table.ts';
import { startWatch } from '../../../src/kube/watch.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { connect } from './connect.ts';
import { FakeApiServer, answer, failure, until } from './fake-api-server.ts';

const GROUP = '/apis/gateway.networking.k8s.io';
const target = { resource: HTTP_ROUTES, namespace: 'default', name: 'shop' };
const route = { metadata: { name: 'shop', namespace: 'default', resourceVersion: '7', uid: 'u' } };

let server: FakeApiServer;
let client: Client;
let connection: ReturnType<typeof connect>;
/** Versions that the server serves at present. */
let served: string[];
/** It has the route. */
let hasRoute: boolean;

beforeEach(async () => {
  server = new FakeApiServer();
  connection = connect(await server.start());
  client = createClient(connection);
  served = ['v1', 'v1beta1'];
  hasRoute = true;
  server.intercept = ({ path, query, method }, response) => {
    if (!path.startsWith(`${GROUP}/`)) return false;
    const [version = '', ...rest] = path.slice(GROUP.length + 1).split('/');
    if (!served.includes(version)) return response.writeHead(404).end('404 page not found') !== undefined;
    if (rest.length === 0) return answer(response, 200, { resources: [{ name: 'httproutes' }, { name: 'gateways' }] });
    if (rest.at(-1) === 'httproutes') return query.has('watch') || method !== 'GET' ? false : list(response);
    return hasRoute ? answer(response, 200, route) : failure(response, 404, 'NotFound');
  };
});
afterEach(async () => {
  await connection.close();
  await server.stop();
});

const list = (response: Parameters<typeof answer>[0]): true =>
  answer(response, 200, { metadata: { resourceVersion: '100' }, items: [route] });
const calls = () => server.requests.map(({ method, path }) => `${method} ${path.slice(GROUP.length + 1)}`);
const OBJECT = 'namespaces/default/httproutes/shop';

it('names the newest version that is served, and asks once which that is', async () => {
  served = ['v1beta1'];
  expect(await client.get(target)).toEqual(route);
  await client.mergePatch(target, { spec: {} }, { resourceVersion: '7' });
  expect(calls()).toEqual(['GET v1', 'GET v1beta1', `GET v1beta1/${OBJECT}`, `PATCH v1beta1/${OBJECT}`]);
});

it('prefers the version that everybody names', async () => {
  expect((await client.list(HTTP_ROUTES)).items).toMatchObject([
    { ...route, apiVersion: 'gateway.networking.k8s.io/v1' },
  ]);
  expect(calls()).toEqual(['GET v1', 'GET v1/httproutes']);
});

it('tells an object that is not there from a version that is not served any more', async () => {
  await client.get(target);
  hasRoute = false;
  expect(await client.get(target)).toBeUndefined();
  await expect(client.mergePatch(target, {}, { resourceVersion: '7' })).rejects.toMatchObject({ notFound: true });
  hasRoute = true;
  served = ['v1beta1'];
  server.requests.length = 0;
  expect(await client.get(target)).toEqual(route);
  expect(calls()).toContain(`GET v1beta1/${OBJECT}`);
});

it('a kind that is not served is missing, and its watch begins once it is, under whatever version', async () => {
  served = [];
  expect(await client.get(target)).toBeUndefined();
  const table = new Table(HTTP_ROUTES);
  const watch = startWatch({ client, table, clock: systemClock, timing: { backoffBaseMs: 1, backoffCapMs: 5 } });
  await table.whenSynced();
  expect(table.state).toBe('missing');
  served = ['v1beta1'];
  watch.retry();
  await until(() => watch.status().state === 'watching');
  expect(table.get('default', 'shop')).toMatchObject(route);
  await watch.stop();
});

it('a failure of discovery is a failure of the call', async () => {
  const intercept = server.intercept;
  server.intercept = (request, response) =>
    request.path === `${GROUP}/v1` ? failure(response, 403, 'Forbidden') : intercept(request, response);
  await expect(client.get(target)).rejects.toMatchObject({ status: 403 });
});
