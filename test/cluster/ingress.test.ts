// Releases through Ingresses of every shape and class, on a real API server: what the canary Ingress and the canary Service look
// like, and what is said when a share cannot be split off.

import { describe, expect, test } from 'vitest';
import type { JsonObject, KubeObject } from '../../src/api/kube.ts';
import { deployment, rollout, service } from './support/objects.ts';
import { until } from './support/until.ts';
import { useWorld } from './support/world.ts';

const NAME = 'echoserver';
const CANARY = `${NAME}-canary`;
const V2 = 'cilium/echoserver:1.10.3';
const NGINX = 'nginx.ingress.kubernetes.io';
const MSE = 'mse.ingress.kubernetes.io';

const world = useWorld('ingress');

const backend = (name: string): JsonObject => ({ service: { name, port: { number: 8080 } } });
const path = (at: string, to: JsonObject): JsonObject => ({ path: at, pathType: 'Prefix', backend: to });
const ingress = (namespace: string, spec: JsonObject, annotations: Record<string, string> = {}) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: NAME, namespace, annotations },
  spec,
});
const plain = { rules: [{ host: 'a.example.com', http: { paths: [path('/', backend(NAME))] } }] };
const steps = [
  { replicas: '20%', traffic: '20%' },
  { replicas: '40%', traffic: '40%' },
];
const released = (namespace: string, classType: string, own: object[] = steps) =>
  rollout({
    namespace,
    traffic: false,
    steps: own,
    canary: { trafficRoutings: [{ service: NAME, gracePeriodSeconds: 0, ingress: { name: NAME, classType } }] },
  });

/** Applied, idle, and updated. */
async function update(namespace: string, ...objects: object[]): Promise<void> {
  await world.kubectl.apply(deployment({ namespace, replicas: 3 }), ...objects);
  await world.idle(namespace);
  await world.setImage(namespace, V2);
}
const theirs = async (namespace: string): Promise<string> => {
  const { metadata, spec } = await world.get('ingress', NAME, namespace);
  return JSON.stringify({ annotations: metadata.annotations, spec });
};
const split = async (namespace: string): Promise<Record<string, string>> =>
  (await world.get('ingress', CANARY, namespace)).metadata.annotations ?? {};
const finished = (namespace: string) =>
  world.in(namespace, { phase: 'Healthy', message: 'Rollout progressing has been completed' });
const says = (namespace: string, text: string) =>
  until(`the wait says: ${text}`, async () => String((await world.status(namespace))['message']).includes(text));

describe('an Ingress', () => {
  test.concurrent(
    'X25: of several hosts and paths, with resources, rules without http and a default backend',
    async () => {
      const namespace = await world.namespace('hosts');
      const bucket = { resource: { apiGroup: 'example.com', kind: 'Bucket', name: NAME } };
      const rules = [
        { host: 'bare.example.com' },
        { host: 'a.example.com', http: { paths: [path('/', backend(NAME)), path('/docs', backend('docs'))] } },
        { host: 'b.example.com', http: { paths: [path('/files', bucket), path('/shop', backend(NAME))] } },
        { host: 'c.example.com', http: { paths: [path('/', backend('other'))] } },
      ];
      const tls = [{ hosts: ['a.example.com'], secretName: 'tls' }];
      const objects = [service({ namespace }), ingress(namespace, { rules, tls, defaultBackend: backend('docs') })];
      await update(namespace, ...objects, released(namespace, 'nginx'));
      const before = await theirs(namespace);
      await world.pausedIn(namespace, 1);
      expect((await world.get('ingress', CANARY, namespace))['spec']).toEqual({
        tls,
        rules: [
          { host: 'a.example.com', http: { paths: [path('/', backend(CANARY))] } },
          { host: 'b.example.com', http: { paths: [path('/shop', backend(CANARY))] } },
        ],
      });
      await world.approve(namespace);
      await world.pausedIn(namespace, 2);
      await world.approve(namespace);
      await finished(namespace);
      expect(await world.find('ingress', CANARY, namespace)).toBeUndefined();
      expect(await theirs(namespace)).toBe(before);
    },
  );

  test.concurrent('X36 S3-11: of class mse, header and query matches with changed headers, then a share', async () => {
    const namespace = await world.namespace('mse');
    const own = [
      {
        replicas: '20%',
        traffic: '20%',
        matches: [
          { headers: [{ name: 'User-Agent', value: 'foo' }], queryParams: [{ name: 'beta', value: '1' }] },
          { headers: [{ name: 'canary-by-cookie', value: 'lane' }] },
        ],
        requestHeaderModifier: {
          set: [
            { name: 'x-mse-tag', value: 'gray' },
            { name: 'x-lane', value: 'b' },
          ],
        },
      },
      { replicas: '40%', traffic: '40%' },
    ];
    const objects = [service({ namespace }), ingress(namespace, plain, { [`${MSE}/service-subset`]: 'base' })];
    await update(namespace, ...objects, released(namespace, 'mse', own));
    await world.pausedIn(namespace, 1);
    expect(await split(namespace)).toEqual({
      [`${NGINX}/canary`]: 'true',
      [`${NGINX}/canary-by-header`]: 'User-Agent',
      [`${NGINX}/canary-by-header-value`]: 'foo',
      [`${NGINX}/canary-by-cookie`]: 'lane',
      [`${MSE}/canary-by-query`]: 'beta',
      [`${MSE}/canary-by-query-value`]: '1',
      [`${MSE}/request-header-control-update`]: 'x-mse-tag gray\nx-lane b',
      [`${MSE}/service-subset`]: 'gray',
    });
    await world.approve(namespace);
    await world.pausedIn(namespace, 2);
    expect(await split(namespace)).toEqual({
      [`${NGINX}/canary`]: 'true',
      [`${NGINX}/canary-weight`]: '40',
      [`${MSE}/service-subset`]: 'gray',
    });
  });

  test.concurrent.each([
    ['aliyun-alb', 'alb.ingress.kubernetes.io', { 'alb.ingress.kubernetes.io/order': '1' }],
    ['higress', NGINX, {}],
  ])('of class %s has the annotations of its controller', async (classType, prefix, more) => {
    const namespace = await world.namespace(classType);
    await update(namespace, service({ namespace }), ingress(namespace, plain), released(namespace, classType));
    await world.pausedIn(namespace, 1);
    expect(await split(namespace)).toEqual({
      [`${prefix}/canary`]: 'true',
      [`${prefix}/canary-weight`]: '20',
      ...more,
    });
  });

  test.concurrent('X25: a headless Service has a headless canary Service', async () => {
    const namespace = await world.namespace('headless');
    const one = service({ namespace });
    const headless = { ...one, spec: { ...one.spec, clusterIP: 'None' } };
    await update(namespace, headless, ingress(namespace, plain), released(namespace, 'nginx'));
    await world.pausedIn(namespace, 1);
    const canary = (await world.get('service', CANARY, namespace)) as KubeObject & { spec: { clusterIP: string } };
    expect(canary.spec.clusterIP).toBe('None');
  });
});

