// KubeVela's writes on a real API server, through the real conversion webhook: whole objects of v1alpha1, read, changed and
// replaced by types that know fewer fields than we store. Suspend, resume and rollback in the orders in which they arrive.

import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { decoded, fieldsOf } from './support/old-types.ts';
import { deployment, ingress, service } from './support/objects.ts';
import { staysTrue, until } from './support/until.ts';
import { at, imagesOf, NAME, V1, V2 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('vela');
const ALPHA = 'rollouts.v1alpha1.rollouts.kruise.io';
const BETA = 'rollouts.v1beta1.rollouts.kruise.io';

/** PUT of the whole object as it was read; a conflict is read and tried again, as the CLI does. */
async function put(namespace: string, change: (alpha: KubeObject) => KubeObject | undefined, sub = ''): Promise<void> {
  await until('the write', async () => {
    const wanted = change(decoded(await world.get(ALPHA, NAME, namespace)));
    if (wanted === undefined) return true;
    const path = `/apis/rollouts.kruise.io/v1alpha1/namespaces/${namespace}/rollouts/${NAME}${sub}`;
    const { code, err } = await world.kubectl.try(['replace', '--raw', path, '-f', '-'], JSON.stringify(wanted));
    if (code === 0) return true;
    if (!/Conflict|the object has been modified/.test(err)) throw new Error(err);
    return undefined;
  });
}

const withPaused = (alpha: KubeObject, paused: boolean): KubeObject => {
  const spec = fieldsOf(alpha['spec']);
  return { ...alpha, spec: { ...spec, strategy: { ...fieldsOf(spec['strategy']), paused } } } as KubeObject;
};
const isPaused = (alpha: KubeObject): boolean => at(alpha, 'spec', 'strategy', 'paused') === true;
const suspend = (namespace: string): Promise<void> =>
  put(namespace, (alpha) =>
    at(alpha, 'status', 'phase') === 'Progressing' && !isPaused(alpha) ? withPaused(alpha, true) : undefined,
  );
const unpause = (namespace: string): Promise<void> =>
  put(namespace, (alpha) => (isPaused(alpha) ? withPaused(alpha, false) : undefined));
const approve = (namespace: string): Promise<void> =>
  put(
    namespace,
    (alpha) => {
      const status = fieldsOf(alpha['status']);
      const sub = fieldsOf(status['canaryStatus']);
      if (sub['currentStepState'] !== 'StepPaused') return undefined;
      return { ...alpha, status: { ...status, canaryStatus: { ...sub, currentStepState: 'StepReady' } } };
    },
    '/status',
  );
const resume = async (namespace: string): Promise<void> => {
  await unpause(namespace);
  await approve(namespace);
};
/** As vela-core applies the workload: a patch of the image, first as a dry run. */
async function applyImage(namespace: string, image: string): Promise<void> {
  const containers = [{ name: NAME, image }];
  const body = JSON.stringify({ spec: { template: { spec: { containers } } } });
  const patch = ['patch', 'deployment', NAME, '-n', namespace, '--type=strategic', '-p', body];
  await world.kubectl.do([...patch, '--dry-run=server']);
  await world.kubectl.do(patch);
}

const steps = [
  { weight: 20, pause: {} },
  { weight: 90, pause: {} },
];
async function app(prefix: string, canary: object = {}): Promise<string> {
  const namespace = await world.namespace(prefix);
  const rollout = {
    apiVersion: 'rollouts.kruise.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: NAME, namespace },
    spec: {
      objectRef: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME } },
      strategy: {
        canary: {
          steps,
          trafficRoutings: [{ service: NAME, gracePeriodSeconds: 1, ingress: { name: NAME } }],
          ...canary,
        },
      },
    },
  };
  await world.kubectl.apply(deployment({ namespace }), service({ namespace }), ingress({ namespace }), rollout);
  await world.idle(namespace);
  return namespace;
}
const newPods = async (namespace: string): Promise<number> =>
  (await imagesOf(world, namespace)).filter((image) => image === V2).length;
