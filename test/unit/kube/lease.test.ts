import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../../src/api/kube.ts';
import { createClient } from '../../../src/kube/client.ts';
import { createLeaderElector, DEFAULT_LEASE_TIMING } from '../../../src/kube/lease.ts';
import type { LeaderElector } from '../../../src/kube/lease.ts';
import type { Client } from '../../../src/kube/client.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { FakeClock, settle } from '../runtime/fake-clock.ts';
import { connect } from './connect.ts';
import { FakeApiServer, answer, failure, until } from './fake-api-server.ts';

const COLLECTION = '/apis/coordination.k8s.io/v1/namespaces/kruise-rollout/leases';
const NAME = '71ddec2c.kruise.io';
const { durationMs, renewDeadlineMs, retryPeriodMs } = DEFAULT_LEASE_TIMING;

let server: FakeApiServer;
let connection: ReturnType<typeof connect>;
let lease: KubeObject | undefined;
let failures: unknown[];
let broken: boolean;
/** Stands still unless a test moves it: only the API server takes real time. */
let clock: FakeClock;
/** Calls that wait for an answer. */
let pending: number;
const running: LeaderElector[] = [];

const spec = (): JsonObject => (lease?.['spec'] ?? {}) as JsonObject;
const write = (next: JsonObject, { unheard = false } = {}): void => {
  const object = { metadata: { namespace: 'kruise-rollout' }, spec: { ...spec(), ...next } };
  lease = server.put(COLLECTION, NAME, object, unheard);
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
  clock = new FakeClock();
  pending = 0;
  server.intercept = keep;
});
afterEach(async () => {
  broken = false;
  await Promise.all(running.splice(0).map((elector) => elector.stop()));
  await connection.close();
  await server.stop();
});

/** The client, with its open calls counted. */
const counted = (client: Client): Client =>
  new Proxy(client, {
    get: (target, name: keyof Client) => {
      if (name === 'watch') return target.watch.bind(target);
      return async (...args: never[]) => {
        pending += 1;
        try {
          return await (target[name] as (...all: never[]) => Promise<unknown>).apply(target, args);
        } finally {
          pending -= 1;
        }
      };
    },
  });

