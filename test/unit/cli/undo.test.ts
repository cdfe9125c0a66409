import { describe, expect, it } from 'vitest';
import { DEPLOYMENTS } from '../../../src/api/resources.ts';
import { readAt } from '../../../src/lib/json.ts';
import { FakeCluster } from './fake-cluster.ts';
import { ENROLLED, HELD, addApp, addRelease, deployment, replicaSet } from './objects.ts';
import { run } from './run.ts';

const V1 = 'cilium/echoserver:1.10.2';
const V2 = 'cilium/echoserver:1.10.3';
const V3 = 'cilium/echoserver:1.10.4';
const CAUSE = 'kubernetes.io/change-cause';

/** Rolled out to v3 by hand or by a release, with history. */
const finished = (metadata: object = ENROLLED): FakeCluster => {
  const cluster = new FakeCluster();
  addApp(cluster);
  const of = 'echoserver';
  cluster.put(replicaSet('echoserver-stable', 'stable', V1, 0, { of, revision: 1, cause: 'the first' }));
  cluster.put(replicaSet('echoserver-two', 'two', V2, 0, { of, revision: 2 }));
  cluster.put(replicaSet('echoserver-three', 'three', V3, 2, { of, revision: 3, cause: 'the third' }));
  cluster.put(deployment({ ...metadata }, V3, false));
  cluster.writes.length = 0;
  return cluster;
};
const released = (): FakeCluster => {
  const cluster = new FakeCluster();
  addRelease(cluster);
  return cluster;
};
const workload = (cluster: FakeCluster) => cluster.at(DEPLOYMENTS, 'echoserver', 'demo');
const imageOf = (cluster: FakeCluster) =>
  (readAt(workload(cluster), ['spec', 'template', 'spec', 'containers']) as { image: string }[])[0]?.image;

describe('undo during a release', () => {
  it.each(['rollout/echoserver', 'echoserver', 'deployment/echoserver'])(
    '%s goes back to what serves, which is not the newest revision but one',
    async (name) => {
      const cluster = released();
      expect(await run(`undo ${name} -n demo`, { cluster })).toEqual({
        code: 0,
        out: 'deployment.apps/echoserver rolled back\n',
        err: 'note: Rollout echoserver takes its release back\n',
      });
      expect(imageOf(cluster)).toBe(V1);
    },
  );

  it('keeps every mark of the release, and takes the hash of the ReplicaSet out of the template', async () => {
    const cluster = released();
    await run('undo rollout/echoserver -n demo', { cluster });
    expect(workload(cluster)?.metadata.annotations).toEqual(HELD.annotations);
    expect(workload(cluster)?.metadata.labels).toEqual(HELD.labels);
    expect(readAt(workload(cluster), ['spec', 'template', 'metadata', 'labels'])).toEqual({ app: 'echoserver' });
    expect(cluster.writes).toHaveLength(1);
  });

  it('writes only when the template is still the one that was read', async () => {
    const cluster = released();
    let writes = 0;
    cluster.intercept = () => {
      if ((writes += 1) === 1) cluster.put(deployment({ ...HELD }, V3, true));
      return undefined;
    };
    expect(await run('undo rollout/echoserver -n demo', { cluster })).toMatchObject({ code: 0 });
    expect(writes).toBe(2);
    expect(imageOf(cluster)).toBe(V1);
  });

  it('is refused when nothing serves', async () => {
    const cluster = released();
    cluster.objects.delete('replicasets/demo/echoserver-stable');
    const { code, err } = await run('undo rollout/echoserver -n demo', { cluster });
    expect({ code, err }).toEqual({
      code: 1,
      err: 'error: no rollout history found for deployments.apps "echoserver" before its present template\n',
    });
  });
});

