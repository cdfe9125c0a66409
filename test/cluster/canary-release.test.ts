// The walk through seeds S0 and S1 at object level: one Deployment of five behind an Ingress, released in steps, approved,
// finished, rolled back. Where a row speaks of `vela`, the test reads and writes what vela reads and writes.

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { deployment, ingress, rollout, service } from './support/objects.ts';
import { staysTrue, until } from './support/until.ts';
import { useWorld, type World } from './support/world.ts';

const V1 = 'cilium/echoserver:1.10.2';
const V2 = 'cilium/echoserver:1.10.3';
const NAME = 'echoserver';

const world = useWorld('canary');
const at = (object: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((node, key) => (node as Record<string | number, unknown> | undefined)?.[key], object);

const canaryOf = async (w: World, namespace: string): Promise<KubeObject | undefined> =>
  (await w.list('deployments', namespace, `rollouts.kruise.io/canary-deployment=${NAME}`))[0];
const columns = async (namespace: string): Promise<string[]> => {
  const row = (await world.kubectl.do(['get', 'rollouts', NAME, '-n', namespace])).trim().split('\n');
  return row.map((line) => line.trim().replaceAll(/ {2,}/g, '|'));
};
const imagesOf = async (namespace: string): Promise<string[]> =>
  (await world.list('pods', namespace)).map((pod) => String(at(pod, 'spec', 'containers', 0, 'image')));
const finished = (namespace: string, message = 'Rollout progressing has been completed') =>
  world.in(namespace, { phase: 'Healthy', message });

/** As S1's Application renders it: a v1alpha1 Rollout with one step of weight 20. */
const renderedByVela = (namespace: string): object => ({
  apiVersion: 'rollouts.kruise.io/v1alpha1',
  kind: 'Rollout',
  metadata: { name: NAME, namespace },
  spec: {
    objectRef: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME } },
    strategy: {
      canary: {
        steps: [{ weight: 20, pause: {} }],
        trafficRoutings: [{ service: NAME, gracePeriodSeconds: 1, ingress: { name: NAME } }],
      },
    },
  },
});

