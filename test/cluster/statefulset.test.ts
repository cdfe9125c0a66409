// A StatefulSet released in place: held by its partition, updated from the highest ordinal down, rolled back, given back.

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { ingress, rollout, service } from './support/objects.ts';
import { staysTrue, until } from './support/until.ts';
import { at, imageOf, V1, V2, V3 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('statefulset');
const NAME = 'db';
const HELD = 32_767;

interface Options {
  replicas?: number;
  partition?: number;
  management?: string;
}

const statefulSet = (namespace: string, { replicas = 5, partition, management }: Options = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: NAME, namespace, labels: { app: NAME } },
  spec: {
    replicas,
    serviceName: NAME,
    ...(management === undefined ? {} : { podManagementPolicy: management }),
    selector: { matchLabels: { app: NAME } },
    ...(partition === undefined ? {} : { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } } }),
    template: {
      metadata: { labels: { app: NAME } },
      spec: { containers: [{ name: NAME, image: V1, ports: [{ containerPort: 8080 }] }] },
    },
  },
});

function rolloutFor(namespace: string, steps: object[], options: { traffic?: boolean; annotations?: object } = {}) {
  const { traffic = false, annotations = {} } = options;
  const made = rollout({
    name: NAME,
    namespace,
    steps,
    traffic,
    grace: 0,
    canary: { enableExtraWorkloadForCanary: false },
  });
  return {
    ...made,
    metadata: { ...made.metadata, annotations },
    spec: { ...made.spec, workloadRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: NAME } },
  };
}

const STEPS = [{ replicas: '20%' }, { replicas: '60%' }, { replicas: '100%' }];

async function app(
  options: Options & { steps?: object[]; traffic?: boolean; annotations?: object } = {},
): Promise<string> {
  const namespace = await world.namespace('sts');
  const routes =
    options.traffic === true ? [service({ name: NAME, namespace }), ingress({ name: NAME, namespace })] : [];
  await world.kubectl.apply(statefulSet(namespace, options), ...routes);
  await until(
    'its pods are ready',
    async () => at(await load(namespace), 'status', 'readyReplicas') === (options.replicas ?? 5),
  );
  await world.kubectl.apply(rolloutFor(namespace, options.steps ?? STEPS, options));
  await until(
    'it is enrolled',
    async () => (await load(namespace)).metadata.labels?.['sluice.dev/enrolled'] === 'partition',
  );
  return namespace;
}

const load = (namespace: string): Promise<KubeObject> => world.get('statefulset', NAME, namespace);
/** The object that the API server answers with, which a later read may already find moved on. */
const setImage = async (namespace: string, image: string): Promise<KubeObject> =>
  JSON.parse(
    await world.kubectl.do(['set', 'image', `statefulset/${NAME}`, `${NAME}=${image}`, '-n', namespace, '-o', 'json']),
  ) as KubeObject;
