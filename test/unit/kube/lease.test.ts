import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../../src/api/kube.ts';
import { createClient } from '../../../src/kube/client.ts';
import { createLeaderElector } from '../../../src/kube/lease.ts';
import type { LeaderElector, LeaseTiming } from '../../../src/kube/lease.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { connect } from './connect.ts';
import { FakeApiServer, answer, failure, until } from './fake-api-server.ts';

const COLLECTION = '/apis/coordination.k8s.io/v1/namespaces/kruise-rollout/leases';
const NAME = '71ddec2c.kruise.io';
const FAST: LeaseTiming = { durationMs: 1_000, renewDeadlineMs: 600, retryPeriodMs: 50 };

let server: FakeApiServer;
let connection: ReturnType<typeof connect>;
let lease: KubeObject | undefined;
let failures: unknown[];
let broken: boolean;
const running: LeaderElector[] = [];

const spec = (): JsonObject => (lease?.['spec'] ?? {}) as JsonObject;
const write = (next: JsonObject): void => {
  lease = server.put(COLLECTION, NAME, { metadata: { namespace: 'kruise-rollout' }, spec: { ...spec(), ...next } });
};

/** Stores one Lease with preconditions, like the API server; watches come from the fake itself. */
const keep: FakeApiServer['intercept'] = ({ method, path, body, query }, response) => {
  if (broken) return failure(response, 500, 'InternalError');
  if (method === 'GET' && (query.has('watch') || path === COLLECTION)) return false;
  const { metadata, spec: next } = (body ?? { metadata: {} }) as {
    metadata: { resourceVersion?: string };
    spec: JsonObject;
  };
  if (method === 'POST' && lease !== undefined) return failure(response, 409, 'AlreadyExists');
  if (method !== 'POST' && lease === undefined) return failure(response, 404, 'NotFound');
  const stale = metadata.resourceVersion !== undefined && metadata.resourceVersion !== lease?.metadata.resourceVersion;
  if (method === 'PATCH' && stale) return failure(response, 409, 'Conflict');
  if (method !== 'GET') write(next);
  return answer(response, 200, lease);
};

beforeEach(async () => {
  server = new FakeApiServer();
  connection = connect(await server.start());
  lease = undefined;
  failures = [];
  broken = false;
  server.intercept = keep;
});
afterEach(async () => {
  broken = false;
  await Promise.all(running.splice(0).map((elector) => elector.stop()));
  await connection.close();
  await server.stop();
});

