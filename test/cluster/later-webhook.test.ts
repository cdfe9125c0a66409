// Other people's mutating webhooks that change the pod template of an update which did not touch it. One that sorts after ours is never
// seen by ours, because on reinvocation no webhook is called for the first time; so the guard, which sees the final object, refuses.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { Hooks } from './support/hooks.ts';
import { deployment, rollout } from './support/objects.ts';
import { staysTrue, until } from './support/until.ts';
import { at, isHeld, NAME, V2 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('later-webhook');
const INJECTED = 'policy.example.com/injected';
const PATH = ['spec', 'template', 'metadata', 'annotations', INJECTED];
const LATER = 'kyverno-resource-mutating-webhook-cfg';
const EARLIER = 'aaa-resource-mutating-webhook-cfg';

let hooks: Hooks;
const injecting = new Set<string>();
const configured = new Set<string>();

beforeAll(async () => {
  hooks = await Hooks.start(world.cluster.webhookHost);
  hooks.mutate = (object) => {
    if (!injecting.has(object.metadata.namespace ?? '') || at(object, ...PATH) === 'yes') return [];
    const annotations = at(object, ...PATH.slice(0, -1)) ?? {};
    return [{ op: 'add', path: '/spec/template/metadata/annotations', value: { ...annotations, [INJECTED]: 'yes' } }];
  };
});

afterEach(async () => {
  injecting.clear();
  for (const name of configured) await world.kubectl.do(['delete', 'mutatingwebhookconfigurations', name]);
  configured.clear();
});
afterAll(() => hooks?.stop());

/** Returns once it changes what is sent. */
async function inject(namespace: string, configuration: string): Promise<void> {
  injecting.add(namespace);
  configured.add(configuration);
  const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'] };
  await world.kubectl.apply({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: configuration },
    webhooks: [
      {
        name: 'inject.example.com',
        admissionReviewVersions: ['v1'],
        clientConfig: { url: `${hooks.url}/inject`, caBundle: hooks.caBundle },
        failurePolicy: 'Fail',
        reinvocationPolicy: 'IfNeeded',
        sideEffects: 'None',
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        rules: [{ ...rule, resources: ['deployments', 'statefulsets'] }],
      },
    ],
  });
  await until('it is called', async () => {
    const before = hooks.asked.length;
    await world.kubectl.try(['annotate', `deployment/${NAME}`, 'probe=1', '-n', namespace, '--dry-run=server']);
    await world.kubectl.try(['annotate', `statefulset/${NAME}`, 'probe=1', '-n', namespace, '--dry-run=server']);
    return hooks.asked.length > before;
  });
}

const load = (namespace: string, kind: string): Promise<KubeObject> => world.get(kind, NAME, namespace);

const podsInjected = async (namespace: string): Promise<number> => {
  const pods = await world.list('pods', namespace, `app=${NAME}`);
  return pods.filter((pod) => pod.metadata.annotations?.[INJECTED] !== undefined).length;
};

const nothingGoesOut = (namespace: string): Promise<void> =>
  staysTrue('no pod with the change', async () => (await podsInjected(namespace)) === 0, 1_000);

const nothingBeyond = (namespace: string, most: number): Promise<void> =>
  staysTrue('no pod beyond the step', async () => (await podsInjected(namespace)) <= most, 2_000);

const merge = (kind: string, namespace: string, body: object) =>
  world.kubectl.try(['patch', kind, NAME, '-n', namespace, '--type=merge', '-p', JSON.stringify(body)]);

const isToldOfRefusal = (namespace: string): Promise<unknown> =>
  until(
    'an Event tells of the refusal',
    async () => {
      const events = await world.list('events', namespace);
      return events.some(
        ({ reason, message }) => reason === 'WriteRefused' && String(message).includes('put a new pod template out'),
      );
    },
    15_000,
  );

async function statefulSet(steps: object[] = [{ replicas: 1 }, { replicas: 2 }]): Promise<string> {
  const namespace = await world.namespace('later');
  const { metadata, spec } = deployment({ namespace, replicas: 3 });
  const object = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: { ...spec, serviceName: NAME } };
  const plan = rollout({ namespace, traffic: false, steps, canary: { enableExtraWorkloadForCanary: false } });
  const workloadRef = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: NAME };
  await world.kubectl.apply(object);
  await until(
    'its pods are ready',
    async () => at(await load(namespace, 'statefulset'), 'status', 'readyReplicas') === 3,
  );
  await world.kubectl.apply({ ...plan, spec: { ...plan.spec, workloadRef } });
  await until(
    'it is enrolled',
    async () => (await load(namespace, 'statefulset')).metadata.labels?.['sluice.dev/enrolled'] !== undefined,
  );
  return namespace;
}