const partitionOf = (object: KubeObject): unknown => at(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition');

/** Image by ordinal. */
async function images(namespace: string): Promise<string[]> {
  const pods = await world.list('pods', namespace, `app=${NAME}`);
  const live = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const ordinal = (pod: KubeObject): number => Number(pod.metadata.name.split('-').at(-1));
  return live.sort((a, b) => ordinal(a) - ordinal(b)).map((pod) => String(at(pod, 'spec', 'containers', 0, 'image')));
}

const paused = (namespace: string, step: number) => world.pausedIn(namespace, step, NAME);
const approve = (namespace: string) => world.approve(namespace, NAME);
const ended = (namespace: string, message: string) => world.in(namespace, { phase: 'Healthy', message }, NAME);
const COMPLETED = 'Rollout progressing has been completed';
const CANCELED = 'Rollout progressing has been canceled';

async function expectGivenBack(namespace: string, image: string, partition = 0): Promise<void> {
  const object = await load(namespace);
  expect(imageOf(object)).toBe(image);
  expect(partitionOf(object)).toBe(partition);
  expect(
    Object.keys(object.metadata.annotations ?? {}).filter((key) => /held-fields|in-progressing|control-info/.test(key)),
  ).toEqual([]);
}

describe('a release in batches', () => {
  test('S0-4 from the highest ordinal down, step by step, and given back as the user wrote it', async () => {
    const namespace = await app();
    expect(partitionOf(await setImage(namespace, V2)), 'held by the answer to the update').toBe(HELD);
    await paused(namespace, 1);
    expect(await images(namespace)).toEqual([V1, V1, V1, V1, V2]);
    expect(partitionOf(await load(namespace))).toBe(4);
    await approve(namespace);
    await paused(namespace, 2);
    expect(await images(namespace)).toEqual([V1, V1, V2, V2, V2]);
    await approve(namespace);
    await ended(namespace, COMPLETED);
    expect(await images(namespace)).toEqual([V2, V2, V2, V2, V2]);
    await expectGivenBack(namespace, V2);
  });

  test("the user's own partition is restored, and what is below it stays", async () => {
    const namespace = await app({ partition: 2, steps: [{ replicas: '20%' }] });
    await setImage(namespace, V2);
    await paused(namespace, 1);
    await approve(namespace);
    await ended(namespace, COMPLETED);
    await expectGivenBack(namespace, V2, 2);
    expect(await images(namespace)).toEqual([V1, V1, V2, V2, V2]);
  });

  test('pods of a step carry release id and batch, counted from its own controller', async () => {
    const namespace = await app();
    await setImage(namespace, V2);
    await paused(namespace, 1);
    await approve(namespace);
    await paused(namespace, 2);
    const pods = await world.list('pods', namespace, 'rollouts.kruise.io/rollout-batch-id');
    expect(pods.map((pod) => pod.metadata.labels?.['rollouts.kruise.io/rollout-batch-id']).sort()).toEqual([
      '1',
      '2',
      '2',
    ]);
  });
});

describe('a newer template', () => {
  test('X15 mid-release is held from the first pod on, and starts again from step 1', async () => {
    const namespace = await app();
    await setImage(namespace, V2);
    await paused(namespace, 1);
    await approve(namespace);
    await paused(namespace, 2);
    expect(partitionOf(await setImage(namespace, V3))).toBe(HELD);
    await until('the release of v3 waits in step 1', async () => (await images(namespace)).includes(V3));
    await paused(namespace, 1);
    expect(await images(namespace)).toEqual([V1, V1, V2, V2, V3]);
    await approve(namespace);
    await paused(namespace, 2);
    await approve(namespace);
    await ended(namespace, COMPLETED);
    expect(await images(namespace)).toEqual([V3, V3, V3, V3, V3]);
    await expectGivenBack(namespace, V3);
  });
});

describe('a rollback', () => {
  test('by re-applying the old template takes every pod back', async () => {
    const namespace = await app();
    await setImage(namespace, V2);
    await paused(namespace, 1);
    await setImage(namespace, V1);
    await ended(namespace, CANCELED);
    await until('all pods are v1', async () => (await images(namespace)).every((image) => image === V1));
    await expectGivenBack(namespace, V1);
  });

  test('deletes the broken pod that OrderedReady would wait for', async () => {
    const namespace = await app({ management: 'OrderedReady' });
    await setImage(namespace, 'cilium/echoserver:failed');
    await until('the new pod runs and is not ready', async () =>
      (await images(namespace)).includes('cilium/echoserver:failed'),
    );
    await setImage(namespace, V1);
    await ended(namespace, CANCELED);
    await until('all pods are v1 and ready', async () => {
      const { status } = (await load(namespace)) as { status?: { readyReplicas?: number } } & KubeObject;
      return status?.readyReplicas === 5 && (await images(namespace)).every((image) => image === V1);
    });
  });

  test('in batches, where the Rollout asks for it, leaves alone what needs no update', async () => {
    const namespace = await app({ annotations: { 'rollouts.kruise.io/rollback-in-batch': 'true' } });
    await setImage(namespace, V2);
    await paused(namespace, 1);
    await approve(namespace);
    await paused(namespace, 2);
    await setImage(namespace, V1);
    await until(
      'the first batch is back',
      async () => (await images(namespace)).filter((one) => one === V1).length === 3,
    );
    await paused(namespace, 1);
    expect(await images(namespace)).toEqual([V1, V1, V2, V2, V1]);
    expect(await world.list('pods', namespace, 'rollouts.kruise.io/no-need-update')).toHaveLength(2);
    await approve(namespace);
    await paused(namespace, 2);
    expect(await images(namespace)).toEqual([V1, V1, V2, V1, V1]);
    await approve(namespace);
    await ended(namespace, COMPLETED);
    expect(await images(namespace)).toEqual([V1, V1, V1, V1, V1]);
    await expectGivenBack(namespace, V1);
  });
});

describe('with traffic', () => {
  test('Services split by controller-revision-hash, and are restored', async () => {
    const steps = [{ replicas: '20%', traffic: '20%' }, { replicas: '40%', traffic: '60%' }, { replicas: '100%' }];
    const namespace = await app({ steps, traffic: true });
    const { currentRevision } = (await load(namespace))['status'] as { currentRevision: string };
    await setImage(namespace, V2);
    await paused(namespace, 1);
    const stable = await world.get('service', NAME, namespace);
    expect(at(stable, 'spec', 'selector')).toEqual({ app: NAME, 'controller-revision-hash': currentRevision });
    const { updateRevision } = (await load(namespace))['status'] as { updateRevision: string };
    const canary = await world.get('service', `${NAME}-canary`, namespace);
    expect(at(canary, 'spec', 'selector')).toEqual({ app: NAME, 'controller-revision-hash': updateRevision });
    await approve(namespace);
    await paused(namespace, 2);
    await approve(namespace);
    await ended(namespace, COMPLETED);
    expect(at(await world.get('service', NAME, namespace), 'spec', 'selector')).toEqual({ app: NAME });
    expect(await world.find('service', `${NAME}-canary`, namespace)).toBeUndefined();
    expect(await world.find('ingress', `${NAME}-canary`, namespace)).toBeUndefined();
  });
});

describe('with no process of ours alive', () => {
  test('the API server alone holds it, also a newer template mid-release', async () => {
    const namespace = await app();
    await world.sluice.stop('SIGKILL');
    await setImage(namespace, V2);
    expect(partitionOf(await load(namespace))).toBe(HELD);
    await staysTrue('no pod is touched', async () => (await images(namespace)).every((image) => image === V1), 1000);
    await world.sluice.start();
    await paused(namespace, 1);
    await world.sluice.stop('SIGKILL');
    await setImage(namespace, V3);
    expect(partitionOf(await load(namespace))).toBe(HELD);
    await staysTrue('no pod of v3', async () => !(await images(namespace)).includes(V3), 1000);
    await world.sluice.start();
    await until('v3 begins', async () => (await images(namespace)).includes(V3));
    await paused(namespace, 1);
    await setImage(namespace, V1);
    await ended(namespace, CANCELED);
  });
});
