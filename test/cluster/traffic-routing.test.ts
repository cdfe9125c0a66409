// Seed S3 at object level: spring-cloud-a and spring-cloud-b behind one gateway, their Rollouts sharing one TrafficRouting.
// S3-6, who calls whom inside the lane, is the business of service discovery: the labels of S3-4 are all it needs.

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { deployment, ingress, rollout, service } from './support/objects.ts';
import { staysTrue, until } from './support/until.ts';
import { at } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const V2 = 'cilium/echoserver:1.10.3';
const V1 = 'cilium/echoserver:1.10.2';
const [A, B] = ['spring-cloud-a', 'spring-cloud-b'] as const;
const LANE = 'mse-traffic';
const GRAY = { 'alicloud.service.tag': 'gray', 'opensergo.io/canary-gray': 'gray' };
const OWN = 'rollouts.kruise.io/trafficrouting';
const share = (name: string): string => `progressing.rollouts.kruise.io/${name}`;
const NGINX = 'nginx.ingress.kubernetes.io';

const world = useWorld('traffic-routing');

const lane = (namespace: string, strategy: object, classType = 'nginx'): object => ({
  apiVersion: 'rollouts.kruise.io/v1alpha1',
  kind: 'TrafficRouting',
  metadata: { name: LANE, namespace },
  spec: {
    objectRef: [{ service: A, gracePeriodSeconds: 1, ingress: { classType, name: A } }],
    strategy,
  },
});
const TAGGED = { requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] } };
const BY_HEADER = { matches: [{ headers: [{ type: 'Exact', name: 'User-Agent', value: 'foo' }] }] };

/** As the seed has it: no enableExtraWorkloadForCanary, no trafficRoutings. */
function planOf(namespace: string, name: string): ReturnType<typeof rollout> {
  const canary = { trafficRoutingRef: LANE, patchPodTemplateMetadata: { labels: GRAY } };
  const plan = rollout({ name, namespace, traffic: false, steps: [{ pause: {}, replicas: 1 }], canary });
  delete (plan.spec.strategy.canary as Record<string, unknown>)['enableExtraWorkloadForCanary'];
  return plan;
}

async function app(namespace: string, name: string, plan: object = planOf(namespace, name)): Promise<void> {
  const own = { name, namespace, replicas: 3 };
  await world.kubectl.apply(deployment(own), service(own), ...(name === A ? [ingress(own)] : []), plan);
  await world.idle(namespace, name);
}
const routing = (namespace: string): Promise<KubeObject> => world.get('trafficroutings', LANE, namespace);
const canaryIngress = (namespace: string) => world.find('ingress', `${A}-canary`, namespace);
const shows = (namespace: string, phase: string): Promise<KubeObject> =>
  until(`TrafficRouting is ${phase}`, async () => {
    const object = await routing(namespace);
    if (at(object, 'status', 'phase') !== phase) throw new Error(JSON.stringify(object['status']));
    return object;
  });
const release = async (namespace: string, name: string): Promise<void> => {
  await world.setImage(namespace, V2, name);
  await world.pausedIn(namespace, 1, name);
};
const finish = async (namespace: string, name: string): Promise<void> => {
  await world.approve(namespace, name);
  await world.in(namespace, { phase: 'Healthy', message: 'Rollout progressing has been completed' }, name);
};
const canaryOf = async (namespace: string, name: string): Promise<KubeObject | undefined> =>
  (await world.list('deployments', namespace, `rollouts.kruise.io/canary-deployment=${name}`))[0];
const open = async (namespace: string): Promise<KubeObject> => {
  await shows(namespace, 'Progressing');
  return until('the lane is open', () => canaryIngress(namespace));
};

