import { beforeEach, describe, expect, test } from 'vitest';
import { createKeeper } from '../../../src/certs/keeper.ts';
import type { Keeper, KeeperOptions } from '../../../src/certs/keeper.ts';
import { newSet, performStep } from '../../../src/certs/rotate.ts';
import { caBundle, newSecret, readSecret } from '../../../src/certs/secret.ts';
import type { CertificateSet } from '../../../src/certs/secret.ts';
import { LostRace, fakeSecret, quiet } from './support.ts';
import type { FakeSecret } from './support.ts';

const names = ['svc.ns.svc'];
const DAY = 86_400_000;

interface Replica {
  keeper: Keeper;
  seen: CertificateSet[];
}

function replica(secret: FakeSecret, over: Partial<KeeperOptions> = {}): Replica {
  const seen: CertificateSet[] = [];
  const keeper = createKeeper({
    secret: secret.access,
    names,
    now: () => Date.now(),
    random: () => 0,
    log: quiet,
    onChange: (set) => void seen.push(set),
    isTrusted: () => Promise.resolve(true),
    ...over,
  });
  return { keeper, seen };
}

let secret: FakeSecret;
beforeEach(() => {
  secret = fakeSecret(() => new Promise((resolve) => setImmediate(resolve)));
});
const live = (): CertificateSet => {
  if (secret.live === undefined) throw new Error('no Secret');
  return readSecret(secret.live);
};

describe('HZ-01 all replicas agree', () => {
  test('five replicas start with no Secret, twenty times: one authority', async () => {
    for (let round = 0; round < 20; round += 1) {
      secret = fakeSecret(() => new Promise((resolve) => setTimeout(resolve, Math.random() * 2)));
      const all = Array.from({ length: 5 }, () => replica(secret));
      const sets = await Promise.all(all.map(({ keeper }) => keeper.start()));
      expect(new Set(sets.map(caBundle)).size).toBe(1);
      expect(secret.writes).toEqual(['create']);
      await Promise.all(all.map(({ keeper }) => keeper.stop()));
    }
  });

  test('a Secret that is there and good is taken as it is', async () => {
    const set = await newSet(names, Date.now());
    secret.live = { ...newSecret('ns', 'x', set), metadata: { name: 'x', resourceVersion: '0' } };
    const { keeper, seen } = replica(secret);
    expect(caBundle(await keeper.start())).toBe(caBundle(set));
    expect([secret.writes, seen.length]).toEqual([[], 1]);
    await keeper.stop();
  });

  test.each([
    ['corrupt', { 'ca-cert.pem': 'AAAA' }],
    ['incomplete', { 'key.pem': null, 'tls.key': null }],
  ])('a %s Secret is replaced under its version, unknown keys stay', async (_case, damage) => {
    const set = await newSet(names, Date.now());
    const data = { ...(newSecret('ns', 'x', set)['data'] as object), ...damage, mine: 'eA==' };
    secret.live = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x', resourceVersion: '7' }, data };
    const all = [replica(secret), replica(secret), replica(secret)];
    const sets = await Promise.all(all.map(({ keeper }) => keeper.start()));
    expect(new Set(sets.map(caBundle)).size).toBe(1);
    expect(caBundle(live())).toBe(caBundle(sets[0] as CertificateSet));
    expect(secret.writes).toEqual(['patch']);
    expect((secret.live['data'] as Record<string, unknown>)['mine']).toBe('eA==');
    await Promise.all(all.map(({ keeper }) => keeper.stop()));
  });

  test.each(['deleted', 'corrupted'])(
    '%s while serving: the same leaf goes on, a new authority is published beside it',
    async (how) => {
      const all = [replica(secret), replica(secret)];
      const [before] = await Promise.all(all.map(({ keeper }) => keeper.start()));
      if (how === 'deleted') secret.live = undefined;
      else if (secret.live !== undefined) secret.live['data'] = {};
      const sets = await Promise.all(all.map(({ keeper }) => keeper.refresh()));
      for (const set of sets) {
        expect(set.leaf).toEqual(before?.leaf);
        expect(set.authority.key).toBe(before?.authority.key);
        expect(set.next).toBeDefined();
        expect(caBundle(set)).toBe(caBundle(live()));
      }
      await Promise.all(all.map(({ keeper }) => keeper.stop()));
    },
  );
});

describe('running', () => {
  test('what another replica wrote is taken and announced once', async () => {
    const { keeper, seen } = replica(secret);
    await keeper.start();
    const renewed = await performStep('new-leaf', live(), names, Date.now());
    if (secret.live !== undefined) secret.live['data'] = newSecret('ns', 'x', renewed)['data'];
    keeper.poke();
    keeper.poke();
    await keeper.refresh();
    expect(seen.map((set) => set.leaf.cert)).toEqual([seen[0]?.leaf.cert, renewed.leaf.cert]);
    await keeper.stop();
  });

  test('a set whose announcement failed is announced again', async () => {
    let calls = 0;
    const onChange = (): void => {
      calls += 1;
      if (calls === 1) throw new Error('could not patch the webhook configuration');
    };
    const { keeper } = replica(secret, { onChange });
    await expect(keeper.start()).rejects.toThrow('could not patch');
    await keeper.refresh();
    await keeper.refresh();
    expect(calls).toBe(2);
    await keeper.stop();
  });

  test('a new authority is not used while a caller lacks it', async () => {
    let trusted = false;
    let now = Date.now();
    const { keeper } = replica(secret, { now: () => now, isTrusted: () => Promise.resolve(trusted) });
    const first = await keeper.start();
    now += 250 * DAY;
    const published = await keeper.refresh();
    expect([published.authority.cert, published.next !== undefined]).toEqual([first.authority.cert, true]);
    now += DAY;
    expect((await keeper.refresh()).authority.cert).toBe(first.authority.cert);
    trusted = true;
    const switched = await keeper.refresh();
    expect(switched.authority.cert).toBe(published.next?.cert);
    expect(switched.previous).toEqual([first.authority.cert]);
    await keeper.stop();
  });

  test('losing every race is an error that says so, other failures pass through', async () => {
    const always = fakeSecret();
    always.access.create = () => Promise.reject(new LostRace('AlreadyExists'));
    await expect(replica(always).keeper.start()).rejects.toThrow('was changed by others 10 times in a row');
    const broken = fakeSecret();
    broken.access.read = () => Promise.reject(new Error('forbidden'));
    await expect(replica(broken).keeper.start()).rejects.toThrow('forbidden');
  });

  test('a failed look is tried again with back-off', async () => {
    const warned: unknown[] = [];
    const { keeper } = replica(secret, { log: { info() {}, warn: (fields) => void warned.push(fields['failures']) } });
    await keeper.start();
    const { read } = secret.access;
    secret.access.read = () => Promise.reject(new Error('down'));
    keeper.poke();
    await expect.poll(() => warned).toEqual([1]);
    secret.access.read = read;
    secret.live = undefined;
    await expect.poll(() => secret.live, { timeout: 3_000 }).toBeDefined();
    await keeper.stop();
  });
});
