import { describe, expect, it } from 'vitest';
import { KubeError } from '../../../src/kube/errors.ts';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { addRelease } from './objects.ts';
import { JumpingClock, run } from './run.ts';

const busy = (retryAfterMs?: number): KubeError =>
  new KubeError({
    status: 429,
    reason: 'TooManyRequests',
    message: 'GET /x: storage is (re)initializing',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

/** A cluster whose first `times` lists are answered with `error`. */
function refusing(times: number, error: KubeError): { cluster: FakeCluster; lists: () => number } {
  const cluster = new FakeCluster();
  addRelease(cluster);
  const list = cluster.list.bind(cluster);
  let lists = 0;
  cluster.list = (resource, options) => ((lists += 1) <= times ? Promise.reject(error) : list(resource, options));
  return { cluster, lists: () => lists };
}

describe('an API server that is busy', () => {
  it('is asked again after the time it names', async () => {
    const clock = new JumpingClock();
    const { cluster } = refusing(2, busy(3_000));
    const { code, out, err } = await run('get -n demo', { cluster, clock });
    expect({ code, err, waits: clock.waits }).toEqual({ code: 0, err: '', waits: [3_000, 3_000] });
    expect(out).toContain('echoserver');
  });

  it('is given up in the end, with its own words', async () => {
    const clock = new JumpingClock();
    const { cluster, lists } = refusing(100, busy());
    const { code, err } = await run('get -n demo', { cluster, clock });
    expect({ code, err }).toEqual({
      code: 1,
      err: 'Error from server (TooManyRequests): storage is (re)initializing\n',
    });
    expect([lists(), clock.waits.length]).toEqual([6, 5]);
  });

  it('a write that it did not take is sent again, for nothing was done', async () => {
    const clock = new JumpingClock();
    const { cluster } = refusing(0, busy());
    let writes = 0;
    cluster.intercept = () => ((writes += 1) === 1 ? busy(1_000) : undefined);
    expect(await run('pause echoserver -n demo', { cluster, clock })).toMatchObject({ code: 0, err: '' });
    expect([writes, clock.waits]).toEqual([2, [1_000]]);
  });

  it('other refusals are final at once', async () => {
    const clock = new JumpingClock();
    const { cluster, lists } = refusing(100, refusal(503, 'ServiceUnavailable', 'no'));
    expect(await run('get -n demo', { cluster, clock })).toMatchObject({ code: 1 });
    expect([lists(), clock.waits]).toEqual([1, []]);
  });
});
