// Which credentials are read without the official client, and which are left to it.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plainKubeconfig } from '../../../src/kube/plain-kubeconfig.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-plain-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = async (user: object, cluster: object = {}, name = 'config'): Promise<string> => {
  const file = join(folder, name);
  const body = {
    'current-context': 'one',
    clusters: [{ name: 'c', cluster: { server: 'https://api:6443/', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'one', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
  };
  await writeFile(file, JSON.stringify(body));
  return file;
};

describe('a kubeconfig', () => {
  it('with a token is read here, a slash at the end of the server left out', async () => {
    const found = await plainKubeconfig({ kubeconfig: await write({ token: 'secret' }) });
    expect(found).toMatchObject({ server: 'https://api:6443', namespace: 'shop', proxyUrl: undefined });
    expect(await found?.credentials()).toEqual({ headers: { Authorization: 'Bearer secret' }, tls: {} });
  });

  it('names files from where it lies, and they are read each time', async () => {
    await writeFile(join(folder, 'ca.crt'), 'A');
    const cluster = { 'certificate-authority': 'ca.crt', 'insecure-skip-tls-verify': true, 'tls-server-name': 'api' };
    const found = await plainKubeconfig({ kubeconfig: await write({}, cluster) });
    const tls = { servername: 'api', rejectUnauthorized: false };
    expect(await found?.credentials()).toEqual({ headers: {}, tls: { ...tls, ca: Buffer.from('A') } });
    await writeFile(join(folder, 'ca.crt'), 'B');
    expect(await found?.credentials()).toEqual({ headers: {}, tls: { ...tls, ca: Buffer.from('B') } });
  });

  it.each([
    ['a plugin', { exec: { command: 'login' } }, {}],
    ['a provider', { 'auth-provider': { name: 'oidc' } }, {}],
    ['a password', { username: 'me', password: 'secret' }, {}],
    ['somebody else to act as', { token: 'secret', as: 'other' }, {}],
    ['a proxy', { token: 'secret' }, { 'proxy-url': 'http://proxy:3128' }],
  ])('with %s is left to the official client', async (_, user, cluster) => {
    expect(await plainKubeconfig({ kubeconfig: await write(user, cluster) })).toBeUndefined();
  });

  it('that is missing, broken, one of several or without the context is left to it too, for its words', async () => {
    const file = await write({ token: 'secret' });
    const broken = join(folder, 'broken');
    await writeFile(broken, 'clusters: [');
    expect(await plainKubeconfig({ kubeconfig: join(folder, 'nope') })).toBeUndefined();
    expect(await plainKubeconfig({ kubeconfig: broken })).toBeUndefined();
    expect(await plainKubeconfig({}, { KUBECONFIG: [file, file].join(delimiter) })).toBeUndefined();
    expect(await plainKubeconfig({ kubeconfig: file, context: 'two' })).toBeUndefined();
  });

  it('is found where KUBECONFIG says, else at home', async () => {
    const file = await write({ token: 'named' });
    await mkdir(join(folder, '.kube'));
    await write({ token: 'home' }, {}, '.kube/config');
    const tokens = [{ KUBECONFIG: file, HOME: folder }, { HOME: folder }].map(async (env) => {
      const found = await plainKubeconfig({}, env);
      return (await found?.credentials())?.headers;
    });
    expect(await Promise.all(tokens)).toEqual([{ Authorization: 'Bearer named' }, { Authorization: 'Bearer home' }]);
  });
});

describe('in a Pod', () => {
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
  beforeEach(async () => {
    await writeFile(join(folder, 'token'), 'first\n');
    await writeFile(join(folder, 'ca.crt'), 'CA');
    await writeFile(join(folder, 'namespace'), 'shop');
  });

  it('the account is that of the Pod, and its token is read anew', async () => {
    const found = await plainKubeconfig({}, env, folder);
    expect(found).toMatchObject({ server: 'https://[fd00::1]:443', namespace: 'shop' });
    expect(await found?.credentials()).toEqual({
      headers: { Authorization: 'Bearer first' },
      tls: { ca: Buffer.from('CA') },
    });
    await writeFile(join(folder, 'token'), 'second');
    expect((await found?.credentials())?.headers).toEqual({ Authorization: 'Bearer second' });
  });

  it('without a token there is no account, and a context is asked for in vain', async () => {
    expect(await plainKubeconfig({}, env, join(folder, 'nothing'))).toBeUndefined();
    expect(await plainKubeconfig({ context: 'one' }, env, folder)).toBeUndefined();
  });
});