describe('S3: two applications, one lane', () => {
  let namespace: string;

  test('S3-1: a TrafficRouting is Healthy by itself, before any Rollout, and changes nothing', async () => {
    namespace = await world.namespace('s3');
    await world.kubectl.apply(lane(namespace, { ...BY_HEADER, ...TAGGED }, 'mse'));
    const waits = await until('it says what it waits for', async () => {
      const object = await routing(namespace);
      return String(at(object, 'status', 'message')).includes(`Service ${A} does not exist`) && object;
    });
    expect(at(waits, 'status', 'phase')).toBe('Initial');
    expect(at(waits, 'status', 'message')).toContain(`Ingress ${A} does not exist`);
    await app(namespace, A);
    await app(namespace, B);
    const healthy = await shows(namespace, 'Healthy');
    expect(healthy.metadata.finalizers).toEqual([OWN]);
    expect(await canaryIngress(namespace)).toBeUndefined();
    const [head = ''] = (await world.kubectl.do(['get', 'trafficroutings', '-n', namespace])).split('\n');
    expect(head.trim().split(/\s+/)).toEqual(['NAME', 'STATUS', 'MESSAGE', 'AGE']);
  });

  test('S3-3: releasing a holds its native update, and its stable replicas stay available', async () => {
    await release(namespace, A);
    const stable = await world.get('deployment', A, namespace);
    expect(at(stable, 'spec', 'paused')).toBe(true);
    expect(stable['status']).toMatchObject({ readyReplicas: 3, availableReplicas: 3 });
    expect(at(stable, 'status', 'updatedReplicas')).toBeUndefined();
  });

  test('S3-4 D4: one canary pod with both labels, by the metadata patch alone; stable pods lack them', async () => {
    expect(at(await canaryOf(namespace, A), 'status', 'replicas')).toBe(1);
    const pods = await world.list('pods', namespace, `app=${A}`);
    const isGray = (pod: KubeObject): boolean => Object.keys(GRAY).some((key) => pod.metadata.labels?.[key] === 'gray');
    expect(pods.map(isGray).filter(Boolean)).toHaveLength(1);
    expect(pods.find(isGray)?.metadata.labels).toMatchObject(GRAY);
  });

  test('S3-2 S3-5 S3-7 X2: a alone opens the lane by its field trafficRoutingRef: User-Agent=foo, tagged, and nothing else', async () => {
    const canary = await open(namespace);
    expect(canary.metadata.annotations).toMatchObject({
      [`${NGINX}/canary`]: 'true',
      [`${NGINX}/canary-by-header`]: 'User-Agent',
      [`${NGINX}/canary-by-header-value`]: 'foo',
    });
    expect(canary.metadata.annotations).toMatchObject({
      'mse.ingress.kubernetes.io/request-header-control-update': 'x-mse-tag gray',
    });
    expect(canary.metadata.annotations).not.toHaveProperty([`${NGINX}/canary-weight`]);
    expect(canary.metadata.ownerReferences).toMatchObject([{ kind: 'TrafficRouting', name: LANE }]);
    expect(at(canary, 'spec', 'rules', 0, 'http', 'paths', 0, 'backend', 'service', 'name')).toBe(A);
    expect((await world.list('services', namespace)).map(({ metadata }) => metadata.name).sort()).toEqual([A, B]);
    expect((await routing(namespace)).metadata.finalizers).toEqual([OWN, share(A)]);
  });

  test('S3-10: with b releasing too, the lane stays when a has finished', async () => {
    await release(namespace, B);
    expect((await routing(namespace)).metadata.finalizers).toEqual([OWN, share(A), share(B)]);
    const { uid } = (await open(namespace)).metadata;
    await finish(namespace, A);
    expect((await routing(namespace)).metadata.finalizers).toEqual([OWN, share(B)]);
    expect(at(await routing(namespace), 'status', 'message')).toContain(`Rollout ${B} releases with it`);
    await staysTrue('the lane stays', async () => (await canaryIngress(namespace))?.metadata.uid === uid, 1_500);
  });

  test('S3-9: confirmed, b upgrades natively, the gateway returns to normal, canary Deployment and pods go', async () => {
    await finish(namespace, B);
    const healthy = await shows(namespace, 'Healthy');
    expect(healthy.metadata.finalizers).toEqual([OWN]);
    expect(await canaryIngress(namespace)).toBeUndefined();
    expect((await world.list('ingresses,deployments,services', namespace)).length).toBe(5);
    for (const name of [A, B]) {
      await until('only new pods', async () => {
        const pods = await world.list('pods', namespace, `app=${name}`);
        return pods.length === 3 && pods.every((pod) => at(pod, 'spec', 'containers', 0, 'image') === V2);
      });
    }
  });

  test('S3-7: b alone opens the lane just as well, and drift of it is repaired; a rollback closes it', async () => {
    await world.setImage(namespace, V1, B);
    await world.pausedIn(namespace, 1, B);
    const before = await open(namespace);
    await world.kubectl.do(['delete', 'ingress', `${A}-canary`, '-n', namespace]);
    const after = await until('it is made again', async () => {
      const found = await canaryIngress(namespace);
      return found?.metadata.uid === before.metadata.uid ? undefined : found;
    });
    expect(after.metadata.annotations).toMatchObject({ [`${NGINX}/canary-by-header-value`]: 'foo' });
    await world.setImage(namespace, V2, B);
    await world.in(namespace, { phase: 'Healthy', message: 'Rollout progressing has been canceled' }, B);
    await shows(namespace, 'Healthy');
    expect(await canaryIngress(namespace)).toBeUndefined();
  });
});

