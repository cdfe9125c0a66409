// BatchReleases made by hand, without a Rollout: a person holds the workload and raises batchPartition step by step, through
// both versions of the API.

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { deployment } from './support/objects.ts';
import { staysTrue, until } from './support/until.ts';
import { at, enrolledAs, imagesOf, load, NAME, V1, V2, V3 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('batch');
const BETA = 'batchreleases.v1beta1.rollouts.kruise.io';
const ALPHA = 'batchreleases.v1alpha1.rollouts.kruise.io';

interface Plan {
  batches: { canaryReplicas: number | string }[];
  batchPartition?: number | null;
  rolloutID?: string;
  finalizingPolicy?: string;
}
const release = (namespace: string, releasePlan: Plan, kind = 'Deployment', style = 'Canary') => ({
  apiVersion: 'rollouts.kruise.io/v1beta1',
  kind: 'BatchRelease',
  metadata: { name: NAME, namespace },
  spec: {
    workloadRef: { apiVersion: 'apps/v1', kind, name: NAME },
    releasePlan: { rollingStyle: style, enableExtraWorkloadForCanary: style === 'Canary', ...releasePlan },
  },
});
const statefulSet = (namespace: string, partition: number, image = V1) => ({
  ...deployment({ namespace, image }),
  kind: 'StatefulSet',
  spec: {
    ...deployment({ namespace, image }).spec,
    serviceName: NAME,
    podManagementPolicy: 'Parallel',
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
  },
});

const patchPlan = (namespace: string, plan: object, resource = BETA): Promise<string> =>
  world.kubectl.do([
    'patch',
    resource,
    NAME,
    '-n',
    namespace,
    '--type=merge',
    '-p',
    JSON.stringify({ spec: { releasePlan: plan } }),
  ]);
const remove = (namespace: string): Promise<string> =>
  world.kubectl.do(['delete', BETA, NAME, '-n', namespace, '--wait=false']);

/** Waits until the status shows this, and answers the object. */
const shows = (namespace: string, wanted: Record<string, unknown>): Promise<KubeObject> =>
  until(`BatchRelease shows ${JSON.stringify(wanted)}`, async () => {
    const object = await world.get(BETA, NAME, namespace);
    const shown: Record<string, unknown> = {
      ...(object['status'] as object),
      ...(at(object, 'status', 'canaryStatus') as object | undefined),
    };
    const off = Object.entries(wanted).filter(([key, value]) => shown[key] !== value);
    if (off.length > 0) throw new Error(JSON.stringify(object['status']));
    return object;
  });
const ready = (namespace: string, currentBatch: number, updatedReadyReplicas: number): Promise<KubeObject> =>
  shows(namespace, { phase: 'Progressing', batchState: 'Ready', currentBatch, updatedReadyReplicas });

/** Batch numbers of the pods with this image that carry the release id, sorted. */
async function batchesOf(namespace: string, image: string, id: string): Promise<string[]> {
  const pods = await world.list('pods', namespace, `rollouts.kruise.io/rollout-id=${id}`);
  return pods
    .filter((pod) => at(pod, 'spec', 'containers', 0, 'image') === image && !pod.metadata.deletionTimestamp)
    .map((pod) => pod.metadata.labels?.['rollouts.kruise.io/rollout-batch-id'] ?? '')
    .sort();
}
const labelled = (namespace: string, image: string, id: string, wanted: string[]): Promise<unknown> =>
  until(`batches ${wanted.join()}`, async () => {
    const found = await batchesOf(namespace, image, id);
    if (found.join() !== wanted.join()) throw new Error(found.join());
    return true;
  });

/** A Deployment of five, paused by its user, whose template has changed. */
async function pausedByHand(namespace: string): Promise<void> {
  await world.kubectl.apply(deployment({ namespace }));
  await until('five pods', async () => at(await load(world, namespace), 'status', 'availableReplicas') === 5);
  const body = JSON.stringify({ spec: { paused: true } });
  await world.kubectl.do(['patch', 'deployment', NAME, '-n', namespace, '--type=merge', '-p', body]);
  await world.setImage(namespace, V2);
}
const canaries = (namespace: string): Promise<KubeObject[]> =>
  world.list('deployments', namespace, `rollouts.kruise.io/canary-deployment=${NAME}`);

describe('canary style, on a Deployment that its user paused', () => {
  let namespace: string;

  test('the first batch runs beside the paused Deployment; its pods carry release id and batch; nothing is enrolled', async () => {
    namespace = await world.namespace('hand');
    await pausedByHand(namespace);
    const batches = [{ canaryReplicas: 1 }, { canaryReplicas: '50%' }, { canaryReplicas: '100%' }];
    await world.kubectl.apply(release(namespace, { batches, batchPartition: 0, rolloutID: 'r1' }));
    await ready(namespace, 0, 1);
    await labelled(namespace, V2, 'r1', ['1']);
    const stable = await load(world, namespace);
    expect(at(stable, 'spec', 'paused')).toBe(true);
    expect(stable.metadata.annotations?.['batchrelease.rollouts.kruise.io/control-info']).toContain(NAME);
    expect(enrolledAs(stable)).toBeUndefined();
    expect(await canaries(namespace)).toHaveLength(1);
  });

  test('v1alpha1 reads the same object, and raises batchPartition', async () => {
    const alpha = await world.get(ALPHA, NAME, namespace);
    expect(at(alpha, 'spec', 'targetReference', 'workloadRef', 'name')).toBe(NAME);
    expect(alpha.metadata.annotations?.['rollouts.kruise.io/rolling-style']).toBe('canary');
    expect(at(alpha, 'status', 'canaryStatus')).toMatchObject({
      currentBatch: 0,
      batchState: 'Ready',
      updatedReplicas: 1,
    });
    await patchPlan(namespace, { batchPartition: 1 }, ALPHA);
    await ready(namespace, 1, 3);
    await labelled(namespace, V2, 'r1', ['1', '2', '2']);
  });

  test('scaled in between, percentages follow', async () => {
    await world.kubectl.do(['scale', `deployment/${NAME}`, '--replicas=8', '-n', namespace]);
    await shows(namespace, { observedWorkloadReplicas: 8, batchState: 'Ready', updatedReadyReplicas: 4 });
    await labelled(namespace, V2, 'r1', ['1', '2', '2', '2']);
  });

  test('another release id is stamped from the first batch', async () => {
    await patchPlan(namespace, { rolloutID: 'r2' });
    await shows(namespace, { observedRolloutID: 'r2', batchState: 'Ready', currentBatch: 1 });
    await labelled(namespace, V2, 'r2', ['1', '2', '2', '2']);
  });

  test('without a batchPartition it resumes the Deployment, waits for it, and is Completed; its pods go with it', async () => {
    await patchPlan(namespace, { batchPartition: null, finalizingPolicy: 'WaitResume' });
    await shows(namespace, { phase: 'Completed' });
    const stable = await load(world, namespace);
    expect(at(stable, 'spec', 'paused') ?? false).toBe(false);
    expect(stable['status']).toMatchObject({ updatedReplicas: 8, availableReplicas: 8 });
    expect(stable.metadata.annotations?.['batchrelease.rollouts.kruise.io/control-info']).toBeUndefined();
    await remove(namespace);
    await until('no canary Deployment', async () => (await canaries(namespace)).length === 0);
    await until('the BatchRelease is gone', async () => (await world.find(BETA, NAME, namespace)) === undefined);
  });
});

test('deleted in the middle, its pods go and the Deployment stays as its user paused it', async () => {
  const namespace = await world.namespace('cut');
  await pausedByHand(namespace);
  await world.kubectl.apply(release(namespace, { batches: [{ canaryReplicas: 2 }], batchPartition: 0 }));
  await ready(namespace, 0, 2);
  await remove(namespace);
  await until('the BatchRelease is gone', async () => (await world.find(BETA, NAME, namespace)) === undefined);
  expect(await canaries(namespace)).toEqual([]);
  const stable = await load(world, namespace);
  expect(at(stable, 'spec', 'paused')).toBe(true);
  expect(stable.metadata.annotations?.['batchrelease.rollouts.kruise.io/control-info']).toBeUndefined();
});

test('two for one workload: the second waits and says for which one, and goes on when that is deleted', async () => {
  const namespace = await world.namespace('two');
  await pausedByHand(namespace);
  const first = release(namespace, { batches: [{ canaryReplicas: 2 }], batchPartition: 0 });
  await world.kubectl.apply(first);
  await ready(namespace, 0, 2);
  const metadata = { ...first.metadata, name: 'second' };
  const releasePlan = { ...first.spec.releasePlan, batches: [{ canaryReplicas: 1 }] };
  await world.kubectl.apply({ ...first, metadata, spec: { ...first.spec, releasePlan } });
  const second = async (): Promise<unknown> => (await world.get(BETA, 'second', namespace))['status'];
  await until('the wait is told', async () => {
    const status = (await second()) as { message?: string } | undefined;
    return status?.message === `waits until BatchRelease ${NAME}, which has this workload, is completed or deleted`;
  });
  expect(await canaries(namespace)).toHaveLength(1);
  await remove(namespace);
  await until('the second is ready', async () => {
    const status = await second();
    if (at(status, 'canaryStatus', 'batchState') !== 'Ready') throw new Error(JSON.stringify(status));
    return true;
  });
  // The pods of the first go with its canary Deployment, which is the garbage collector's work and may be slower.
  await until('the only new pod is the one of the second', async () => {
    const images = (await imagesOf(world, namespace)).sort().join();
    if (images !== [V1, V1, V1, V1, V1, V2].join()) throw new Error(images);
    return true;
  });
});

test('X15: another template in the middle is not released; it says what to do', async () => {
  const namespace = await world.namespace('third');
  await pausedByHand(namespace);
  await world.kubectl.apply(release(namespace, { batches: [{ canaryReplicas: 1 }], batchPartition: 0 }));
  await ready(namespace, 0, 1);
  await world.setImage(namespace, V3);
  const message = await until('the reason', async () => {
    const { message: text } = (await world.get(BETA, NAME, namespace))['status'] as { message?: string };
    if (text?.includes('goes no further') !== true) throw new Error(String(text));
    return text;
  });
  expect(message).toMatch(
    /^the workload changed to revision \w+; this release of revision \w+ goes no further: delete it/,
  );
  expect((await world.list('pods', namespace)).map((pod) => at(pod, 'spec', 'containers', 0, 'image'))).not.toContain(
    V3,
  );
});

test('X16: an unsupported workload is told by condition, message and Event, and stops nothing else', async () => {
  const namespace = await world.namespace('unsupported');
  await world.kubectl.apply(
    release(namespace, { batches: [{ canaryReplicas: 1 }], batchPartition: 0 }, 'DaemonSet', 'BlueGreen'),
  );
  const object = await until('the condition', async () => {
    const found = await world.get(BETA, NAME, namespace);
    const [condition] = (at(found, 'status', 'conditions') ?? []) as { type: string; status: string }[];
    return condition?.type === 'Progressing' && condition.status === 'False' ? found : undefined;
  });
  expect(at(object, 'status', 'message')).toMatch(/DaemonSet/);
  await until('an Event', async () => {
    const events = (await world.list('events', namespace)) as (KubeObject & { reason: string; type: string })[];
    return events.some(({ reason, type }) => reason === 'UnsupportedWorkload' && type === 'Warning');
  });
  await remove(namespace);
  await until('it goes', async () => (await world.find(BETA, NAME, namespace)) === undefined);
});

test('partition style through v1alpha1, on a StatefulSet whose user has set its partition: batch by batch, then to the end', async () => {
  const namespace = await world.namespace('sts');
  await world.kubectl.apply(statefulSet(namespace, 5));
  const partition = async (): Promise<unknown> =>
    at(await world.get('statefulset', NAME, namespace), 'spec', 'updateStrategy', 'rollingUpdate', 'partition');
  await until(
    'five pods',
    async () => at(await world.get('statefulset', NAME, namespace), 'status', 'readyReplicas') === 5,
  );
  await world.kubectl.do(['set', 'image', `statefulset/${NAME}`, `${NAME}=${V2}`, '-n', namespace]);
  await world.kubectl.apply({
    apiVersion: 'rollouts.kruise.io/v1alpha1',
    kind: 'BatchRelease',
    metadata: { name: NAME, namespace, annotations: { 'rollouts.kruise.io/rolling-style': 'partition' } },
    spec: {
      targetReference: { workloadRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: NAME } },
      releasePlan: { batches: [{ canaryReplicas: 1 }, { canaryReplicas: '60%' }], batchPartition: 0, rolloutID: 's1' },
    },
  });
  await ready(namespace, 0, 1);
  expect(await partition()).toBe(4);
  await labelled(namespace, V2, 's1', ['1']);
  await patchPlan(namespace, { batchPartition: 1 }, ALPHA);
  await ready(namespace, 1, 3);
  expect(await partition()).toBe(2);
  await labelled(namespace, V2, 's1', ['1', '2', '2']);
  await patchPlan(namespace, { batchPartition: null }, ALPHA);
  await shows(namespace, { phase: 'Completed' });
  await until(
    'all pods are new',
    async () => at(await world.get('statefulset', NAME, namespace), 'status', 'updatedReplicas') === 5,
  );
});

