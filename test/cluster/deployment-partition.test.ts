// Deployments in partition style on a real API server with a real kube-controller-manager, which sizes ReplicaSets as well.

import { afterEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { deployment, rollout, service } from './support/objects.ts';
import { turns, watchReplicaSets, type Lookout } from './support/replica-sets.ts';
import { staysTrue, until } from './support/until.ts';
import { at, expectHeld, imageOf, load, NAME, V1, V2, V3 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const FAILED = 'cilium/echoserver:failed';
const STRATEGY = 'rollouts.kruise.io/deployment-strategy';
const world = useWorld('partition');

const STEPS = [{ replicas: '20%' }, { replicas: '60%' }, { replicas: '100%' }];
const ROLLING = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } };

let lookout: Lookout | undefined;
afterEach(async () => {
  await lookout?.stop();
  lookout = undefined;
});

const app = (namespace: string, strategy: object = ROLLING) => {
  const object = deployment({ namespace });
  return { ...object, spec: { ...object.spec, strategy } };
};

async function start(strategy: object = ROLLING, steps: object[] = STEPS): Promise<string> {
  const namespace = await world.namespace('part');
  const options = { namespace, steps, traffic: false, canary: { enableExtraWorkloadForCanary: false } };
  await world.kubectl.apply(app(namespace, strategy), rollout(options));
  await world.idle(namespace);
  lookout = await watchReplicaSets(world.cluster.kubeconfig, namespace);
  return namespace;
}

/** Pods wanted by image. */
async function sizes(namespace: string): Promise<Record<string, unknown>> {
  const sets = await world.list('replicasets', namespace);
  return Object.fromEntries(
    sets.map((set) => [String(imageOf(set)), Number(at(set, 'spec', 'replicas'))]).filter(([, size]) => size !== 0),
  );
}

const sized = (namespace: string, wanted: Record<string, number>) =>
  until(`ReplicaSets of ${JSON.stringify(wanted)}`, async () => {
    expect(await sizes(namespace)).toEqual(wanted);
    return true;
  });

const finished = (namespace: string, message = 'Rollout progressing has been completed') =>
  world.in(namespace, { phase: 'Healthy', message });

/** Nothing of us is left but the enrolment, and the spec is what the user wrote. */
async function expectGivenBack(namespace: string, strategy: object = ROLLING): Promise<void> {
  const object = await load(world, namespace);
  expect(at(object, 'spec', 'strategy')).toEqual(strategy);
  expect(at(object, 'spec', 'paused')).toBeUndefined();
  const marks = Object.keys({ ...object.metadata.labels, ...object.metadata.annotations });
  expect(marks.filter((key) => key.includes('kruise.io') && !key.endsWith('/workload-type'))).toEqual([]);
}

/** No ReplicaSet of the watch ever had more or fewer pods than it may; `most` of each image. */
function expectNever(beyond: number): void {
  const last = new Map<string, number>();
  for (const { name, replicas } of lookout?.seen ?? []) {
    last.set(name, replicas);
    const total = [...last.values()].reduce((sum, size) => sum + size, 0);
    expect(total, JSON.stringify(lookout?.seen)).toBeLessThanOrEqual(beyond);
  }
}

const patchDeployment = (namespace: string, body: object): Promise<string> =>
  world.kubectl.do(['patch', 'deployment', NAME, '-n', namespace, '--type=merge', '-p', JSON.stringify(body)]);
const scale = (namespace: string, replicas: number): Promise<string> =>
  world.kubectl.do(['scale', `deployment/${NAME}`, `--replicas=${replicas}`, '-n', namespace]);

