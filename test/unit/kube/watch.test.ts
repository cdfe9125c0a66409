import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../src/kube/client.ts';
import { Table } from '../../../src/kube/table.ts';
import type { TableOptions } from '../../../src/kube/table.ts';
import { startWatch } from '../../../src/kube/watch.ts';
import { DEFAULT_WATCH_TIMING } from '../../../src/kube/watch-contract.ts';
import type { Watch, WatchFailure, WatchTiming } from '../../../src/kube/watch-contract.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { PODS, connect } from './connect.ts';
import { FakeApiServer, failure, until } from './fake-api-server.ts';

const PATH = '/api/v1/pods';
const FAST: WatchTiming = { silenceMs: 60_000, backoffBaseMs: 5, backoffCapMs: 40, streamSeconds: 300 };

let server: FakeApiServer;
let connection: ReturnType<typeof connect>;
let failures: WatchFailure[];
/** Of the watches: set and not gone off yet. */
const timers = new Set<() => void>();
/** By timers that went off. */
let waitedMs = 0;
const clock: Clock = {
  ...systemClock,
  after: (ms, run) => {
    const end = systemClock.after(ms, () => {
      timers.delete(cancel);
      waitedMs += ms;
      run();
    });
    const cancel = (): void => {
      timers.delete(cancel);
      end();
    };
    timers.add(cancel);
    return cancel;
  },
};
const running: Watch[] = [];

beforeEach(async () => {
  server = new FakeApiServer();
  connection = connect(await server.start());
  failures = [];
  waitedMs = 0;
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((watch) => watch.stop()));
  await connection.close();
  await server.stop();
});

