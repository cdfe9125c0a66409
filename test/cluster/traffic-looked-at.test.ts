// Cases 10, 23, 46 and 48: what is looked at before a Service is narrowed or a route is split, on a real API server, with the
// endpoints that its controllers make of it.

import { expect, test } from 'vitest';
import { deployment, ingress, rollout, service } from './support/objects.ts';
import { until } from './support/until.ts';
import { at, NAME, V2 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('looked-at');
const CANARY = `${NAME}-canary`;

const says = (namespace: string, text: string) =>
  until(`the wait says: ${text}`, async () => String((await world.status(namespace))['message']).includes(text));
const warned = (namespace: string, reason: string, text: string) =>
  until(`an Event ${reason}`, async () =>
    (await world.list('events', namespace)).some(
      (event) => event['reason'] === reason && event['type'] === 'Warning' && String(event['message']).includes(text),
    ),
  );
async function endpoints(namespace: string, name = NAME): Promise<number> {
  const slices = await world.list('endpointslices', namespace, `kubernetes.io/service-name=${name}`);
  return slices.flatMap((slice) => (slice['endpoints'] ?? []) as object[]).length;
}
const selectorOf = async (namespace: string, name = NAME): Promise<unknown> =>
  at(await world.get('service', name, namespace), 'spec', 'selector');
const patch = (namespace: string, kind: string, name: string, body: object) =>
  world.kubectl.do(['patch', kind, name, '-n', namespace, '--type=merge', '-p', JSON.stringify(body)]);

/** With a selector and labels of its own, beside the label that its Service selects. */
function labelled(namespace: string, name: string, own: Record<string, string>, app = NAME): object {
  const made = deployment({ namespace, name, replicas: 3 });
  const template = { ...made.spec.template, metadata: { labels: { app, ...own } } };
  return { ...made, spec: { ...made.spec, selector: { matchLabels: own }, template } };
}

test.concurrent('case 48: a Service in front of two Deployments keeps all its endpoints, and is told why', async () => {
  const namespace = await world.namespace('two');
  const [released, other] = [labelled(namespace, NAME, { cap: 'od' }), labelled(namespace, 'spot', { cap: 'spot' })];
  await world.kubectl.apply(released, other, service({ namespace }), ingress({ namespace }), rollout({ namespace }));
  await world.idle(namespace);
  await until('all six are endpoints', async () => (await endpoints(namespace)) === 6);
  await world.setImage(namespace, V2);
  await says(namespace, `Service ${NAME} also selects pods of ReplicaSet spot-`);
  await warned(namespace, 'ServiceMismatch', 'would get no requests while it selects one revision');
  expect(await selectorOf(namespace)).toEqual({ app: NAME });
  expect(await endpoints(namespace)).toBe(6);
  expect(await world.find('ingress', CANARY, namespace)).toBeUndefined();
  await patch(namespace, 'service', NAME, { spec: { selector: { cap: 'od' } } });
  await world.pausedIn(namespace, 1);
});

test.concurrent("a typo that names another application's Service leaves that Service alone", async () => {
  const namespace = await world.namespace('typo');
  const payments = { namespace, name: 'payments' };
  const canary = { trafficRoutings: [{ service: 'payments', ingress: { classType: 'nginx', name: 'payments' } }] };
  await world.kubectl.apply(
    ...[deployment({ namespace, replicas: 2 }), service({ namespace })],
    ...[deployment({ ...payments, replicas: 3 }), service(payments), ingress(payments)],
    rollout({ namespace, canary }),
  );
  await world.idle(namespace);
  await until('its pods are endpoints', async () => (await endpoints(namespace, 'payments')) === 3);
  await world.setImage(namespace, V2);
  await says(namespace, `and none of Deployment ${NAME}, so it would lead nowhere`);
  expect(await selectorOf(namespace, 'payments')).toEqual({ app: 'payments' });
  expect(await endpoints(namespace, 'payments')).toBe(3);
  // The plan is still open: the name can be corrected.
  const right = [{ service: NAME, gracePeriodSeconds: 1, ingress: { classType: 'nginx', name: NAME } }];
  await world.kubectl.apply(ingress({ namespace }));
  await patch(namespace, 'rollout', NAME, { spec: { strategy: { canary: { trafficRoutings: right } } } });
  await world.pausedIn(namespace, 1);
});

test.concurrent(
  'case 10: a selector that changes together with the labels is told with the label, and no step routes',
  async () => {
    const namespace = await world.namespace('both');
    const versioned = (version: string, image?: string) => {
      const made = deployment({ namespace, replicas: 3, ...(image === undefined ? {} : { image }) });
      const template = { ...made.spec.template, metadata: { labels: { app: NAME, version } } };
      const one = service({ namespace });
      const selector = { ...one.spec.selector, version };
      return [
        { ...made, spec: { ...made.spec, template } },
        { ...one, spec: { ...one.spec, selector } },
      ];
    };
    // Both are there before anything follows from the first, however slow the client writes one after the other.
    await world.kubectl.apply(...versioned('v1'), ingress({ namespace }), rollout({ namespace, grace: 15 }));
    await world.idle(namespace);
    await until('its pods are endpoints', async () => (await endpoints(namespace)) === 3);
    await world.kubectl.apply(...versioned('v2', V2));
    await says(namespace, `Service ${NAME} selects version=v2, which no stable pod of Deployment ${NAME} has`);
    await warned(namespace, 'ServiceMismatch', 'has version=v1');
    // It may have been pinned between the two writes of one apply.
    expect(await selectorOf(namespace)).toMatchObject({ app: NAME, version: 'v2' });
    expect(await world.find('ingress', CANARY, namespace)).toBeUndefined();
    expect(await world.find('service', CANARY, namespace)).toBeUndefined();
  },
);

test.concurrent(
  'case 46: an Ingress that another controller serves is not split, unless a class is named',
  async () => {
    const namespace = await world.namespace('class');
    const alb = { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'alb' } };
    const plain = ingress({ namespace });
    const { annotations: _nginx, ...metadata } = plain.metadata;
    const theirs = { ...plain, metadata, spec: { ...plain.spec, ingressClassName: 'alb' } };
    const unnamed = { trafficRoutings: [{ service: NAME, gracePeriodSeconds: 1, ingress: { name: NAME } }] };
    await world.kubectl.apply(
      ...[{ ...alb, spec: { controller: 'ingress.k8s.aws/alb' } }, deployment({ namespace, replicas: 3 })],
      ...[service({ namespace }), theirs, rollout({ namespace, canary: unnamed })],
    );
    await world.idle(namespace);
    await world.setImage(namespace, V2);
    await says(namespace, 'its controller ingress.k8s.aws/alb does not read the annotations of nginx');
    expect(await world.find('ingress', CANARY, namespace)).toBeUndefined();
    expect(await selectorOf(namespace)).toEqual({ app: NAME });
    const named = [{ ...unnamed.trafficRoutings[0], ingress: { name: NAME, classType: 'nginx' } }];
    await patch(namespace, 'rollout', NAME, { spec: { strategy: { canary: { trafficRoutings: named } } } });
    await world.pausedIn(namespace, 1);
  },
);