test('partition style takes over a roll-out that nothing holds: it stops, goes on by batches, and gives the strategy back', async () => {
  const namespace = await world.namespace('free');
  const free = statefulSet(namespace, 0);
  const spec = { ...free.spec, updateStrategy: undefined, minReadySeconds: 4 };
  const get = (): Promise<KubeObject> => world.get('statefulset', NAME, namespace);
  await world.kubectl.apply({ ...free, spec });
  await until('five pods', async () => at(await get(), 'status', 'availableReplicas') === 5);
  const before = at(await get(), 'spec', 'updateStrategy');
  await world.kubectl.do(['set', 'image', `statefulset/${NAME}`, `${NAME}=${V2}`, '-n', namespace]);
  await world.kubectl.apply(
    release(namespace, { batches: [{ canaryReplicas: 1 }], batchPartition: 0 }, 'StatefulSet', 'Partition'),
  );
  await ready(namespace, 0, 1);
  await until('the new pod is available, so the next would follow', async () => {
    const { status } = await get();
    return (status as { availableReplicas?: number }).availableReplicas === 5;
  });
  await staysTrue('one new pod', async () => at(await get(), 'status', 'updatedReplicas') === 1, 1000);
  await patchPlan(namespace, { batchPartition: null });
  await shows(namespace, { phase: 'Completed' });
  expect(at(await get(), 'spec', 'updateStrategy')).toEqual(before);
});
