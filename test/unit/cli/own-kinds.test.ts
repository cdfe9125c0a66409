import { describe, expect, it } from 'vitest';
import type { KubeObject, Resource } from '../../../src/api/kube.ts';
import { readAt } from '../../../src/lib/json.ts';
import { FakeCluster } from './fake-cluster.ts';
import { rollout } from './objects.ts';
import { lines, run } from './run.ts';

const NAMESPACE = 'demo';
const TOYS: Resource = { group: 'toys.example', version: 'v1', plural: 'toys', kind: 'Toy', namespaced: true };
const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image }] },
});

/** A StatefulSet or something like one: two revisions, the second half rolled out and held. */
function kept(apiVersion: string, kind: string, plural: string, marks: Partial<KubeObject['metadata']>): KubeObject[] {
  const uid = `uid-${plural}`;
  const revision = (name: string, number: number, image: string): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `web-${name}`,
      namespace: NAMESPACE,
      labels: { app: 'web', 'controller-revision-hash': `web-${name}` },
      ownerReferences: [{ apiVersion, kind, name: 'web', uid, controller: true }],
    },
    revision: number,
    data: { spec: { template: { ...template(image), $patch: 'replace' } } },
  });
  return [
    {
      apiVersion,
      kind,
      metadata: { name: 'web', namespace: NAMESPACE, uid, generation: 1, ...marks },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web' } },
        template: template('web:2'),
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
      },
      status: {
        observedGeneration: 1,
        replicas: 3,
        readyReplicas: 3,
        currentRevision: 'web-one',
        updateRevision: 'web-two',
        updatedReplicas: 1,
      },
    },
    revision('one', 1, 'web:1'),
    revision('two', 2, 'web:2'),
    rollout({
      name: 'web',
      spec: { workloadRef: { apiVersion, kind, name: 'web' }, strategy: { canary: { steps: [{ replicas: '50%' }] } } },
      status: { phase: 'Progressing', canaryStatus: { currentStepIndex: 1, currentStepState: 'StepPaused' } },
    }),
  ];
}
const HELD = {
  labels: { 'rollouts.kruise.io/workload-type': 'statefulset', 'sluice.dev/enrolled': 'partition' },
  annotations: { 'rollouts.kruise.io/in-progressing': '{"rolloutName":"web"}', 'sluice.dev/rollout': 'web' },
};

const statefulSets = (): FakeCluster => {
  const cluster = new FakeCluster();
  for (const object of kept('apps/v1', 'StatefulSet', 'statefulsets', HELD)) cluster.put(object);
  return cluster;
};
const toys = (marks: Partial<KubeObject['metadata']> = HELD): FakeCluster => {
  const cluster = new FakeCluster();
  cluster.own.push(TOYS);
  for (const object of kept('toys.example/v1', 'Toy', 'toys', marks)) cluster.put(object);
  return cluster;
};
const imageOf = (object: KubeObject | undefined): unknown =>
  (readAt(object, ['spec', 'template', 'spec', 'containers']) as { image: string }[])[0]?.image;

describe.each([
  ['StatefulSet', statefulSets, 'statefulset.apps', 'statefulsets', ['statefulset/web', 'sts/web', 'rollout/web']],
  [
    'a kind of the cluster’s own',
    toys,
    'toy.toys.example',
    'toys',
    ['toy/web', 'toys.toys.example/web', 'rollout/web'],
  ],
] as const)('%s', (_, made, named, plural, names) => {
  it.each(names)('undo %s goes back to the ControllerRevision that serves', async (name) => {
    const cluster = made();
    expect(await run(`undo ${name} -n demo`, { cluster })).toEqual({
      code: 0,
      out: `${named}/web rolled back\n`,
      err: 'note: Rollout web takes its release back\n',
    });
    const object = cluster.objects.get(`${plural}/demo/web`);
    expect(imageOf(object)).toBe('web:1');
    expect(readAt(object, ['spec', 'template', '$patch'])).toBeUndefined();
    expect(object?.metadata.annotations).toEqual(HELD.annotations);
  });

  it('history, set image, restart and describe know it', async () => {
    const cluster = made();
    const { out } = await run('history rollout/web -n demo', { cluster });
    expect(lines(out).map((line) => line.split(/ {2,}/))).toEqual([
      [`${named}/web`],
      ['REVISION', 'CHANGE-CAUSE', 'IMAGES', 'ROLE'],
      ['1', '<none>', 'web:1', 'serves'],
      ['2', '<none>', 'web:2', 'wanted'],
    ]);
    expect((await run('set image rollout/web web=web:3 -n demo', { cluster })).out).toBe(
      `${named}/web image updated\n`,
    );
    expect((await run('restart rollout/web -n demo', { cluster })).out).toBe(`${named}/web restarted\n`);
    expect((await run('describe rollout/web -n demo', { cluster })).out).not.toContain('not supported');
    expect((await run('get rollout/web -n demo', { cluster })).out).toContain('/web');
  });

  it('has no pause of its own, its Rollout has', async () => {
    const { code, err } = await run(`pause ${names[0]} -n demo`, { cluster: made() });
    expect(code).toBe(1);
    expect(err).toContain('pausing is not supported; its Rollout can: sluice pause rollout/web');
  });
});

describe('a kind that nobody marked', () => {
  it('is not taken for a workload', async () => {
    const { code, err } = await run('undo rollout/web -n demo', { cluster: toys({}) });
    expect(code).toBe(1);
    expect(err).toContain('workloads of kind Toy (toys.example/v1) are not supported');
    expect((await run('undo toy/web -n demo', { cluster: toys({}) })).err).toContain('"toy/web" is not a Rollout');
  });
});