const candidate = (identity: string, clock: Clock = systemClock, timing = FAST): LeaderElector & { log: string[] } => {
  const log: string[] = [];
  const elector = createLeaderElector({
    client: createClient(connection),
    namespace: 'kruise-rollout',
    name: NAME,
    identity,
    clock,
    timing,
    watchTiming: { backoffBaseMs: 5, backoffCapMs: 50 },
    onFailure: (error) => failures.push(error),
  });
  elector.onStartedLeading(() => log.push('started'));
  elector.onStoppedLeading(() => log.push('stopped'));
  elector.start();
  running.push(elector);
  return Object.assign(elector, { log });
};
const since = async (probe: () => boolean): Promise<number> => {
  const began = performance.now();
  await until(probe);
  return performance.now() - began;
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('leader election', () => {
  it('creates the Lease and leads', async () => {
    const a = candidate('a');
    await until(() => a.isLeader());
    expect(spec()).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 1, leaseTransitions: 0 });
    expect(spec()['renewTime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect([a.log, a.holder(), a.transitions()]).toEqual([['started'], 'a', 0]);
  });

  it('renews by patches that start from the last version, and keeps the time of acquisition', async () => {
    const a = candidate('a');
    await until(() => a.isLeader());
    const { acquireTime, renewTime } = spec();
    await until(() => spec()['renewTime'] !== renewTime);
    expect(spec()['acquireTime']).toBe(acquireTime);
    const patch = server.requests.find(({ method }) => method === 'PATCH');
    expect((patch?.body as KubeObject).metadata.resourceVersion).toBeDefined();
  });

  it('of several that start at once one leads', async () => {
    const all = ['a', 'b', 'c'].map((identity) => candidate(identity));
    await until(() => all.some((elector) => elector.isLeader()));
    await pause(150);
    expect(all.filter((elector) => elector.isLeader())).toHaveLength(1);
  });

  it('hands over within milliseconds when the leader stops', async () => {
    const a = candidate('a');
    await until(() => a.isLeader());
    const b = candidate('b');
    await until(() => b.holder() === 'a');
    await pause(50);
    await a.stop();
    expect(await since(() => b.isLeader())).toBeLessThan(FAST.durationMs / 2);
    expect([a.log, spec()['leaseTransitions']]).toEqual([['started', 'stopped'], 1]);
  });

  it('takes a Lease whose holder died only after its duration has passed, as seen here', async () => {
    write({
      holderIdentity: 'dead',
      leaseDurationSeconds: 1,
      renewTime: '2001-01-01T00:00:00.000000Z',
      leaseTransitions: 4,
    });
    const b = candidate('b');
    expect(await since(() => b.isLeader())).toBeGreaterThan(900);
    expect(spec()['leaseTransitions']).toBe(5);
  });

  it('does not take a Lease that was renewed behind a watch that lags (HZ-06)', async () => {
    write({ holderIdentity: 'alive', leaseDurationSeconds: 1 });
    const b = candidate('b');
    await until(() => server.streams.length === 1);
    for (let i = 0; i < 8; i += 1) {
      // The watch hears nothing of these renewals.
      lease = server.put(COLLECTION, NAME, { metadata: { namespace: 'kruise-rollout' }, spec: { ...spec(), i } }, true);
      await pause(200);
    }
    expect([b.isLeader(), b.log]).toEqual([false, []]);
  });

  it('stops acting before others may take the Lease when it cannot renew (HZ-06)', async () => {
    const a = candidate('a');
    await until(() => a.isLeader());
    broken = true;
    const stopped = await since(() => !a.isLeader());
    expect(stopped).toBeLessThan(FAST.durationMs - 200);
    await until(() => a.log.join() === 'started,stopped');
    expect(failures.length).toBeGreaterThan(0);
    broken = false;
    await until(() => a.isLeader());
    expect(spec()['leaseTransitions']).toBe(0);
  });

  it.each(['monotonic', 'now'] as const)(
    'does not lead after a pause in which no timer ran: %s (HZ-06)',
    async (which) => {
      let offset = 0;
      const clock: Clock = { ...systemClock, [which]: () => systemClock[which]() + offset };
      const a = candidate('a', clock, { durationMs: 60_000, renewDeadlineMs: 50_000, retryPeriodMs: 40_000 });
      await until(() => a.isLeader());
      offset = 60_000;
      expect(a.isLeader()).toBe(false);
    },
  );

  it('a clock that is set back does not make it lead for longer', async () => {
    let offset = 0;
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + offset };
    const a = candidate('a', clock);
    await until(() => a.isLeader());
    offset = -3_600_000;
    broken = true;
    expect(await since(() => !a.isLeader())).toBeLessThan(FAST.durationMs - 200);
  });

  it('notices at once that somebody else took the Lease', async () => {
    const a = candidate('a', systemClock, { durationMs: 60_000, renewDeadlineMs: 50_000, retryPeriodMs: 40_000 });
    await until(() => a.isLeader() && server.streams.length === 1);
    write({ holderIdentity: 'thief', leaseDurationSeconds: 3600 });
    await until(
      () => a.log.includes('stopped'),
      () => [a.log, failures],
      2_000,
    );
    expect([a.isLeader(), a.holder()]).toEqual([false, 'thief']);
  });

  it('renews a Lease that somebody touched without taking it', async () => {
    const a = candidate('a');
    await until(() => a.isLeader());
    for (let i = 0; i < 10; i += 1) {
      write({ touched: i });
      await pause(30);
    }
    expect([a.isLeader(), a.log, failures]).toEqual([true, ['started'], []]);
  });

  it('creates a Lease anew that somebody deleted', async () => {
    const a = candidate('a');
    await until(() => a.isLeader() && server.streams.length === 1);
    lease = undefined;
    server.remove(COLLECTION, NAME);
    await until(() => spec()['holderIdentity'] === 'a' && a.isLeader());
  });

  it('gives the Lease back when it stops, and takes it no more', async () => {
    const a = candidate('a');
    await until(() => a.isLeader());
    await a.stop();
    expect([spec()['holderIdentity'], spec()['leaseDurationSeconds']]).toEqual(['', 1]);
    await pause(150);
    expect([spec()['holderIdentity'], a.isLeader()]).toEqual(['', false]);
  });

  it('a listener that throws ends neither election nor process', async () => {
    const a = candidate('a');
    a.onStartedLeading(() => {
      throw new Error('listener');
    });
    await until(() => a.isLeader());
    expect(String(failures[0])).toContain('listener');
    await pause(100);
    expect(a.isLeader()).toBe(true);
  });

  it('never has two leaders while candidates come, go and lose the server', async () => {
    const all = ['a', 'b', 'c'].map((identity) => candidate(identity));
    let changes = 0;
    const end = performance.now() + 2_500;
    while (performance.now() < end) {
      expect(all.filter((elector) => elector.isLeader()).length).toBeLessThanOrEqual(1);
      if (changes < 3 && all.some((elector) => elector.isLeader())) {
        changes += 1;
        if (changes === 2) broken = true;
        else write({ holderIdentity: '', leaseDurationSeconds: 1 });
        setTimeout(() => (broken = false), 800);
      }
      await pause(2);
    }
    await until(() => all.some((elector) => elector.isLeader()));
  });

  it('refuses times that cannot work', () => {
    expect(() => candidate('a', systemClock, { durationMs: 10, renewDeadlineMs: 20, retryPeriodMs: 5 })).toThrow(
      'lease-duration 10 ms must be longer than renew-deadline 20 ms, and that longer than retry-period 5 ms',
    );
  });
});