describe('S1: the echoserver, one step of 20 %', () => {
  let namespace: string;

  test('S1-5 S0-6: the first deployment rolls nothing out in steps and waits for nothing', async () => {
    namespace = await world.namespace('s1');
    const app = { namespace };
    await world.kubectl.apply(deployment(app), service(app), ingress(app), renderedByVela(namespace));
    await world.idle(namespace);
    const stable = await world.get('deployment', NAME, namespace);
    expect(stable['status']).toMatchObject({ replicas: 5, readyReplicas: 5, updatedReplicas: 5, availableReplicas: 5 });
    expect((await world.list('deployments', namespace)).length).toBe(1);
    expect(await world.find('ingress', `${NAME}-canary`, namespace)).toBeUndefined();
    expect(at(await world.get('service', NAME, namespace), 'spec', 'ports', 0, 'port')).toBe(8080);
  });

  test('S1-6: the update is intercepted, and the Deployment is paused before anything else', async () => {
    await world.setImage(namespace, V2);
    const stored = await world.get('deployment', NAME, namespace);
    expect(at(stored, 'spec', 'paused')).toBe(true);
    expect(at(stored, 'spec', 'template', 'spec', 'containers', 0, 'image')).toBe(V2);
    expect(stored.metadata.annotations?.['rollouts.kruise.io/in-progressing']).toContain(NAME);
  });

  test('S1-8 S0-9: the stable Deployment keeps five old pods: READY 5/5, UP-TO-DATE 0, AVAILABLE 5', async () => {
    await world.pausedIn(namespace, 1);
    const { status } = (await world.get('deployment', NAME, namespace)) as KubeObject & {
      status: Record<string, number>;
    };
    expect([status['readyReplicas'], status['updatedReplicas'] ?? 0, status['availableReplicas']]).toEqual([5, 0, 5]);
    expect((await imagesOf(namespace)).filter((image) => image === V1)).toHaveLength(5);
  });

  test('S1-9 S0-10: a canary Deployment <name>-<suffix> with one pod, ready before it receives traffic', async () => {
    const canary = await canaryOf(world, namespace);
    expect(canary?.metadata.name).toMatch(/^echoserver-[a-z0-9]+$/);
    expect(canary?.['status']).toMatchObject({ replicas: 1, readyReplicas: 1, availableReplicas: 1 });
  });

  test('S1-10: Service echoserver-canary, ClusterIP, same port, points at the canary pods', async () => {
    const canary = await world.get('service', `${NAME}-canary`, namespace);
    expect(at(canary, 'spec', 'type')).toBe('ClusterIP');
    expect(at(canary, 'spec', 'ports', 0, 'port')).toBe(8080);
    const hash = String(at(canary, 'spec', 'selector', 'pod-template-hash'));
    const slices = await until('endpoints of the canary Service', async () => {
      const found = await world.list('endpointslices', namespace, `kubernetes.io/service-name=${NAME}-canary`);
      return ((at(found, 0, 'endpoints') ?? []) as unknown[]).length === 1 ? found : undefined;
    });
    const [pod] = await world.list('pods', namespace, `pod-template-hash=${hash}`);
    expect(at(slices, 0, 'endpoints', 0, 'targetRef', 'name')).toBe(pod?.metadata.name);
    expect(at(pod, 'spec', 'containers', 0, 'image')).toBe(V2);
    const stable = await world.get('service', NAME, namespace);
    expect(at(stable, 'spec', 'selector', 'pod-template-hash')).not.toBe(hash);
    expect(at(stable, 'spec', 'selector', 'pod-template-hash')).toBeTypeOf('string');
  });

  test('S1-11: Ingress echoserver-canary, same host, class nginx, canary "true", weight "20", backend echoserver-canary:8080', async () => {
    const canary = await world.get('ingress', `${NAME}-canary`, namespace);
    expect(canary.metadata.annotations).toMatchObject({
      'kubernetes.io/ingress.class': 'nginx',
      'nginx.ingress.kubernetes.io/canary': 'true',
      'nginx.ingress.kubernetes.io/canary-weight': '20',
    });
    expect(at(canary, 'spec', 'rules')).toEqual([
      {
        host: 'echoserver.example.com',
        http: {
          paths: [
            {
              path: '/',
              pathType: 'ImplementationSpecific',
              backend: { service: { name: `${NAME}-canary`, port: { number: 8080 } } },
            },
          ],
        },
      },
    ]);
  });

  test('S1-12 S1-13: kubectl get rollouts shows the columns and the row of a step that waits', async () => {
    const [head, row] = await columns(namespace);
    expect(head).toBe('NAME|STATUS|CANARY_STEP|CANARY_STATE|MESSAGE|AGE');
    expect(row).toMatch(
      /^echoserver\|Progressing\|1\|StepPaused\|Rollout is in step\(1\/1\), and you need manually confirm to enter the next step\|/,
    );
  });

  test('S0-11: it waits without end for a person', async () => {
    await staysTrue(
      'the step waits',
      async () => (await world.status(namespace))['currentStepState'] === 'StepPaused',
      2_000,
    );
  });

  test('S1-14 S1-15: approve prints what kubectl-kruise prints; then Healthy, 1, Completed and the completion message', async () => {
    const { code, out } = await world.sluice.cli('approve', `rollout/${NAME}`, '-n', namespace);
    expect([code, out.trim()]).toEqual([0, 'rollout.rollouts.kruise.io/echoserver approved']);
    await finished(namespace);
    const [, row] = await columns(namespace);
    expect(row).toMatch(/^echoserver\|Healthy\|1\|Completed\|Rollout progressing has been completed\|/);
  });

  test("S1-16 S0-19: everything runs the new image by the workload's own strategy, and canary objects are gone", async () => {
    await until('five new pods', async () => {
      const images = await imagesOf(namespace);
      return images.length === 5 && images.every((image) => image === V2);
    });
    expect(
      (await world.list('deployments,ingresses,services', namespace)).map(({ metadata }) => metadata.name).sort(),
    ).toEqual([NAME, NAME, NAME]);
    expect(await world.list('batchreleases', namespace)).toEqual([]);
    expect(at(await world.get('service', NAME, namespace), 'spec', 'selector')).toEqual({ app: NAME });
    expect(at(await world.get('deployment', NAME, namespace), 'spec', 'paused')).toBeUndefined();
  });

  test('S1-17 S1-18 S1-19: re-applying the old image mid-canary is the rollback; the row keeps its step state', async () => {
    await world.setImage(namespace, V1);
    await world.pausedIn(namespace, 1);
    await world.setImage(namespace, V2);
    await finished(namespace, 'Rollout progressing has been canceled');
    const [, row] = await columns(namespace);
    expect(row).toMatch(/^echoserver\|Healthy\|1\|StepPaused\|Rollout progressing has been canceled\|/);
    await until('canary pods are gone', async () => (await imagesOf(namespace)).length === 5);
    expect(await imagesOf(namespace)).toEqual(Array.from({ length: 5 }, () => V2));
    expect((await world.list('deployments,ingresses,services', namespace)).length).toBe(3);
  });
});

