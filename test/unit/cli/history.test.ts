import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { ENROLLED, HELD, addApp, addRelease, deployment, replicaSet } from './objects.ts';
import { lines, run } from './run.ts';

const V1 = 'cilium/echoserver:1.10.2';
const V2 = 'cilium/echoserver:1.10.3';
const of = 'echoserver';

const finished = (): FakeCluster => {
  const cluster = new FakeCluster();
  addApp(cluster);
  cluster.put(replicaSet('echoserver-two', 'two', V2, 2, { of, revision: 2, cause: 'the second' }));
  cluster.put(replicaSet('echoserver-stable', 'stable', V1, 0, { of, revision: 1 }));
  cluster.put(deployment({ ...ENROLLED }, V2, false));
  return cluster;
};
const record = (name: string, created: string, phase: string, steps: number) => ({
  apiVersion: 'rollouts.kruise.io/v1alpha1',
  kind: 'RolloutHistory',
  metadata: {
    name,
    namespace: 'demo',
    creationTimestamp: created,
    labels: { 'rollouts.kruise.io/rollout-name': 'echoserver', 'rollouts.kruise.io/rollout-id': `id-${name}` },
  },
  spec: {},
  status: { phase, canarySteps: Array.from({ length: steps }, (_, at) => ({ canaryStepIndex: at + 1 })) },
});
const cells = (out: string): string[][] => lines(out).map((line) => line.split(/ {2,}/));

describe('history', () => {
  it.each(['deployment/echoserver', 'rollout/echoserver'])(
    '%s: revisions, oldest first, as kubectl has them',
    async (name) => {
      const { code, out, err } = await run(`history ${name} -n demo`, { cluster: finished() });
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(cells(out)).toEqual([
        ['deployment.apps/echoserver'],
        ['REVISION', 'CHANGE-CAUSE', 'IMAGES', 'ROLE'],
        ['1', '<none>', V1],
        ['2', 'the second', V2, 'serves, wanted'],
      ]);
    },
  );

  it('during a release says which one serves: that is what undo goes back to', async () => {
    const cluster = new FakeCluster();
    addRelease(cluster);
    cluster.put(replicaSet('echoserver-zero', 'zero', 'old', 0, { of, revision: 1 }));
    cluster.put(replicaSet('echoserver-stable', 'stable', V1, 2, { of, revision: 2 }));
    cluster.put(deployment({ ...HELD }, V2, true));
    const { out } = await run('history rollout/echoserver -n demo', { cluster });
    expect(cells(out).slice(-2)).toEqual([
      ['2', '<none>', V1, 'serves'],
      ['-', '<none>', V2, 'wanted, held'],
    ]);
  });

  it('shows the recorded releases of the Rollout, oldest first', async () => {
    const cluster = finished();
    cluster.put(record('b', '2026-01-01T11:58:00Z', '', 1));
    cluster.put(record('a', '2026-01-01T11:50:00Z', 'completed', 2));
    const { out } = await run('history rollout/echoserver -n demo', { cluster });
    expect(cells(out).slice(-4)).toEqual([
      ['rollout.rollouts.kruise.io/echoserver'],
      ['RELEASE', 'ROLLOUT-ID', 'STATUS', 'STEPS', 'AGE'],
      ['a', 'id-a', 'completed', '2', '10m'],
      ['b', 'id-b', '1', '2m'],
    ]);
  });

  it('does without them where the kind is missing or hidden', async () => {
    const cluster = finished();
    cluster.unserved.add('rollouthistories');
    expect((await run('history rollout/echoserver -n demo', { cluster })).code).toBe(0);
    const list = cluster.list.bind(cluster);
    cluster.list = (resource, options) =>
      resource.plural === 'rollouthistories'
        ? Promise.reject(refusal(403, 'Forbidden', 'no'))
        : list(resource, options);
    expect((await run('history rollout/echoserver -n demo', { cluster })).code).toBe(0);
  });

  it('--revision shows the template, without the hash of the ReplicaSet', async () => {
    const { out } = await run('history deployment/echoserver --revision 1 -n demo', { cluster: finished() });
    expect(lines(out).slice(0, 2)).toEqual(['deployment.apps/echoserver with revision #1', 'Pod Template:']);
    expect(parse(out.split('Pod Template:\n')[1] ?? '')).toEqual({
      metadata: { labels: { app: 'echoserver' } },
      spec: { containers: [{ name: 'echoserver', image: V1 }] },
    });
  });

  it('names the revisions there are', async () => {
    const { code, err } = await run('history deployment/echoserver --revision 9 -n demo', { cluster: finished() });
    expect(code).toBe(1);
    expect(err).toContain('unable to find specified revision 9');
    expect(err).toContain('there are: 1, 2');
  });

  it('prints objects and templates for scripts', async () => {
    const list = await run('history deployment/echoserver -n demo -o json', { cluster: finished() });
    expect((JSON.parse(list.out) as { items: { kind: string }[] }).items.map(({ kind }) => kind)).toEqual([
      'ReplicaSet',
      'ReplicaSet',
    ]);
    const one = await run('history deployment/echoserver --revision 2 -n demo -o yaml', { cluster: finished() });
    expect(parse(one.out)).toHaveProperty('spec.containers');
  });
});