describe('a Rollout in partition style', () => {
  test('X40 releases in steps, within surge and availability, and gives back what the user wrote', async () => {
    const namespace = await start();
    await world.setImage(namespace, V2);
    for (const [step, v1, v2] of [
      [1, 4, 1],
      [2, 2, 3],
    ] as const) {
      await world.pausedIn(namespace, step);
      await sized(namespace, { [V1]: v1, [V2]: v2 });
      expect(JSON.parse((await load(world, namespace)).metadata.annotations?.[STRATEGY] ?? '')).toMatchObject({
        rollingStyle: 'Partition',
        partition: STEPS[step - 1]?.replicas,
        rollingUpdate: { maxSurge: 1, maxUnavailable: 1 },
      });
      await world.approve(namespace);
    }
    await finished(namespace);
    await sized(namespace, { [V2]: 5 });
    await expectGivenBack(namespace);
    expectNever(6);
    expect(turns(lookout?.seen ?? [])).toEqual({});
    const sets = await world.list('replicasets', namespace);
    expect(sets).toHaveLength(2);
  });

  test('a newer image replaces one half released, X20 and the stable one ends the release', async () => {
    const namespace = await start();
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    await world.approve(namespace);
    await world.pausedIn(namespace, 2);
    await world.setImage(namespace, V3);
    await until('the release of V3 waits in step 1', async () => {
      const status = await world.status(namespace);
      expect(status).toMatchObject({ currentStepIndex: 1, currentStepState: 'StepPaused' });
      await expect(sizes(namespace)).resolves.toEqual({ [V1]: 4, [V3]: 1 });
      return true;
    });
    await world.approve(namespace);
    await world.pausedIn(namespace, 2);
    await sized(namespace, { [V1]: 2, [V3]: 3 });
    await world.setImage(namespace, V1);
    await finished(namespace, 'Rollout progressing has been canceled');
    await sized(namespace, { [V1]: 5 });
    await expectGivenBack(namespace);
  });

  test('X20 a rollback from the last step, with no stable pod left, is a rollback', async () => {
    const namespace = await start(ROLLING, [{ replicas: '20%' }, { replicas: 5 }]);
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    await world.approve(namespace);
    await world.pausedIn(namespace, 2);
    await sized(namespace, { [V2]: 5 });
    await world.setImage(namespace, V1);
    await finished(namespace, 'Rollout progressing has been canceled');
    await sized(namespace, { [V1]: 5 });
    await expectGivenBack(namespace);
  });

  test('keeps its share when it is scaled, and kube-controller-manager does not fight it', async () => {
    const namespace = await start();
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    await scale(namespace, 10);
    await sized(namespace, { [V1]: 8, [V2]: 2 });
    await scale(namespace, 4);
    await sized(namespace, { [V1]: 3, [V2]: 1 });
    const rests = async (): Promise<boolean> => {
      const now = await sizes(namespace);
      return now[V1] === 3 && now[V2] === 1;
    };
    await staysTrue('nobody sizes anything any more', rests, 500);
    await scale(namespace, 1);
    await scale(namespace, 5);
    await sized(namespace, { [V1]: 4, [V2]: 1 });
    await world.approve(namespace);
    await world.pausedIn(namespace, 2);
    await sized(namespace, { [V1]: 2, [V2]: 3 });
  });

  test('an image that never runs takes no more stable pods than maxUnavailable, and goes away with the rollback', async () => {
    const namespace = await start();
    await world.setImage(namespace, FAILED);
    await until('the message names the pod and the reason', async () => {
      expect(String((await world.status(namespace))['message'])).toMatch(/ImagePullBackOff|ErrImagePull/);
      return true;
    });
    await sized(namespace, { [V1]: 4, [FAILED]: 1 });
    const available = async (): Promise<unknown> => at(await load(world, namespace), 'status', 'availableReplicas');
    await staysTrue('four pods serve', async () => (await available()) === 4, 500);
    await world.setImage(namespace, V1);
    await finished(namespace, 'Rollout progressing has been canceled');
    await sized(namespace, { [V1]: 5 });
    await expectGivenBack(namespace);
  });

  test('rolling parameters that a user sends meanwhile are used, and given back', async () => {
    const namespace = await start();
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '40%', maxUnavailable: 0 } };
    await patchDeployment(namespace, { spec: { strategy } });
    const object = await load(world, namespace);
    expect(at(object, 'spec', 'strategy')).toEqual({ type: 'Recreate' });
    expect(JSON.parse(object.metadata.annotations?.[STRATEGY] ?? '')).toMatchObject({
      rollingUpdate: strategy.rollingUpdate,
      partition: '20%',
    });
    await world.approve(namespace);
    await world.pausedIn(namespace, 2);
    await world.approve(namespace);
    await finished(namespace);
    await expectGivenBack(namespace, strategy);
  });

  test('without surge one pod is missing at most, in every step', async () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };
    const namespace = await start(strategy);
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    await world.approve(namespace);
    await world.pausedIn(namespace, 2);
    await sized(namespace, { [V1]: 2, [V2]: 3 });
    await world.approve(namespace);
    await finished(namespace);
    await expectGivenBack(namespace, strategy);
    expect(turns(lookout?.seen ?? [])).toEqual({});
    expectNever(6);
  });
});

describe('annotated by hand, without any Rollout', () => {
  const annotated = (namespace: string, partition: number | string): Promise<string> =>
    patchDeployment(namespace, {
      metadata: { annotations: { [STRATEGY]: JSON.stringify({ rollingStyle: 'Partition', partition }) } },
      spec: { paused: true, strategy: { type: 'Recreate', rollingUpdate: null } },
    });

  test('X21 goes as far as the partition says, and tells how far it is', async () => {
    const namespace = await world.namespace('hand');
    await world.kubectl.apply(app(namespace));
    await sized(namespace, { [V1]: 5 });
    await annotated(namespace, 0);
    await world.setImage(namespace, V2);
    await staysTrue('nothing is released', async () => Object.keys(await sizes(namespace)).length === 1, 500);
    await annotated(namespace, '40%');
    await sized(namespace, { [V1]: 3, [V2]: 2 });
    await until('the annotation tells it', async () => {
      const text = (await load(world, namespace)).metadata.annotations?.['rollouts.kruise.io/deployment-extra-status'];
      expect(JSON.parse(text ?? '')).toEqual({ updatedReadyReplicas: 2, expectedUpdatedReplicas: 2 });
      return true;
    });
    await annotated(namespace, '100%');
    await sized(namespace, { [V2]: 5 });
    await patchDeployment(namespace, { spec: { paused: null, strategy: ROLLING } });
    await staysTrue('at rest', async () => JSON.stringify(await sizes(namespace)) === JSON.stringify({ [V2]: 5 }), 500);
  });
});