test.concurrent('case 23: a backend that the gateway does not find holds the step, in its words', async () => {
  await world.installGatewayApi();
  const namespace = await world.namespace('unresolved');
  const route = {
    ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: NAME, namespace } },
    spec: { parentRefs: [{ name: 'gw' }], rules: [{ backendRefs: [{ name: NAME, port: 8080 }] }] },
  };
  const generation = async (): Promise<number> =>
    (await world.get('httproutes.gateway.networking.k8s.io', NAME, namespace)).metadata.generation ?? 0;
  const told = async (status: 'True' | 'False', reason: string, message: string): Promise<void> => {
    const common = { observedGeneration: await generation(), lastTransitionTime: '2026-01-01T00:00:00Z' };
    const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', ...common };
    const resolved = { type: 'ResolvedRefs', status, reason, message, ...common };
    const conditions = [accepted, resolved];
    const parents = [{ parentRef: { name: 'gw' }, controllerName: 'example.com/gw', conditions }];
    const words = ['httproutes.gateway.networking.k8s.io', NAME, '-n', namespace, '--subresource=status'];
    await world.kubectl.do(['patch', ...words, '--type=merge', '-p', JSON.stringify({ status: { parents } })]);
  };
  const canary = { trafficRoutings: [{ service: NAME, gracePeriodSeconds: 1, gateway: { httpRouteName: NAME } }] };
  await world.kubectl.apply(
    ...[deployment({ namespace, replicas: 3 }), service({ namespace }), route],
    rollout({ namespace, canary }),
  );
  await told('True', 'ResolvedRefs', '');
  await world.idle(namespace);
  await world.setImage(namespace, V2);
  await until('the route leads to the new pods', async () =>
    JSON.stringify(await world.get('httproutes.gateway.networking.k8s.io', NAME, namespace)).includes(CANARY),
  );
  await told('False', 'BackendNotFound', `service ${CANARY} not found`);
  await says(namespace, `(BackendNotFound: service ${CANARY} not found), and fails its requests`);
  expect((await world.status(namespace))['currentStepState']).toBe('StepTrafficRouting');
  await told('True', 'ResolvedRefs', '');
  await world.pausedIn(namespace, 1);
});
