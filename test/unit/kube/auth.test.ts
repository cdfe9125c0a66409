import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actAs, connect, connectAs, userNameOf } from '../../../src/kube/auth.ts';
import { createClient } from '../../../src/kube/client.ts';
import { loadKubeconfig } from '../../../src/kube/kubeconfig.ts';
import type { Connection } from '../../../src/kube/transport.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { FakeApiServer, answer, failure } from './fake-api-server.ts';

let server: FakeApiServer;
let folder: string;
const open: { close(): Promise<void> }[] = [];
const track = <T extends { close(): Promise<void> }>(connection: T): T => {
  open.push(connection);
  return connection;
};

beforeEach(async () => {
  server = new FakeApiServer();
  await server.start();
  folder = await mkdtemp(join(tmpdir(), 'sluice-auth-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.close()));
  await server.stop();
  await rm(folder, { recursive: true });
});

const kubeconfig = async (user: object, cluster: object = {}): Promise<string> => {
  const file = join(folder, 'config');
  const body = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'one',
    clusters: [{ name: 'c', cluster: { server: server.url, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'one', context: { cluster: 'c', user: 'u', namespace: 'shop' } },
      { name: 'two', context: { cluster: 'c', user: 'u' } },
    ],
  };
  await writeFile(file, JSON.stringify(body));
  return file;
};
const ask = (connection: Connection): Promise<unknown> => createClient(connection).raw('/version');
const authorization = (): (string | undefined)[] => server.requests.map(({ headers }) => headers.authorization);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('kubeconfig', () => {
  it('a plain http server, a token and the namespace of the context', async () => {
    server.intercept = (_request, response) => answer(response, 200, {});
    const connection = track(await connect({ kubeconfig: await kubeconfig({ token: 'secret' }) }));
    await ask(connection);
    expect([authorization(), connection.namespace]).toEqual([['Bearer secret'], 'shop']);
  });

  it('TLS material goes to the pool, and the part that only trusts leaves out what proves who we are', async () => {
    const user = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') };
    const cluster = {
      server: 'https://127.0.0.1:1',
      'certificate-authority-data': base64('CA'),
      'tls-server-name': 'api',
    };
    const file = await kubeconfig(user, cluster);
    const { tls } = await (await loadKubeconfig({ kubeconfig: file })).credentials();
    expect(Object.fromEntries(Object.entries(tls).map(([key, value]) => [key, String(value)]))).toEqual({
      ca: 'CA',
      cert: 'CERT',
      key: 'KEY',
      servername: 'api',
    });
    const { trust } = track(await connect({ kubeconfig: file }));
    expect(Object.keys(trust.tls).sort()).toEqual(['ca', 'servername']);
  });

  it('another context, and a clear word about one that is not there', async () => {
    const file = await kubeconfig({});
    expect((await loadKubeconfig({ kubeconfig: file, context: 'two' })).namespace).toBeUndefined();
    await expect(loadKubeconfig({ kubeconfig: file, context: 'three' })).rejects.toThrow(
      'context "three" is not in the kubeconfig; known are: one, two',
    );
  });

  it('a file that is missing or broken is named', async () => {
    const missing = join(folder, 'nope');
    await expect(loadKubeconfig({ kubeconfig: missing })).rejects.toThrow(
      `the kubeconfig ${missing} cannot be used: ENOENT`,
    );
    const broken = join(folder, 'broken');
    await writeFile(broken, 'clusters: [');
    await expect(loadKubeconfig({ kubeconfig: broken })).rejects.toThrow(`the kubeconfig ${broken} cannot be used`);
  });

  it('a token file is read again when the server refuses the old one', async () => {
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 'old');
    server.intercept = ({ headers }, response) =>
      headers.authorization === 'Bearer new'
        ? answer(response, 200, { ok: true })
        : failure(response, 401, 'Unauthorized');
    const user = { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } };
    const connection = track(await connect({ kubeconfig: await kubeconfig(user) }));
    await writeFile(tokenFile, 'new');
    expect(await ask(connection)).toEqual({ ok: true });
    expect(authorization()).toEqual(['Bearer old', 'Bearer new']);
  });

  it('a plugin is run once while its token is good, and again when the server refuses it', async () => {
    const runs = join(folder, 'runs');
    const plugin = join(folder, 'plugin.mjs');
    await writeFile(
      plugin,
      `import { appendFileSync, readFileSync } from 'node:fs';
       appendFileSync(${JSON.stringify(runs)}, 'x');
       const token = 'run' + readFileSync(${JSON.stringify(runs)}).length;
       console.log(JSON.stringify({ kind: 'ExecCredential', status: { token } }));`,
    );
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: [plugin] };
    server.intercept = ({ headers }, response) =>
      headers.authorization === 'Bearer run2' || server.requests.length < 3
        ? answer(response, 200, {})
        : failure(response, 401, 'Unauthorized');
    const connection = track(await connect({ kubeconfig: await kubeconfig({ exec }) }));
    for (let i = 0; i < 3; i += 1) await ask(connection);
    expect(authorization()).toEqual(['Bearer run1', 'Bearer run1', 'Bearer run1', 'Bearer run2']);
    expect(await readFile(runs, 'utf8')).toBe('xx');
  });

  it('a certificate that was rotated on disk gets new sockets, and calls under way end on the old ones', async () => {
    const clock = new FakeClock();
    const [cert, key] = [join(folder, 'cert'), join(folder, 'key')];
    await writeFile(cert, 'A');
    await writeFile(key, 'A');
    server.intercept = (_request, response) => answer(response, 200, {});
    const user = { 'client-certificate': cert, 'client-key': key };
    const connection = track(await connect({ kubeconfig: await kubeconfig(user), clock }));
    const before = connection.dispatcher;
    await ask(connection);
    await writeFile(cert, 'B');
    await ask(connection);
    expect(connection.dispatcher).toBe(before);
    await clock.advance(10_000);
    await ask(connection);
    expect(connection.dispatcher).not.toBe(before);
    await ask(connection);
  });
});

