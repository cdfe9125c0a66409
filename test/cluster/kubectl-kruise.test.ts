// What kubectl-kruise reads and writes, written the same way by raw patches: a release must take them as it takes ours. The
// writes are those of the tool, whole annotations and whole workloads included.

import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { until } from './support/until.ts';
import { at, imageOf, isHeld, load, V1, V2, V3 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('kruise');
const BETA = 'rollouts.v1beta1.rollouts.kruise.io';
const ALPHA = 'rollouts.v1alpha1.rollouts.kruise.io';
const NAME = 'echoserver';

interface Patch {
  resource: string;
  type: 'merge' | 'json';
  body: unknown;
  subresource?: string;
}

const patch = (namespace: string, { resource, type, body, subresource }: Patch): Promise<string> => {
  const where = subresource === undefined ? [] : [`--subresource=${subresource}`];
  return world.kubectl.do([
    'patch',
    resource,
    NAME,
    '-n',
    namespace,
    `--type=${type}`,
    ...where,
    '-p',
    JSON.stringify(body),
  ]);
};
const onStatus = (namespace: string, resource: string, canaryStatus: object): Promise<string> =>
  patch(namespace, { resource, type: 'merge', body: { status: { canaryStatus } }, subresource: 'status' });

async function released(prefix: string, steps: object[], traffic = true): Promise<string> {
  const namespace = await world.namespace(prefix);
  await world.app(namespace, { steps, traffic });
  await world.setImage(namespace, V2);
  await world.pausedIn(namespace, 1);
  return namespace;
}
const done = (namespace: string): Promise<unknown> =>
  world.in(namespace, { phase: 'Healthy', currentStepState: 'Completed' });
const TWO = [
  { replicas: '20%', traffic: '20%' },
  { replicas: '60%', traffic: '60%' },
];

describe('rollout approve', () => {
  it.each([
    ['v1beta1', BETA],
    ['v1alpha1', ALPHA],
  ])('%s: StepReady by a merge patch on /status goes on, step by step, to the end', async (version, resource) => {
    const namespace = await released(`approve-${version}`, TWO);
    await onStatus(namespace, resource, { currentStepState: 'StepReady' });
    await world.pausedIn(namespace, 2);
    await onStatus(namespace, resource, { currentStepState: 'StepReady' });
    await done(namespace);
    expect(imageOf(await load(world, namespace))).toBe(V2);
  });
});

describe('rollout pause and resume', () => {
  it('spec.strategy.paused of the Rollout: an approval is kept until it is resumed', async () => {
    const namespace = await released('pause', TWO);
    const pausing = (paused: boolean) =>
      patch(namespace, { resource: BETA, type: 'merge', body: { spec: { strategy: { paused } } } });
    await pausing(true);
    await onStatus(namespace, BETA, { currentStepState: 'StepReady' });
    await until('the pause is told', async () => JSON.stringify(await world.status(namespace)).includes('"Paused"'));
    expect((await world.status(namespace))['currentStepIndex']).toBe(1);
    await pausing(false);
    await world.pausedIn(namespace, 2);
  });

  it('spec.paused of a held Deployment: false does not end the hold', async () => {
    const namespace = await released('hold', TWO);
    await patch(namespace, { resource: 'deployments', type: 'merge', body: { spec: { paused: false } } });
    expect(isHeld(await load(world, namespace))).toBe(true);
    expect((await world.status(namespace))['currentStepState']).toBe('StepPaused');
  });
});

/** Keys that the tool keeps from the Deployment; everything else comes from the ReplicaSet it goes back to. */
const KEPT = /rollouts\.kruise\.io\/|last-applied-configuration|deployment\.kubernetes\.io\//;

/** `rollout undo`: the tool takes the newest ReplicaSet, for the held template has none. */
async function undo(namespace: string): Promise<void> {
  const { metadata } = await load(world, namespace);
  const sets = await world.list('replicasets', namespace);
  const revision = (set: KubeObject) => Number(set.metadata.annotations?.['deployment.kubernetes.io/revision']);
  const own = sets.filter((set) => set.metadata.ownerReferences?.[0]?.uid === metadata.uid);
  const latest = own.sort((a, b) => revision(b) - revision(a))[0];
  const template = structuredClone(at(latest, 'spec', 'template')) as { metadata: { labels: Record<string, string> } };
  delete template.metadata.labels['pod-template-hash'];
  const entries = Object.entries(metadata.annotations ?? {}).filter(([key]) => KEPT.test(key));
  const past = Object.entries(latest?.metadata.annotations ?? {}).filter(([key]) => !KEPT.test(key));
  const body = [
    { op: 'replace', path: '/spec/template', value: template },
    { op: 'replace', path: '/metadata/annotations', value: Object.fromEntries([...past, ...entries]) },
  ];
  await patch(namespace, { resource: 'deployments', type: 'json', body });
}

describe('rollout undo', () => {
  it('S1-17 S1-18 S1-19 template and all annotations replaced: the release is cancelled and nothing of it is left', async () => {
    const namespace = await released('undo', TWO);
    await undo(namespace);
    await world.in(namespace, { phase: 'Healthy', currentStepState: 'StepPaused' });
    const deployment = await load(world, namespace);
    expect([imageOf(deployment), isHeld(deployment), at(deployment, 'spec', 'paused') ?? false]).toEqual([
      V1,
      false,
      false,
    ]);
    expect(await world.find('ingress', `${NAME}-canary`, namespace)).toBeUndefined();
    expect(await world.find('service', `${NAME}-canary`, namespace)).toBeUndefined();
    expect((await world.list('deployments', namespace)).map(({ metadata }) => metadata.name)).toEqual([NAME]);
  });

  it('X29 the workload stays enrolled: the next update is held again', async () => {
    const namespace = await released('enrolled', TWO);
    await undo(namespace);
    await world.in(namespace, { phase: 'Healthy', currentStepState: 'StepPaused' });
    await until('it is enrolled', async () => {
      const { metadata } = await load(world, namespace);
      return (
        metadata.annotations?.['sluice.dev/rollout'] === NAME && metadata.labels?.['sluice.dev/enrolled'] === 'canary'
      );
    });
    await world.setImage(namespace, V3);
    expect(isHeld(await load(world, namespace))).toBe(true);
    await world.pausedIn(namespace, 1);
  });

  it('--fast: nextStepIndex by a merge patch on /status, chosen by status.currentStepIndex', async () => {
    const namespace = await released('fast', [{ replicas: '20%' }, { replicas: '60%', traffic: '60%' }]);
    await onStatus(namespace, BETA, { currentStepState: 'StepReady' });
    await world.pausedIn(namespace, 2);
    expect((await world.status(namespace))['currentStepIndex']).toBe(2);
    await onStatus(namespace, BETA, { nextStepIndex: 1 });
    await world.pausedIn(namespace, 1);
    expect(await world.find('ingress', `${NAME}-canary`, namespace)).toBeUndefined();
    await onStatus(namespace, BETA, { currentStepState: 'StepReady' });
    await world.pausedIn(namespace, 2);
  });
});

describe('set image', () => {
  /** The tool sends what it has read, all of it, with the image changed. */
  const setImage = async (namespace: string, image: string, read: KubeObject): Promise<void> => {
    const body = structuredClone(read) as KubeObject & {
      spec: { template: { spec: { containers: { image: string }[] } } };
    };
    const { resourceVersion: _version, ...metadata } = body.metadata;
    const [container] = body.spec.template.spec.containers;
    if (container !== undefined) container.image = image;
    await patch(namespace, { resource: 'deployments', type: 'merge', body: { ...body, metadata } });
  };

  it('a merge patch of the whole workload starts a release', async () => {
    const namespace = await world.namespace('whole');
    await world.app(namespace, { steps: TWO });
    await setImage(namespace, V2, await load(world, namespace));
    expect(isHeld(await load(world, namespace))).toBe(true);
    await world.pausedIn(namespace, 1);
  });

  it('one computed from an old read, before the hold, does not end it, and continues with the newer image', async () => {
    const namespace = await world.namespace('stale');
    await world.app(namespace, { steps: TWO });
    const stale = await load(world, namespace);
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    await setImage(namespace, V3, stale);
    const deployment = await load(world, namespace);
    expect([imageOf(deployment), isHeld(deployment)]).toEqual([V3, true]);
    await until('the new pods have the newer image', async () => {
      const pods = await world.list('pods', namespace, `app=${NAME}`);
      return pods.some((pod) => at(pod, 'spec', 'containers', 0, 'image') === V3);
    });
    await world.pausedIn(namespace, 1);
  });
});

describe('what it reads', () => {
  it('get and describe: phase, step, state, message, and pods by revision and batch', async () => {
    const namespace = await released('read', TWO);
    const status = await world.status(namespace);
    expect(status).toMatchObject({ phase: 'Progressing', currentStepIndex: 1, currentStepState: 'StepPaused' });
    expect(status['message']).toBe('Rollout is in step(1/2), and you need manually confirm to enter the next step');
    const { podTemplateHash } = status['canaryStatus'] as { podTemplateHash: string };
    const selector = `pod-template-hash=${podTemplateHash},rollouts.kruise.io/rollout-batch-id=1`;
    expect(await world.list('pods', namespace, selector)).toHaveLength(1);
  });
});