describe('S0: two steps, 20 % and 90 %', () => {
  let namespace: string;

  test('S0-8 S0-18: each step has the replicas of its weight: ceil(5 × 20 %) = 1, then ceil(5 × 90 %) = 5, ten in all', async () => {
    namespace = await world.namespace('s0');
    await world.app(namespace);
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    expect(at(await canaryOf(world, namespace), 'status', 'availableReplicas')).toBe(1);
    await world.approve(namespace);
    await world.pausedIn(namespace, 2);
    expect(at(await canaryOf(world, namespace), 'status', 'availableReplicas')).toBe(5);
    expect(await imagesOf(namespace)).toHaveLength(10);
    const route = await world.get('ingress', `${NAME}-canary`, namespace);
    expect(route.metadata.annotations?.['nginx.ingress.kubernetes.io/canary-weight']).toBe('90');
  });

  test('S0-24: rolled back in the last step: always v1, and no canary Deployment, Service or Ingress', async () => {
    await world.setImage(namespace, V1);
    await finished(namespace, 'Rollout progressing has been canceled');
    await until('only v1 is left', async () => {
      const images = await imagesOf(namespace);
      return images.length === 5 && images.every((image) => image === V1);
    });
    expect((await world.list('deployments,ingresses,services', namespace)).length).toBe(3);
  });

  test('S0-5: a missing Ingress or Service is reported, and nothing is half-applied', async () => {
    const bare = await world.namespace('s0-bare');
    await world.kubectl.apply(deployment({ namespace: bare }), rollout({ namespace: bare }));
    await world.idle(bare);
    await world.setImage(bare, V2);
    await until('the message names what is missing', async () => {
      const message = String((await world.status(bare))['message']);
      return message.includes(`Service ${NAME}`) && message.includes(`Ingress ${NAME}`);
    });
    expect((await world.list('deployments,batchreleases,services,ingresses', bare)).length).toBe(1);
    await world.kubectl.apply(service({ namespace: bare }), ingress({ namespace: bare }));
    await world.pausedIn(bare, 1);
  });
});

describe('S3: a release without traffic', () => {
  test('S3-4: the canary Deployment has one replica with both patched labels; stable pods lack them', async () => {
    const namespace = await world.namespace('s3');
    const labels = { 'alicloud.service.tag': 'gray', 'opensergo.io/canary-gray': 'gray' };
    const plan = rollout({ namespace, traffic: false, steps: [{ pause: {}, replicas: 1 }] });
    const canary = plan.spec.strategy.canary as Record<string, unknown>;
    delete canary['enableExtraWorkloadForCanary'];
    canary['patchPodTemplateMetadata'] = { labels };
    await world.kubectl.apply(deployment({ namespace }), plan);
    await world.idle(namespace);
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    const pods = await world.list('pods', namespace);
    const gray = pods.filter((pod) =>
      Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value),
    );
    expect(gray).toHaveLength(1);
    expect(at(gray[0], 'spec', 'containers', 0, 'image')).toBe(V2);
    expect(gray[0]?.metadata.labels).toMatchObject({ 'rollouts.kruise.io/rollout-batch-id': '1' });
    expect(
      pods
        .filter((pod) => !gray.includes(pod))
        .every((pod) => !Object.keys(labels).some((key) => pod.metadata.labels?.[key])),
    ).toBe(true);
    await world.approve(namespace);
    await finished(namespace);
  });
});