const canaryObjects = async (namespace: string): Promise<unknown[]> => {
  const found = [
    await world.find('ingress', `${NAME}-canary`, namespace),
    await world.find('service', `${NAME}-canary`, namespace),
    ...(await world.list('deployments', namespace, `rollouts.kruise.io/canary-deployment=${NAME}`)),
  ];
  return found.filter((one) => one !== undefined);
};
async function rolledBack(namespace: string): Promise<void> {
  await world.in(namespace, { phase: 'Healthy', message: 'Rollout progressing has been canceled' });
  expect(await imagesOf(world, namespace)).toEqual([V1, V1, V1, V1, V1]);
  expect(await canaryObjects(namespace)).toEqual([]);
  const stable = await world.get('deployment', NAME, namespace);
  expect(at(stable, 'spec', 'paused') ?? false).toBe(false);
}

test('S0-17, S0-18, S0-21: suspended nothing advances; resume at a paused step approves it; the status without new fields is taken', async () => {
  const namespace = await app('resume');
  await applyImage(namespace, V2);
  await world.pausedIn(namespace, 1);
  await suspend(namespace);
  await until('it says that it is paused', async () =>
    String((await world.status(namespace))['message']).includes(
      'Rollout has been paused, you can resume it by kube-cli',
    ),
  );
  await staysTrue('nothing advances', async () => (await newPods(namespace)) === 1, 1_500);
  await resume(namespace);
  await world.pausedIn(namespace, 2);
  expect(await newPods(namespace)).toBe(5);
  await resume(namespace);
  await world.in(namespace, { phase: 'Healthy', message: 'Rollout progressing has been completed' });
  expect(await imagesOf(world, namespace)).toEqual([V2, V2, V2, V2, V2]);
});

test.each<[string, ((namespace: string) => Promise<void>)[]]>([
  ['the template, then the unpause', [(one) => applyImage(one, V1), unpause]],
  ['the unpause, then the template', [unpause, (one) => applyImage(one, V1)]],
  ['the unpause and an approval, then the template', [unpause, approve, (one) => applyImage(one, V1)]],
  ['an approval, the template, then the unpause', [approve, (one) => applyImage(one, V1), unpause]],
  ['the template, the unpause, then an approval', [(one) => applyImage(one, V1), unpause, approve]],
])('S0-22 to S0-24, X39: rollback of a suspended release: %s', async (_name, writes) => {
  const namespace = await app('rollback');
  await applyImage(namespace, V2);
  await world.pausedIn(namespace, 1);
  await suspend(namespace);
  for (const write of writes) await write(namespace);
  await rolledBack(namespace);
});

test('X39: the reverted template alone cancels, although the release stays suspended', async () => {
  const namespace = await app('suspended');
  await applyImage(namespace, V2);
  await world.pausedIn(namespace, 1);
  await suspend(namespace);
  await applyImage(namespace, V1);
  await rolledBack(namespace);
  expect(at(await world.get(BETA, NAME, namespace), 'spec', 'strategy', 'paused')).toBe(true);
});

test('an old client erases what its version of the API shows and its types do not know; what the API version does not show stays, and so do the pods of the release', async () => {
  const namespace = await app('fields', { patchPodTemplateMetadata: { labels: { lane: 'gray' } } });
  const matches = [{ path: { type: 'PathPrefix', value: '/beta' } }];
  const body = {
    spec: {
      strategy: {
        canary: {
          steps: [
            { replicas: '20%', traffic: '20%', pause: {} },
            { replicas: '90%', matches, pause: {} },
          ],
        },
      },
    },
  };
  await world.kubectl.do(['patch', BETA, NAME, '-n', namespace, '--type=merge', '-p', JSON.stringify(body)]);
  await applyImage(namespace, V2);
  await world.pausedIn(namespace, 1);
  await suspend(namespace);
  const canary = at(await world.get(BETA, NAME, namespace), 'spec', 'strategy', 'canary');
  expect(at(canary, 'steps', 1, 'matches')).toMatchObject(matches);
  expect(at(canary, 'enableExtraWorkloadForCanary')).toBe(true);
  expect(at(canary, 'patchPodTemplateMetadata')).toBeUndefined();
  const lanes = async (): Promise<number> => (await world.list('pods', namespace, 'lane=gray')).length;
  await staysTrue('the pods keep their lane', async () => (await lanes()) === 1, 1_000);
  await unpause(namespace);
  await world.in(namespace, { phase: 'Progressing', currentStepState: 'StepPaused' });
  expect(await lanes()).toBe(1);
});