const watchPods = (timing: Partial<WatchTiming> = {}, options: TableOptions = {}): { pods: Table; watch: Watch } => {
  const pods = new Table(PODS, options);
  const watch = startWatch({
    client: createClient(connection),
    table: pods,
    clock,
    timing: { ...FAST, ...timing },
    onFailure: (problem) => failures.push(problem),
  });
  running.push(watch);
  return { pods, watch };
};
const contents = (pods: Table): string[] =>
  pods
    .list()
    .map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`)
    .sort();
const equal = (pods: Table): Promise<void> =>
  until(
    () => pods.synced && JSON.stringify(contents(pods)) === JSON.stringify(server.contents(PATH)),
    () => [contents(pods), server.contents(PATH), failures],
  );
const watching = async (pods: Table): Promise<ServerResponse> => {
  await until(() => pods.synced && server.streams.length > 0);
  return server.streams[0] as ServerResponse;
};

describe('watch', () => {
  it('shows what is there and what changes, and asks for bookmarks and an end', async () => {
    server.put(PATH, 'a');
    const { pods } = watchPods();
    await watching(pods);
    server.put(PATH, 'b');
    server.put(PATH, 'a', { spec: { x: 'ä'.repeat(5) } });
    server.remove(PATH, 'b');
    await equal(pods);
    expect(contents(pods)).toEqual(['a@103']);
    const query = server.requests.at(-1)?.query;
    expect([query?.get('allowWatchBookmarks'), query?.get('resourceVersion')]).toEqual(['true', '101']);
    expect(Number(query?.get('timeoutSeconds'))).toBeGreaterThanOrEqual(300);
  });

  it('projects objects before it keeps them', async () => {
    server.put(PATH, 'a', { spec: { x: 1 } });
    const { pods } = watchPods({}, { project: ({ metadata }) => ({ metadata }) });
    await watching(pods);
    server.put(PATH, 'b', { spec: { x: 1 } });
    await equal(pods);
    expect(pods.list().filter((pod) => 'spec' in pod)).toEqual([]);
  });

  it('resumes a dropped stream from its last version without listing again (HZ-08)', async () => {
    const { pods } = watchPods();
    await watching(pods);
    server.put(PATH, 'a');
    await equal(pods);
    server.dropSockets();
    server.put(PATH, 'b', {}, true);
    await equal(pods);
    expect(server.count('lists', PATH)).toBe(1);
    expect(server.requests.at(-1)?.query.get('resourceVersion')).toBe('101');
  });

  it('resumes from a bookmark when nothing else happened', async () => {
    const { pods } = watchPods();
    await watching(pods);
    server.version = 5_000;
    server.bookmark();
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.dropSockets();
    await until(() => server.count('watches', PATH) === 2);
    expect(server.requests.at(-1)?.query.get('resourceVersion')).toBe('5000');
  });

  it('resumes at once, and calls it no failure, when the server ends the stream in time', async () => {
    const { pods } = watchPods();
    const stream = await watching(pods);
    server.put(PATH, 'a');
    await equal(pods);
    stream.end();
    await until(() => server.count('watches', PATH) === 2);
    expect([failures, server.count('lists', PATH)]).toEqual([[], 1]);
  });

  it('lists once more after 410 at the start of a watch (HZ-08)', async () => {
    const { pods } = watchPods();
    await watching(pods);
    server.put(PATH, 'a', {}, true);
    server.version += 50;
    server.compactedBelow = 140;
    server.dropSockets();
    await equal(pods);
    expect(server.count('lists', PATH)).toBe(2);
  });

  it('lists once more after an ERROR event with 410 in the middle of a stream (HZ-08)', async () => {
    const { pods } = watchPods();
    const stream = await watching(pods);
    server.put(PATH, 'a', {}, true);
    stream.write(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })}\n`);
    await equal(pods);
    expect(server.count('lists', PATH)).toBe(2);
    expect(failures.map(({ error }) => error.reason)).toEqual(['Expired']);
  });

  it('resumes without listing after an ERROR event of another kind', async () => {
    const { pods } = watchPods();
    const stream = await watching(pods);
    server.put(PATH, 'a', {}, true);
    stream.write(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 500, message: 'etcd' } })}\n`);
    await equal(pods);
    expect(server.count('lists', PATH)).toBe(1);
  });

  it('goes on after any number of HTTP 500 at list and watch, with growing capped pauses', async () => {
    let broken = true;
    server.intercept = (_request, response) => broken && failure(response, 500, 'InternalError');
    const { pods, watch } = watchPods();
    await until(() => failures.length >= 8);
    expect(watch.status()).toMatchObject({ state: 'waiting', lastError: 'GET /api/v1/pods: InternalError' });
    expect(Math.max(...failures.map(({ retryInMs }) => retryInMs))).toBeLessThanOrEqual(40);
    expect(failures[7]?.retryInMs).toBeGreaterThanOrEqual(20);
    broken = false;
    server.put(PATH, 'a');
    await equal(pods);
    await watching(pods);
    broken = true;
    server.dropSockets();
    const before = failures.length;
    await until(() => failures.length > before + 4);
    broken = false;
    server.put(PATH, 'b', {}, true);
    await equal(pods);
  });

  it('goes on when the server is away for a while', async () => {
    const { pods } = watchPods();
    await watching(pods);
    const port = Number(new URL(server.url).port);
    await server.stop();
    await until(() => failures.length > 3);
    expect(failures.at(-1)?.error.reason).toBe('Unreachable');
    await server.start(port);
    server.put(PATH, 'a', {}, true);
    await equal(pods);
  });

  it('lists at once when its version expired while the server was away, however long that was (HZ-08)', async () => {
    const { pods, watch } = watchPods({ backoffBaseMs: 20, backoffCapMs: 300 });
    await watching(pods);
    const port = Number(new URL(server.url).port);
    await server.stop();
    await until(() => failures.length > 5);
    server.version += 50;
    server.compactedBelow = 140;
    server.put(PATH, 'a', {}, true);
    await server.start(port);
    await equal(pods);
    expect(failures.at(-1)).toMatchObject({ error: { reason: 'Expired' } });
    expect(failures.at(-1)?.retryInMs).toBeLessThanOrEqual(20);
    await until(() => watch.status().state === 'watching');
    expect(watch.status().lastError).toBeUndefined();
  });

  it('a quiet collection is no silence: streams end in an orderly way before', () => {
    const { streamSeconds, silenceMs } = DEFAULT_WATCH_TIMING;
    expect(2 * streamSeconds * 1000 + 5_000).toBeLessThan(silenceMs);
  });

  it('lists again when nothing was heard for too long (HZ-08)', async () => {
    const { pods } = watchPods({ silenceMs: 60 });
    await watching(pods);
    server.put(PATH, 'a', {}, true);
    await equal(pods);
    expect(server.count('lists', PATH)).toBeGreaterThanOrEqual(2);
    expect(failures[0]?.error.message).toBe('watch pods./v1: nothing heard for 60 ms');
  });

  it('bookmarks alone keep a stream alive (HZ-08)', async () => {
    const { pods, watch } = watchPods({ silenceMs: 150 });
    await watching(pods);
    for (let i = 0; i < 20; i += 1) {
      server.bookmark();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect([server.count('lists', PATH), server.count('watches', PATH), failures]).toEqual([1, 1, []]);
    expect(watch.status().silentMs).toBeLessThan(100);
  });

  it('understands events cut anywhere, several in one chunk, and one of several megabytes', async () => {
    const { pods } = watchPods();
    const stream = await watching(pods);
    server.put(PATH, 'a', { spec: { text: 'größe 🙂' } }, true);
    server.put(PATH, 'huge', { spec: { text: 'x'.repeat(6_000_000) } }, true);
    const a = JSON.stringify({
      type: 'ADDED',
      object: { metadata: { name: 'a', namespace: 'default', resourceVersion: '101' } },
    });
    const bytes = Buffer.from(`${a}\n`);
    for (const byte of bytes) {
      stream.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const metadata = { name: 'huge', namespace: 'default', resourceVersion: '102' };
    const huge = JSON.stringify({ type: 'ADDED', object: { metadata, text: 'ß'.repeat(3_000_000) } });
    const small = JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '103' } } });
    stream.write(`${huge}\n${small}\n`);
    await equal(pods);
    expect(failures).toEqual([]);
  });

  it('lists again after an event that is no event', async () => {
    const { pods } = watchPods();
    const stream = await watching(pods);
    server.put(PATH, 'a', {}, true);
    stream.write('{"type":"ADDED","object":{}}\n');
    await equal(pods);
    expect(failures[0]?.error).toMatchObject({ reason: 'InvalidAnswer' });
  });

  it('ends right when events come out of order', async () => {
    const { pods } = watchPods();
    const stream = await watching(pods);
    const event = (type: string, version: number): string =>
      `${JSON.stringify({ type, object: { metadata: { name: 'a', namespace: 'default', resourceVersion: String(version) } } })}\n`;
    stream.write(event('ADDED', 110) + event('MODIFIED', 112) + event('MODIFIED', 111));
    await until(() => pods.size === 1);
    expect(contents(pods)).toEqual(['a@112']);
    stream.write(event('DELETED', 115) + event('MODIFIED', 114));
    await until(() => pods.size === 0);
  });

  it('takes a list in one piece when its continue token expires', async () => {
    for (let i = 0; i < 150; i += 1) server.put(PATH, `p${i}`);
    server.intercept = ({ query }, response) => query.has('continue') && failure(response, 410, 'Expired');
    const { pods } = watchPods();
    await equal(pods);
    expect(server.requests.slice(0, 3).map(({ query }) => query.get('limit'))).toEqual(['100', '100', '0']);
  });

  it('does not hammer a server that lists but ends every watch at once', async () => {
    server.intercept = ({ query }, response) => {
      if (!query.has('watch')) return false;
      response.end();
      return true;
    };
    watchPods({ backoffBaseMs: 20, backoffCapMs: 400 });
    await until(() => waitedMs >= 500);
    expect(server.count('watches', PATH)).toBeGreaterThan(2);
    expect(server.count('watches', PATH)).toBeLessThan(15);
  });

  it('believes the server when its history went back', async () => {
    server.version = 9_000;
    server.put(PATH, 'a');
    const { pods } = watchPods();
    const stream = await watching(pods);
    server.rewind(200);
    server.put(PATH, 'a', {}, true);
    stream.write(`${JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })}\n`);
    await equal(pods);
    expect(contents(pods)).toEqual(['a@201']);
  });

  it('stop ends the stream and nothing follows', async () => {
    const { pods, watch } = watchPods();
    await watching(pods);
    await watch.stop();
    await until(() => server.streams.length === 0);
    const requests = server.requests.length;
    expect(timers.size, 'nothing is left to wake it').toBe(0);
    await connection.close();
    expect(server.requests.length).toBe(requests);
  });
});

describe('watch of a resource that the server does not serve', () => {
  it('waits without asking again until told that it may exist', async () => {
    server.serveResource(PATH, false);
    const { pods, watch } = watchPods();
    await pods.whenSynced();
    expect([pods.state, watch.status().state]).toEqual(['missing', 'missing']);
    expect(timers.size, 'nothing is there to wake it').toBe(0);
    expect(server.requests).toHaveLength(1);
    server.serveResource(PATH, true);
    server.put(PATH, 'a');
    watch.retry();
    await equal(pods);
  });

  it('after being told keeps trying for a while, because the server is not ready as soon as it says so', async () => {
    server.serveResource(PATH, false);
    const { pods, watch } = watchPods();
    await until(() => pods.state === 'missing');
    watch.retry();
    await until(() => server.requests.length >= 4);
    server.serveResource(PATH, true);
    await until(() => pods.synced);
    expect(failures.length).toBeGreaterThan(1);
  });

  it('gives up trying in the end', async () => {
    server.serveResource(PATH, false);
    const { watch } = watchPods();
    await until(() => watch.status().state === 'missing');
    watch.retry();
    await until(() => failures.length === 8 && watch.status().state === 'missing');
    const requests = server.requests.length;
    expect(timers.size, 'nothing is left to wake it').toBe(0);
    await watch.stop();
    expect(server.requests.length).toBe(requests);
  });

  it('doubts a 404 after it had objects, and drops them once it is sure', async () => {
    server.put(PATH, 'a');
    const { pods } = watchPods({ backoffCapMs: 20 });
    await watching(pods);
    server.serveResource(PATH, false);
    server.dropSockets();
    await until(() => failures.length >= 3);
    expect(pods.size).toBe(1);
    await until(() => pods.state === 'missing');
    expect(pods.size).toBe(0);
  });
});
