import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import type { EventNote } from '../../../src/objects/actions.ts';
import { createClient } from '../../../src/kube/client.ts';
import { createEventRecorder } from '../../../src/kube/events.ts';
import type { EventRecorder } from '../../../src/kube/events.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { connect } from './connect.ts';
import { FakeApiServer, answer, failure, until } from './fake-api-server.ts';

const rollout: KubeObject = {
  apiVersion: 'rollouts.kruise.io/v1beta1',
  kind: 'Rollout',
  metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '5' },
};
const said: EventNote = { type: 'Normal', reason: 'Progressing', message: 'step 1 of 3' };

let server: FakeApiServer;
let connection: ReturnType<typeof connect>;
let clock: FakeClock;
let events: EventRecorder;
let failures: unknown[];
let stored: Map<string, KubeObject>;

const recorder = (): EventRecorder =>
  createEventRecorder({
    client: createClient(connection),
    clock,
    reportingInstance: 'pod-1',
    onFailure: (error) => failures.push(error),
  });
/** Keeps Events like the API server. */
const keep: FakeApiServer['intercept'] = ({ method, path, body }, response) => {
  const object = body as KubeObject;
  const name = method === 'POST' ? `${path}/${object.metadata.name}` : path;
  const present = stored.get(name);
  if (method === 'POST' && present !== undefined) return failure(response, 409, 'AlreadyExists');
  if (method !== 'POST' && present === undefined) return failure(response, 404, 'NotFound');
  const next = { ...present, ...object };
  if (method !== 'GET') stored.set(name, next);
  return answer(response, 200, next);
};
const one = (): KubeObject => [...stored.values()][0] as KubeObject;

beforeEach(async () => {
  server = new FakeApiServer();
  connection = connect(await server.start());
  clock = new FakeClock();
  failures = [];
  stored = new Map();
  server.intercept = keep;
  events = recorder();
});
afterEach(async () => {
  await events.stop();
  await connection.close();
  await server.stop();
});

describe('event recorder', () => {
  it('writes an Event that kubectl describe finds by its object', async () => {
    events.record(rollout, said);
    await events.stop();
    expect(one()).toMatchObject({
      kind: 'Event',
      metadata: { namespace: 'shop' },
      involvedObject: { kind: 'Rollout', name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '5' },
      ...said,
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      reportingComponent: 'sluice',
      reportingInstance: 'pod-1',
    });
    expect(one().metadata.name).toMatch(/^web\.[0-9a-f]{16}$/);
  });

  it('counts up one Event when the same is said again, and says it once for many at a time', async () => {
    events.record(rollout, said);
    await until(() => stored.size === 1);
    await clock.advance(61_000);
    for (let i = 0; i < 50; i += 1) events.record(rollout, said);
    await events.stop();
    expect(one()).toMatchObject({
      count: 51,
      lastTimestamp: '2026-01-01T00:01:01Z',
      firstTimestamp: '2026-01-01T00:00:00Z',
    });
    expect(server.requests.length).toBeLessThan(6);
  });

  it('goes on counting after a restart', async () => {
    events.record(rollout, said);
    await events.stop();
    const second = recorder();
    second.record(rollout, said);
    await second.stop();
    expect([stored.size, one()['count'], failures]).toEqual([1, 2, []]);
  });

  it('begins a new Event after some minutes, and for another object, reason or message', async () => {
    events.record(rollout, said);
    await clock.advance(11 * 60_000);
    events.record(rollout, said);
    events.record(rollout, { ...said, message: 'step 2 of 3' });
    events.record(rollout, { ...said, reason: 'Other' });
    events.record({ ...rollout, metadata: { ...rollout.metadata, uid: 'u2' } }, said);
    await events.stop();
    expect(stored.size).toBe(5);
  });

  it('writes it anew when it has expired on the server', async () => {
    events.record(rollout, said);
    await until(() => stored.size === 1);
    stored.clear();
    events.record(rollout, said);
    await events.stop();
    expect([stored.size, one()['count'], failures]).toEqual([1, 1, []]);
  });

  it('never waits, never throws, and a failure stays its own', async () => {
    server.intercept = (_request, response) => failure(response, 500, 'InternalError');
    events.record(rollout, said);
    await until(() => failures.length === 1);
    server.intercept = keep;
    events.record(rollout, said);
    await events.stop();
    expect([failures.length, stored.size]).toEqual([1, 1]);
  });

  it('puts Events of cluster-scoped objects into the default namespace and shortens what is too long', async () => {
    const name = 'n'.repeat(253);
    events.record({ kind: 'Namespace', metadata: { name, uid: 'u' } }, { ...said, message: 'm'.repeat(5_000) });
    await events.stop();
    expect(one().metadata.namespace).toBe('default');
    expect(one().metadata.name).toHaveLength(253);
    expect(one()['message']).toHaveLength(1_024);
  });

  it('drops what is too much', async () => {
    server.intercept = () => true;
    for (let i = 0; i < 1_200; i += 1) events.record(rollout, { ...said, message: `m${i}` });
    expect(failures.length).toBeGreaterThan(190);
    const stopping = events.stop(100);
    await clock.advance(100);
    await stopping;
  });

  it('stop gives up on a server that does not answer', async () => {
    server.intercept = () => true;
    events.record(rollout, said);
    await until(() => server.requests.length === 1);
    const stopping = events.stop(500);
    await clock.advance(500);
    await stopping;
    events.record(rollout, said);
    expect(server.requests).toHaveLength(1);
  });
});