describe('undo without a release', () => {
  it('goes back to the previous revision, and says that its Rollout releases it in steps', async () => {
    const cluster = finished();
    expect(await run('undo deployment/echoserver -n demo', { cluster })).toEqual({
      code: 0,
      out: 'deployment.apps/echoserver rolled back\n',
      err: 'note: Rollout echoserver releases it in steps\n',
    });
    expect(imageOf(cluster)).toBe(V2);
  });

  it('--to-revision takes a certain one, with its change-cause', async () => {
    const cluster = finished({});
    expect(await run('undo deploy/echoserver --to-revision 1 -n demo', { cluster })).toMatchObject({
      code: 0,
      err: '',
    });
    expect(imageOf(cluster)).toBe(V1);
    expect(workload(cluster)?.metadata.annotations).toEqual({ [CAUSE]: 'the first' });
    await run('undo deploy/echoserver --to-revision 2 -n demo', { cluster });
    expect(imageOf(cluster)).toBe(V2);
    expect(workload(cluster)?.metadata.annotations?.[CAUSE]).toBeUndefined();
  });

  it('writes nothing when it is there already', async () => {
    const cluster = finished();
    expect(await run('undo deployment/echoserver --to-revision=3 -n demo', { cluster })).toMatchObject({
      code: 0,
      out: 'deployment.apps/echoserver skipped rollback (current template already matches revision 3)\n',
    });
    expect(cluster.writes).toEqual([]);
  });

  it('names the revisions there are', async () => {
    const { code, err } = await run('undo deployment/echoserver --to-revision 9 -n demo', { cluster: finished() });
    expect(code).toBe(1);
    expect(err).toContain('revision 9 in history of deployments.apps "echoserver"; there are: 1, 2, 3');
  });
});

describe('restart', () => {
  it('is one annotation on the template', async () => {
    const cluster = finished();
    expect(await run('restart rollout/echoserver -n demo', { cluster })).toMatchObject({
      code: 0,
      out: 'deployment.apps/echoserver restarted\n',
    });
    const annotations = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T12:00:00Z' };
    expect(cluster.writes[0]?.body).toEqual({ spec: { template: { metadata: { annotations } } } });
  });

  it('is refused for one that somebody paused, not for one that a Rollout holds', async () => {
    const cluster = finished();
    cluster.put(deployment({}, V3, true));
    const { code, err } = await run('restart deployment/echoserver -n demo', { cluster });
    expect(code).toBe(1);
    expect(err).toBe(
      'error: deployments.apps "echoserver" can\'t restart while it is paused; run first: sluice resume deployment.apps/echoserver\n',
    );
    expect(await run('restart deployment/echoserver -n demo', { cluster: released() })).toMatchObject({ code: 0 });
  });
});

describe('set image', () => {
  it.each(['deployment/echoserver', 'rollout/echoserver'])(
    '%s: tests the container and replaces its image',
    async (name) => {
      const cluster = finished();
      expect(await run(`set image ${name} echoserver=x:2 -n demo`, { cluster })).toMatchObject({
        code: 0,
        out: 'deployment.apps/echoserver image updated\n',
      });
      expect(cluster.writes[0]?.body).toEqual([
        { op: 'test', path: '/spec/template/spec/containers/0/name', value: 'echoserver' },
        { op: 'add', path: '/spec/template/spec/containers/0/image', value: 'x:2' },
      ]);
      expect(imageOf(cluster)).toBe('x:2');
    },
  );

  it('*= means all containers', async () => {
    const cluster = finished();
    await run('set image deployment/echoserver *=x:3 -n demo', { cluster });
    expect(imageOf(cluster)).toBe('x:3');
  });

  it('writes nothing when the image is there already', async () => {
    const cluster = finished();
    const { code, out } = await run(`set image deployment/echoserver echoserver=${V3} -n demo`, { cluster });
    expect({ code, out }).toEqual({ code: 0, out: 'deployment.apps/echoserver image unchanged\n' });
    expect(cluster.writes).toEqual([]);
  });

  it.each([
    [
      'set image deployment/echoserver web=x -n demo',
      'unable to find container named "web" in deployments.apps "echoserver"; it has echoserver',
    ],
    ['set image deployment/echoserver -n demo', 'give the images: CONTAINER=IMAGE'],
    ['set image deployment/echoserver echoserver= -n demo', '"echoserver=" is not CONTAINER=IMAGE'],
    ['set env deployment/echoserver A=b -n demo', "'env' is invalid for argument 'what'. Allowed choices are image."],
    ['set image echoserver=x -n demo', 'name what is meant: rollout/NAME'],
  ])('%s', async (line, text) => {
    const { code, err } = await run(line, { cluster: finished() });
    expect(code).toBe(1);
    expect(err).toContain(text);
  });
});
