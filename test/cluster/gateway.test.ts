// A canary Deployment released through an HTTPRoute: the CRD that comes late, weights and matches, other people's rules, a user
// who applies the route again, the end, the rollback, and a server that knows v1beta1 only.

import { describe, expect, test } from 'vitest';
import type { JsonObject, KubeObject } from '../../src/api/kube.ts';
import { ANNOTATION } from '../../src/api/names.ts';
import { deployment, rollout, service } from './support/objects.ts';
import { until } from './support/until.ts';
import { useWorld } from './support/world.ts';

const NAME = 'echoserver';
const V2 = 'cilium/echoserver:1.10.3';
const ROUTES = 'httproutes.gateway.networking.k8s.io';
const CRD = `crd/${ROUTES}`;

const world = useWorld('gateway');

const stableRef = { name: NAME, port: 8080 };
const rules: JsonObject[] = [
  { matches: [{ path: { type: 'PathPrefix', value: '/docs' } }], backendRefs: [{ name: 'docs', port: 80, weight: 3 }] },
  {
    matches: [{ path: { type: 'PathPrefix', value: '/old' } }],
    filters: [{ type: 'RequestRedirect', requestRedirect: { statusCode: 301, hostname: 'new.example.com' } }],
  },
  {
    matches: [{ path: { type: 'PathPrefix', value: '/far' } }],
    backendRefs: [{ ...stableRef, namespace: 'elsewhere' }],
  },
  {
    timeouts: { request: '7s' },
    backendRefs: [
      { ...stableRef, weight: 3 },
      { name: 'other', port: 8080, weight: 7 },
    ],
  },
  { matches: [{ path: { type: 'PathPrefix', value: '/api' } }], backendRefs: [stableRef] },
];
const httpRoute = (namespace: string, version = 'v1', theirs = rules) => ({
  apiVersion: `gateway.networking.k8s.io/${version}`,
  kind: 'HTTPRoute',
  metadata: { name: NAME, namespace, annotations: { team: 'shop' } },
  spec: { hostnames: ['shop.example.com'], parentRefs: [{ name: 'front' }], rules: theirs },
});
const steps = [
  { replicas: '20%', traffic: '20%' },
  {
    replicas: '40%',
    matches: [{ headers: [{ name: 'x-user', value: 'tester' }] }],
    requestHeaderModifier: { set: [{ name: 'x-lane', value: 'gray' }] },
  },
  { replicas: '60%', traffic: '60%' },
];
const released = (namespace: string, canary: object = {}) =>
  rollout({
    namespace,
    traffic: false,
    steps,
    canary: {
      trafficRoutings: [{ service: NAME, gracePeriodSeconds: 1, gateway: { httpRouteName: NAME } }],
      ...canary,
    },
  });

/** What the user wrote, as the server shows it. */
const theirsOf = ({ metadata, spec }: KubeObject) => JSON.stringify({ annotations: metadata.annotations, spec });
const routeIn = (namespace: string): Promise<KubeObject> => world.get(ROUTES, NAME, namespace);
const rulesIn = async (namespace: string): Promise<JsonObject[]> =>
  ((await routeIn(namespace))['spec'] as { rules: JsonObject[] }).rules;
const weights = async (namespace: string, rule: number): Promise<unknown[]> =>
  ((await rulesIn(namespace))[rule]?.['backendRefs'] as JsonObject[]).map((one) => [one['name'], one['weight']]);
const finished = (namespace: string, message = 'Rollout progressing has been completed') =>
  world.in(namespace, { phase: 'Healthy', message });

/** Applied and idle; returns what the user wrote, as the server shows it. */
async function app(namespace: string, version = 'v1', canary: object = {}): Promise<string> {
  const app = { namespace };
  await world.kubectl.apply(deployment(app), service(app), httpRoute(namespace, version), released(namespace, canary));
  await world.idle(namespace);
  return theirsOf(await routeIn(namespace));
}