describe('a BatchRelease made by hand', () => {
  test('releases batch by batch, and gives the Deployment back when it may finish', async () => {
    const namespace = await world.namespace('batch');
    await world.kubectl.apply(app(namespace), service({ namespace }));
    await sized(namespace, { [V1]: 5 });
    await patchDeployment(namespace, { spec: { paused: true } });
    await world.setImage(namespace, V2);
    const release = (batchPartition: number | undefined): object => ({
      apiVersion: 'rollouts.kruise.io/v1beta1',
      kind: 'BatchRelease',
      metadata: { name: 'by-hand', namespace },
      spec: {
        workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME },
        releasePlan: {
          rollingStyle: 'Partition',
          enableExtraWorkloadForCanary: false,
          batches: [{ canaryReplicas: '20%' }, { canaryReplicas: '90%' }],
          ...(batchPartition === undefined ? {} : { batchPartition }),
        },
      },
    });
    const batch = async (wanted: object): Promise<void> => {
      await until(`batch ${JSON.stringify(wanted)}`, async () => {
        const object = await world.get('batchreleases', 'by-hand', namespace);
        expect(at(object, 'status', 'canaryStatus')).toMatchObject(wanted);
        return true;
      });
    };
    await world.kubectl.apply(release(0));
    await batch({ currentBatch: 0, batchState: 'Ready', updatedReadyReplicas: 1 });
    await world.kubectl.apply(release(1));
    await batch({ currentBatch: 1, batchState: 'Ready', updatedReadyReplicas: 4 });
    await sized(namespace, { [V1]: 1, [V2]: 4 });
    await world.kubectl.apply(release(undefined));
    await sized(namespace, { [V2]: 5 });
    await until('given back', async () => {
      await expectGivenBack(namespace);
      return true;
    });
  });
});

describe('while no Sluice runs', () => {
  test('an update is held, and one in the middle of a release gets no pod before its own step', async () => {
    const first = await start();
    const second = await world.namespace('dead');
    const options = {
      namespace: second,
      steps: STEPS,
      traffic: false,
      canary: { enableExtraWorkloadForCanary: false },
    };
    await world.kubectl.apply(app(second), rollout(options));
    await world.idle(second);
    await world.setImage(second, V2);
    await world.pausedIn(second, 1);
    await world.approve(second);
    await world.pausedIn(second, 2);
    await world.sluice.stop('SIGKILL');
    await world.setImage(first, V2);
    await expectHeld(world, first, V2);
    const plain = app(second);
    const container = { ...plain.spec.template.spec.containers[0], image: V3 };
    const next = { ...plain.spec, template: { ...plain.spec.template, spec: { containers: [container] } } };
    await world.kubectl.do(['replace', '-f', '-'], JSON.stringify({ ...plain, spec: next }));
    await expectHeld(world, second, V3);
    const kept: KubeObject = await load(world, second);
    expect(at(kept, 'spec', 'strategy')).toEqual({ type: 'Recreate' });
    expect(kept.metadata.annotations?.[STRATEGY]).toContain('60%');
    const watch = await watchReplicaSets(world.cluster.kubeconfig, second);
    await world.sluice.start();
    await world.pausedIn(first, 1);
    await sized(first, { [V1]: 4, [V2]: 1 });
    await until('V3 waits in step 1', async () => {
      await expect(sizes(second)).resolves.toEqual({ [V1]: 4, [V3]: 1 });
      return true;
    });
    await watch.stop();
    expect(watch.seen.filter(({ image, replicas }) => image === V3 && replicas > 1)).toEqual([]);
  });
});

describe('in the middle of a release', () => {
  test.each([
    ['disabled', ['patch', 'rollouts', NAME, '--type=merge', '-p', '{"spec":{"disabled":true}}']],
    ['deleted', ['delete', 'rollouts', NAME]],
  ])('a Rollout that is %s promotes what it released', async (_how, command) => {
    const namespace = await start();
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    await world.kubectl.do([...command, '-n', namespace]);
    await sized(namespace, { [V2]: 5 });
    await expectGivenBack(namespace);
  });

  // The last one: Sluice is gone after it.
  test('uninstall gives the Deployment back as the user wrote it', async () => {
    const namespace = await start();
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    await sized(namespace, { [V1]: 4, [V2]: 1 });
    expect(await world.sluice.cli('uninstall')).toMatchObject({ code: 0 });
    await sized(namespace, { [V2]: 5 });
    await expectGivenBack(namespace);
    expectNever(6);
  });
});