describe('identity', () => {
  const account = { namespace: 'kruise-rollout', name: 'kruise-rollout-controller-manager' };
  const own = 'system:serviceaccount:kruise-rollout:kruise-rollout-controller-manager';
  const tokenPath = `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}/token`;
  const reviewPath = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const names: Record<string, string> = { 'Bearer admin': 'kubernetes-admin', 'Bearer own': own };
  let issued = 0;

  beforeEach(() => {
    issued = 0;
    server.intercept = ({ path, headers }, response) => {
      const { authorization: proof = '' } = headers;
      if (path === reviewPath)
        return answer(response, 201, { status: { userInfo: { username: names[proof] ?? proof } } });
      if (path !== tokenPath) return answer(response, 200, {});
      issued += 1;
      const expirationTimestamp = new Date(Date.now() + 3_600_000).toISOString();
      return answer(response, 201, { status: { token: `sa${issued}`, expirationTimestamp } });
    };
  });

  it('acts as its own ServiceAccount by a token that the user may ask for', async () => {
    const { connection, identity } = await connectAs({
      kubeconfig: await kubeconfig({ token: 'admin' }),
      namespace: account.namespace,
    });
    track(connection);
    expect([identity, await userNameOf(createClient(connection))]).toEqual([own, 'Bearer sa1']);
    const request = server.requests.find(({ path }) => path === tokenPath);
    expect(request).toMatchObject({
      method: 'POST',
      body: { kind: 'TokenRequest', spec: { expirationSeconds: 3600 } },
    });
    expect(request?.headers.authorization).toBe('Bearer admin');
  });

  it('asks for no token when it is that ServiceAccount already', async () => {
    const file = await kubeconfig({ token: 'own' });
    const { connection } = await connectAs({ kubeconfig: file, namespace: account.namespace });
    track(connection);
    expect([await userNameOf(createClient(connection)), issued]).toEqual([own, 0]);
  });

  it('gets a new token when the server refuses the old one', async () => {
    const session = track(await connect({ kubeconfig: await kubeconfig({ token: 'admin' }) }));
    const acting = track(actAs(session, account));
    const before = server.intercept;
    server.intercept = (request, response) =>
      request.headers.authorization === 'Bearer sa1'
        ? failure(response, 401, 'Unauthorized')
        : before(request, response);
    await ask(acting);
    expect(authorization()).toEqual(['Bearer admin', 'Bearer sa1', 'Bearer admin', 'Bearer sa2']);
  });

  it.each([
    [
      404,
      'NotFound',
      'ServiceAccount kruise-rollout/kruise-rollout-controller-manager does not exist; run `sluice install` first',
    ],
    [403, 'Forbidden', 'may not act as ServiceAccount kruise-rollout/kruise-rollout-controller-manager; run as that'],
  ])('explains %i %s', async (status, reason, text) => {
    const before = server.intercept;
    server.intercept = (request, response) =>
      request.path === tokenPath ? failure(response, status, reason) : before(request, response);
    const file = await kubeconfig({ token: 'admin' });
    await expect(connectAs({ kubeconfig: file, namespace: account.namespace })).rejects.toThrow(text);
  });
});