describe('an HTTPRoute', () => {
  test('whose CRD comes only after Sluice and the update: the wait says so, and ends without a restart', async () => {
    const namespace = await world.namespace('late');
    await world.kubectl.apply(deployment({ namespace }), service({ namespace }), released(namespace));
    await world.idle(namespace);
    await world.setImage(namespace, V2);
    await until('the wait explains itself', async () =>
      String((await world.status(namespace))['message']).includes(
        `HTTPRoute ${NAME} does not exist, or the add-on that defines its kind is missing`,
      ),
    );
    await world.sluice.ready();
    await world.installGatewayApi();
    await world.kubectl.apply(httpRoute(namespace));
    await world.pausedIn(namespace, 1);
    expect(await weights(namespace, 4)).toEqual([
      [NAME, 80],
      [`${NAME}-canary`, 20],
    ]);
  });

  test.concurrent(
    'X10: weights, then matches, then weights; other rules and backends untouched; restored byte for byte',
    async () => {
      const namespace = await world.namespace('walk');
      const before = await app(namespace);
      const untouched = (await rulesIn(namespace)).slice(0, 3);
      await world.setImage(namespace, V2);

      await world.pausedIn(namespace, 1);
      expect((await rulesIn(namespace)).slice(0, 3)).toEqual(untouched);
      // 3 to 7, and a fifth of the 3 for the canary.
      expect(await weights(namespace, 3)).toEqual([
        [NAME, 12],
        [`${NAME}-canary`, 3],
        ['other', 35],
      ]);

      await world.approve(namespace);
      await world.pausedIn(namespace, 2);
      const matched = await rulesIn(namespace);
      expect(JSON.stringify(matched.slice(0, 5))).toBe(
        JSON.stringify((JSON.parse(before) as KubeObject & { spec: { rules: unknown[] } }).spec.rules),
      );
      expect(matched.slice(5)).toMatchObject([
        {
          matches: [{ path: { value: '/' }, headers: [{ name: 'x-user', value: 'tester' }] }],
          filters: [
            { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-lane', value: 'gray' }] } },
          ],
          timeouts: { request: '7s' },
          backendRefs: [{ name: `${NAME}-canary` }],
        },
        { matches: [{ path: { value: '/api' } }], backendRefs: [{ name: `${NAME}-canary` }] },
      ]);

      await world.approve(namespace);
      await world.pausedIn(namespace, 3);
      expect(await rulesIn(namespace)).toHaveLength(5);
      expect(await weights(namespace, 4)).toEqual([
        [NAME, 40],
        [`${NAME}-canary`, 60],
      ]);

      await world.approve(namespace);
      await finished(namespace);
      expect(theirsOf(await routeIn(namespace))).toBe(before);
      expect(await world.find('service', `${NAME}-canary`, namespace)).toBeUndefined();
    },
  );

  test.concurrent('X10: a rollback out of the matches gives everything back before the new pods go', async () => {
    const namespace = await world.namespace('back');
    const before = await app(namespace);
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    await world.approve(namespace);
    await world.pausedIn(namespace, 2);
    await world.setImage(namespace, 'cilium/echoserver:1.10.2');
    await finished(namespace, 'Rollout progressing has been canceled');
    expect(theirsOf(await routeIn(namespace))).toBe(before);
  });

  test.concurrent(
    'that is applied again and edited while a step waits: the share comes back, and so does the edit at the end',
    async () => {
      const namespace = await world.namespace('edit');
      await app(namespace);
      await world.setImage(namespace, V2);
      await world.pausedIn(namespace, 1);
      const edited = [...rules.slice(0, 4), { ...rules[4], timeouts: { request: '9s' } }] as JsonObject[];
      await world.kubectl.apply(httpRoute(namespace, 'v1', edited));
      await until('the share is back', async () => (await weights(namespace, 4)).length === 2);
      expect((await rulesIn(namespace))[4]).toMatchObject({ timeouts: { request: '9s' } });
      await world.kubectl.do(['delete', 'rollout', NAME, '-n', namespace]);
      const { metadata, spec } = await routeIn(namespace);
      expect(metadata.annotations).not.toHaveProperty(ANNOTATION.originalRules);
      expect(spec).toMatchObject({ rules: edited });
      expect(JSON.stringify(spec)).not.toContain(`${NAME}-canary`);
    },
  );

  test.concurrent(
    'X10: without a Service for the new version a share changes nothing, and matches lead to the same Service',
    async () => {
      const namespace = await world.namespace('same');
      const before = await app(namespace, 'v1', { disableGenerateCanaryService: true });
      await world.setImage(namespace, V2);
      await world.pausedIn(namespace, 1);
      expect(theirsOf(await routeIn(namespace))).toBe(before);
      await world.approve(namespace);
      await world.pausedIn(namespace, 2);
      const added = (await rulesIn(namespace)).slice(5);
      expect(added).toMatchObject([
        { backendRefs: [{ name: NAME, weight: 3 }], filters: [{ type: 'RequestHeaderModifier' }] },
        { backendRefs: [{ name: NAME }], filters: [{ type: 'RequestHeaderModifier' }] },
      ]);
      await world.kubectl.do(['delete', 'rollout', NAME, '-n', namespace]);
      expect(theirsOf(await routeIn(namespace))).toBe(before);
    },
  );

  test.concurrent('waits for the controllers of its Gateways, and tells who has not followed', async () => {
    const namespace = await world.namespace('parents');
    await app(namespace);
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    const told = async (generation: number): Promise<void> => {
      const condition = {
        type: 'Accepted',
        status: 'True',
        reason: 'Accepted',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
        observedGeneration: generation,
      };
      const parents = [{ parentRef: { name: 'front' }, controllerName: 'example.com/gw', conditions: [condition] }];
      const body = JSON.stringify({ status: { parents } });
      await world.kubectl.do([
        'patch',
        ROUTES,
        NAME,
        '-n',
        namespace,
        '--subresource=status',
        '--type=merge',
        '-p',
        body,
      ]);
    };
    await told((await routeIn(namespace)).metadata.generation ?? 0);
    await world.approve(namespace);
    await until('the wait names the controller', async () =>
      String((await world.status(namespace))['message']).includes(
        'controller example.com/gw of Gateway front has not taken up',
      ),
    );
    await told((await routeIn(namespace)).metadata.generation ?? 0);
    await world.pausedIn(namespace, 2);
  });

  test('served as v1beta1 only is released and restored the same way', async () => {
    const versions = ((await world.get('crd', ROUTES, '')) as KubeObject & { spec: { versions: object[] } }).spec
      .versions;
    const patch = versions.map((_, index) => ({
      op: 'replace',
      path: `/spec/versions/${index}/served`,
      value: index > 0,
    }));
    await world.kubectl.do(['patch', CRD, '--type=json', '-p', JSON.stringify(patch)]);
    await until('v1 is not served any more', async () => {
      const { code } = await world.kubectl.try(['get', '--raw', '/apis/gateway.networking.k8s.io/v1/httproutes']);
      return code !== 0;
    });
    const namespace = await world.namespace('old');
    const before = await app(namespace, 'v1beta1');
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    expect((await weights(namespace, 4)).length).toBe(2);
    await world.kubectl.do(['delete', 'rollout', NAME, '-n', namespace]);
    expect(theirsOf(await routeIn(namespace))).toBe(before);
  });
});