test('S3-8 S3-11: weight 20 gives 20 %; with matches beside it, these win, also when they come later', async () => {
  const namespace = await world.namespace('weight');
  await world.kubectl.apply(lane(namespace, { weight: 20 }));
  await app(namespace, A);
  await release(namespace, A);
  expect((await open(namespace)).metadata.annotations).toMatchObject({ [`${NGINX}/canary-weight`]: '20' });
  await world.kubectl.apply(lane(namespace, { weight: 20, ...BY_HEADER }));
  const annotations = await until('matches win', async () => {
    const found = (await canaryIngress(namespace))?.metadata.annotations;
    return found?.[`${NGINX}/canary-by-header`] !== undefined && found;
  });
  expect(annotations).not.toHaveProperty([`${NGINX}/canary-weight`]);
  await finish(namespace, A);
  await shows(namespace, 'Healthy');
});

describe('S3-12 S3-2: the same Rollout as v1alpha1 with the annotation', () => {
  const alphaOf = (namespace: string): object => ({
    apiVersion: 'rollouts.kruise.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: A, namespace, annotations: { 'rollouts.kruise.io/trafficrouting': LANE } },
    spec: {
      objectRef: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: A } },
      strategy: { canary: { steps: [{ pause: {}, replicas: 1 }], patchPodTemplateMetadata: { labels: GRAY } } },
    },
  });
  const told = async (namespace: string): Promise<unknown> => {
    const { phase, currentStepIndex, currentStepState, message } = await world.status(namespace, A);
    const pods = await world.list('pods', namespace, `app=${A},alicloud.service.tag=gray`);
    const canary = await canaryIngress(namespace);
    const stable = await world.get('deployment', A, namespace);
    return {
      status: { phase, currentStepIndex, currentStepState, message },
      lane: at(await routing(namespace), 'status', 'message'),
      finalizers: (await routing(namespace)).metadata.finalizers,
      gray: pods.map((pod) => pod.metadata.labels?.['opensergo.io/canary-gray']),
      ingress: [canary?.metadata.annotations, canary?.['spec']],
      stable: [at(stable, 'spec', 'paused'), stable.metadata.labels?.['sluice.dev/enrolled']],
    };
  };

  test('behaves identically in every state', async () => {
    const traces = await Promise.all(
      [planOf, alphaOf].map(async (plan) => {
        const namespace = await world.namespace('twin');
        await world.kubectl.apply(lane(namespace, BY_HEADER));
        await app(namespace, A, plan(namespace, A));
        const trace = [await told(namespace)];
        await release(namespace, A);
        await open(namespace);
        trace.push(await told(namespace));
        await finish(namespace, A);
        await shows(namespace, 'Healthy');
        return [...trace, await told(namespace)];
      }),
    );
    expect(traces[0]?.[1]).toMatchObject({ gray: ['gray'], stable: [true, 'canary'] });
    expect(traces[1]).toEqual(traces[0]);
  });
});