describe('S0-5: what cannot be split is said with a remedy, holds the update, and goes on when it is mended', () => {
  interface Obstacle {
    wrong: (namespace: string) => object[];
    says: string;
    right: (namespace: string) => object[];
  }
  const onlyDefault = { defaultBackend: backend(NAME) };
  const { selector: _selector, ...unselective } = service({ namespace: '' }).spec;

  test.concurrent.each<[string, Obstacle]>([
    [
      'X25: only a default backend',
      {
        wrong: (namespace) => [service({ namespace }), ingress(namespace, onlyDefault), released(namespace, 'nginx')],
        says: `Ingress ${NAME} leads to Service ${NAME} by its defaultBackend only, of which no share can be routed; give it a rule`,
        right: (namespace) => [ingress(namespace, { ...onlyDefault, ...plain })],
      },
    ],
    [
      'X25: a Service without a selector',
      {
        wrong: (namespace) => [
          { ...service({ namespace }), spec: unselective },
          ingress(namespace, plain),
          released(namespace, 'nginx'),
        ],
        says: `Service ${NAME} has no selector, so its traffic cannot be split; give it one`,
        right: (namespace) => [service({ namespace })],
      },
    ],
    [
      'a class that nobody knows',
      {
        wrong: (namespace) => [service({ namespace }), ingress(namespace, plain), released(namespace, 'traefik')],
        says: 'ingress class "traefik" is not known; known classes: nginx, higress, aliyun-alb, mse',
        right: () => [],
      },
    ],
    [
      'matches that the class cannot read',
      {
        wrong: (namespace) => [
          service({ namespace }),
          ingress(namespace, plain),
          released(namespace, 'nginx', [
            { replicas: '20%', matches: [{ path: { value: '/beta' } }] },
            { replicas: '40%' },
          ]),
        ],
        says: 'ingress class nginx tells requests by headers only; give every match of the step one of these',
        right: (namespace) => [released(namespace, 'nginx')],
      },
    ],
  ])('%s', async (_name, { wrong, says: text, right }) => {
    const namespace = await world.namespace('obstacle');
    await update(namespace, ...wrong(namespace));
    await says(namespace, text);
    expect(await world.list('deployments', namespace)).toHaveLength(1);
    expect(await world.find('ingress', CANARY, namespace)).toBeUndefined();
    const mended = right(namespace);
    if (mended.length === 0) return;
    await world.kubectl.apply(...mended);
    await world.pausedIn(namespace, 1);
    expect((await split(namespace))[`${NGINX}/canary-weight`]).toBe('20');
  });
});