const candidate = (
  identity: string,
  its: Clock = clock,
  timing = DEFAULT_LEASE_TIMING,
): LeaderElector & { log: string[] } => {
  const log: string[] = [];
  const elector = createLeaderElector({
    client: counted(createClient(connection)),
    namespace: 'kruise-rollout',
    name: NAME,
    identity,
    clock: its,
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

/** Until every call has its answer, and what follows from it. */
const answered = async (): Promise<void> => {
  do {
    await until(() => pending === 0);
    await settle();
  } while (pending > 0);
};
/** So much time, in steps short enough for every timer; `look` is called after each. */
const passes = async (ms: number, look: () => void = () => {}): Promise<void> => {
  const step = retryPeriodMs / 4;
  for (let left = ms; left > 0; left -= step) {
    await clock.advance(Math.min(step, left));
    await answered();
    look();
  }
};

describe('leader election', () => {
  it('creates the Lease and leads', async () => {
    const a = candidate('a');
    await until(() => a.isLeader());
    expect(spec()).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(spec()['renewTime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect([a.log, a.holder(), a.transitions()]).toEqual([['started'], 'a', 0]);
  });

  it('renews by patches that start from the last version, and keeps the time of acquisition', async () => {
    const a = candidate('a');
    await until(() => a.isLeader());
    const { acquireTime, renewTime } = spec();
    await passes(retryPeriodMs);
    expect(spec()['renewTime']).not.toBe(renewTime);
    expect(spec()['acquireTime']).toBe(acquireTime);
    const patch = server.requests.find(({ method }) => method === 'PATCH');
    expect((patch?.body as KubeObject).metadata.resourceVersion).toBeDefined();
  });

  it('of several that start at once one leads', async () => {
    const all = ['a', 'b', 'c'].map((identity) => candidate(identity));
    await until(() => all.some((elector) => elector.isLeader()));
    await passes(2 * durationMs);
    expect(all.filter((elector) => elector.isLeader())).toHaveLength(1);
  });

  it('hands over in no time when the leader stops', async () => {
    const a = candidate('a');
    await until(() => a.isLeader());
    const b = candidate('b');
    await until(() => b.holder() === 'a');
    await until(() => server.streams.length === 2);
    await a.stop();
    await until(() => b.isLeader());
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
    await until(() => b.holder() === 'dead');
    await passes(900);
    expect(b.isLeader()).toBe(false);
    await passes(100);
    expect(b.isLeader()).toBe(true);
    expect(spec()['leaseTransitions']).toBe(5);
  });

  it('does not take a Lease that was renewed behind a watch that lags (HZ-06)', async () => {
    write({ holderIdentity: 'alive', leaseDurationSeconds: 1 });
    const b = candidate('b');
    await until(() => server.streams.length === 1);
    for (let i = 0; i < 8; i += 1) {
      write({ i }, { unheard: true });
      await passes(1_000);
    }
    expect([b.isLeader(), b.log]).toEqual([false, []]);
  });

  it('stops acting before others may take the Lease when it cannot renew (HZ-06)', async () => {
    const a = candidate('a');
    await until(() => a.isLeader());
    broken = true;
    await passes(renewDeadlineMs - 1);
    expect([a.isLeader(), failures.length > 0]).toEqual([true, true]);
    await passes(1);
    expect([a.isLeader(), a.log]).toEqual([false, ['started', 'stopped']]);
    broken = false;
    await passes(retryPeriodMs);
    expect(a.isLeader()).toBe(true);
    expect(spec()['leaseTransitions']).toBe(0);
  });

  it.each(['monotonic', 'now'] as const)(
    'does not lead after a pause in which no timer ran: %s (HZ-06)',
    async (which) => {
      let offset = 0;
      const paused: Clock = {
        now: () => clock.now(),
        monotonic: () => clock.monotonic(),
        after: (ms, run) => clock.after(ms, run),
        [which]: () => clock[which]() + offset,
      };
      const a = candidate('a', paused);
      await until(() => a.isLeader());
      offset = renewDeadlineMs;
      expect(a.isLeader()).toBe(false);
    },
  );

  it('a clock that is set back does not make it lead for longer', async () => {
    const a = candidate('a');
    await until(() => a.isLeader());
    clock.jump(-3_600_000);
    broken = true;
    await passes(renewDeadlineMs);
    expect(a.isLeader()).toBe(false);
  });

  it('notices at once that somebody else took the Lease', async () => {
    const a = candidate('a');
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
      // Of some of it the watch hears, and of some only the refused renewal tells.
      write({ touched: i }, { unheard: i % 2 === 1 });
      await passes(retryPeriodMs);
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
    await passes(2 * durationMs);
    expect([spec()['holderIdentity'], a.isLeader()]).toEqual(['', false]);
  });

  it('a listener that throws ends neither election nor process', async () => {
    const a = candidate('a');
    a.onStartedLeading(() => {
      throw new Error('listener');
    });
    await until(() => a.isLeader());
    expect(String(failures[0])).toContain('listener');
    await passes(durationMs);
    expect(a.isLeader()).toBe(true);
  });

  it('never has two leaders while candidates come, go and lose the server', async () => {
    const all = ['a', 'b', 'c'].map((identity) => candidate(identity));
    const leaders = (): LeaderElector[] => all.filter((elector) => elector.isLeader());
    const atMostOne = (): void => expect(leaders().length).toBeLessThanOrEqual(1);
    for (const [round, awayMs] of [1_000, renewDeadlineMs, durationMs, 2 * durationMs].entries()) {
      await until(() => leaders().length === 1);
      broken = true;
      await passes(awayMs, atMostOne);
      broken = false;
      await passes(2 * durationMs, atMostOne);
      expect(leaders()).toHaveLength(1);
      const gone = leaders()[0];
      await gone?.stop();
      all.push(candidate(`d${round}`));
      await passes(durationMs, atMostOne);
      expect([leaders().length, gone?.isLeader()]).toEqual([1, false]);
    }
  });

  it('refuses times that cannot work', () => {
    expect(() => candidate('a', clock, { durationMs: 10, renewDeadlineMs: 20, retryPeriodMs: 5 })).toThrow(
      'lease-duration 10 ms must be longer than renew-deadline 20 ms, and that longer than retry-period 5 ms',
    );
  });
});