describe('X11: a TrafficRouting never goes before its routes are restored', () => {
  test('deleted in mid-release it restores them, waits for the Rollout, says so, and goes with its end', async () => {
    const namespace = await world.namespace('x11');
    await world.kubectl.apply(lane(namespace, BY_HEADER));
    await app(namespace, A);
    await release(namespace, A);
    await open(namespace);
    await world.kubectl.do(['delete', 'trafficrouting', LANE, '-n', namespace, '--wait=false']);
    await until('the routes are restored', async () => (await canaryIngress(namespace)) === undefined);
    const waits = await until('it says for whom it waits', async () => {
      const object = await routing(namespace);
      return String(at(object, 'status', 'message')).includes(`waits for Rollout ${A} to finish`) ? object : undefined;
    });
    expect(at(waits, 'status', 'phase')).toBe('Terminating');
    expect(waits.metadata.finalizers).toContain(OWN);
    await finish(namespace, A);
    await until('it is gone', async () => (await world.find('trafficroutings', LANE, namespace)) === undefined);
  });

  test('deleted while Sluice is down, it keeps the routes and goes only after they are restored', async () => {
    const namespace = await world.namespace('x11-down');
    await world.kubectl.apply(lane(namespace, { weight: 20 }));
    await app(namespace, A);
    await release(namespace, A);
    await open(namespace);
    await world.sluice.stop('SIGKILL');
    await world.kubectl.do(['delete', 'trafficrouting', LANE, '-n', namespace, '--wait=false']);
    const { finalizers } = (await routing(namespace)).metadata;
    expect(finalizers).toEqual([OWN, share(A)]);
    expect(await canaryIngress(namespace)).toBeDefined();
    await world.sluice.start();
    await until('the routes are restored', async () => (await canaryIngress(namespace)) === undefined);
    expect((await routing(namespace)).metadata.finalizers).toContain(OWN);
    await finish(namespace, A);
    await until('it is gone', async () => (await world.find('trafficroutings', LANE, namespace)) === undefined);
  });

  test('a Rollout that was deleted by force does not keep it', async () => {
    const namespace = await world.namespace('x11-force');
    await world.kubectl.apply(lane(namespace, BY_HEADER));
    await app(namespace, A);
    await release(namespace, A);
    await open(namespace);
    const bare = JSON.stringify({ metadata: { finalizers: null } });
    await world.kubectl.do(['delete', 'rollout', A, '-n', namespace, '--wait=false']);
    await world.kubectl.try(['patch', 'rollout', A, '-n', namespace, '--type=merge', '-p', bare]);
    await shows(namespace, 'Healthy');
    expect((await routing(namespace)).metadata.finalizers).toEqual([OWN]);
    expect(await canaryIngress(namespace)).toBeUndefined();
  });
});

test('X2: a release waits, and says for what, while the TrafficRouting that its field names is missing', async () => {
  const namespace = await world.namespace('x2');
  await app(namespace, A);
  await world.setImage(namespace, V2, A);
  await until('it says so', async () =>
    String((await world.status(namespace, A))['message']).includes(`TrafficRouting ${LANE} does not exist`),
  );
  expect(await canaryOf(namespace, A)).toBeUndefined();
  await world.kubectl.apply(lane(namespace, BY_HEADER));
  await world.pausedIn(namespace, 1, A);
  await open(namespace);
  await finish(namespace, A);
});