async function deploymentApp(extra: boolean, steps: object[] = [{ replicas: 1 }, { replicas: 2 }]): Promise<string> {
  const namespace = await world.namespace('later');
  await world.app(namespace, { replicas: 3, traffic: false, steps, canary: { enableExtraWorkloadForCanary: extra } });
  return namespace;
}

const KINDS: [string, string, () => Promise<string>][] = [
  ['a Deployment, canary', 'deployment', () => deploymentApp(true)],
  ['a Deployment, partition', 'deployment', () => deploymentApp(false)],
  ['a StatefulSet', 'statefulset', () => statefulSet()],
];

describe('a webhook that sorts after ours', () => {
  test.each(KINDS)('case 31: %s: what asked for nothing is refused, with the way out', async (_title, kind, make) => {
    const namespace = await make();
    const before = at(await load(namespace, kind), 'spec', 'template');
    await inject(namespace, LATER);
    for (const body of [{ metadata: { annotations: { note: '1' } } }, { spec: { replicas: 4 } }]) {
      const { code, err } = await merge(kind, namespace, body);
      expect(code, JSON.stringify(body)).not.toBe(0);
      expect(err).toContain(`Rollout ${NAME}`);
      expect(err).toContain('sluice.dev/enrolled=false');
    }
    expect(at(await load(namespace, kind), 'spec', 'template')).toEqual(before);
    await nothingGoesOut(namespace);
  });

  test.each(KINDS)(
    '%s: with a change that is the user’s own it is held and released in steps',
    async (_title, kind, make) => {
      const namespace = await make();
      await inject(namespace, LATER);
      await world.kubectl.do(['set', 'image', `${kind}/${NAME}`, `${NAME}=${V2}`, '-n', namespace]);
      await world.pausedIn(namespace, 1);
      expect(await podsInjected(namespace)).toBe(1);
      await world.approve(namespace);
      await world.pausedIn(namespace, 2);
      await world.approve(namespace);
      await world.in(namespace, { phase: 'Healthy', message: 'Rollout progressing has been completed' });
      await until('all pods have it', async () => (await podsInjected(namespace)) >= 3);
    },
  );

  test.each(KINDS)(
    '%s: what it changes in a write of ours does not go out, and an Event says why',
    async (_title, kind, make) => {
      const namespace = await make();
      await world.kubectl.do(['set', 'image', `${kind}/${NAME}`, `${NAME}=${V2}`, '-n', namespace]);
      await world.pausedIn(namespace, 1);
      await world.approve(namespace);
      await world.pausedIn(namespace, 2);
      await inject(namespace, LATER);
      await world.approve(namespace);
      await isToldOfRefusal(namespace);
      await nothingGoesOut(namespace);
      injecting.clear();
      await world.in(namespace, { phase: 'Healthy', message: 'Rollout progressing has been completed' });
      expect(await podsInjected(namespace)).toBe(0);
    },
  );

  test('the write that enrols puts nothing out', async () => {
    const namespace = await world.namespace('later');
    await world.kubectl.apply(deployment({ namespace, replicas: 3 }));
    await until(
      'its pods are ready',
      async () => at(await load(namespace, 'deployment'), 'status', 'readyReplicas') === 3,
    );
    await inject(namespace, LATER);
    await world.kubectl.apply(rollout({ namespace, traffic: false }));
    await isToldOfRefusal(namespace);
    await nothingGoesOut(namespace);
    injecting.clear();
    await world.idle(namespace);
  });

  test('a workload that was taken out is not ours to refuse', async () => {
    const namespace = await deploymentApp(true);
    await inject(namespace, LATER);
    const { code, err } = await merge('deployment', namespace, {
      metadata: { labels: { 'sluice.dev/enrolled': 'false' } },
    });
    expect(code, err).toBe(0);
    await until('all pods have it', async () => (await podsInjected(namespace)) >= 3);
  });

  test('a Rollout that is deleted lets go of its workload', async () => {
    const namespace = await deploymentApp(true);
    await inject(namespace, LATER);
    await world.kubectl.do(['delete', 'rollouts', NAME, '-n', namespace, '--timeout=20s']);
    await until(
      'not enrolled',
      async () => (await load(namespace, 'deployment')).metadata.labels?.['sluice.dev/enrolled'] === undefined,
    );
  });
});

test('what a webhook that sorts before ours changes is held', async () => {
  const namespace = await deploymentApp(true);
  await inject(namespace, EARLIER);
  const { code, err } = await merge('deployment', namespace, { metadata: { annotations: { note: '1' } } });
  expect(code, err).toBe(0);
  expect(isHeld(await load(namespace, 'deployment'))).toBe(true);
  await nothingBeyond(namespace, 1);
  await world.pausedIn(namespace, 1);
  expect(await podsInjected(namespace)).toBe(1);
});
