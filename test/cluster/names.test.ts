// Names and ids that Kubernetes takes, and that are too long, or of the wrong signs, for what a release derives from them.

import { expect, test } from 'vitest';
import { deployment, ingress, rollout, service } from './support/objects.ts';
import { until } from './support/until.ts';
import { at, V2 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('names');
const DEPLOYMENT = 'checkout-gateway-for-the-european-market-with-a-long-team-prefix-online';
const SERVICE = 'checkout-gateway-for-the-european-market-with-a-long-team-px';
const IDS = ['refs/heads/main@2026-01-02T10:00:00Z', `sha256-${'a'.repeat(64)}`];

test.each(IDS)('cases 13 to 15: a Deployment of 71 characters, a Service of 60 and release id %s', async (id) => {
  const namespace = await world.namespace('names');
  const route = ingress({ name: SERVICE, namespace });
  const base = deployment({ name: DEPLOYMENT, namespace });
  const labels = { app: 'web' };
  const [container] = base.spec.template.spec.containers;
  const template = { metadata: { labels }, spec: { containers: [{ ...container, name: 'main' }] } };
  const workload = {
    ...base,
    metadata: { ...base.metadata, labels },
    spec: { ...base.spec, selector: { matchLabels: labels }, template },
  };
  const made = service({ name: SERVICE, namespace });
  const plan = rollout({ name: DEPLOYMENT, namespace });
  const trafficRoutings = [{ service: SERVICE, gracePeriodSeconds: 1, ingress: { classType: 'nginx', name: SERVICE } }];
  const { canary } = plan.spec.strategy;
  await world.kubectl.apply(
    workload,
    { ...made, metadata: { ...made.metadata, labels }, spec: { ...made.spec, selector: labels } },
    { ...route, metadata: { ...route.metadata, name: SERVICE } },
    { ...plan, spec: { ...plan.spec, strategy: { canary: { ...canary, trafficRoutings } } } },
  );
  await world.idle(namespace, DEPLOYMENT);
  const image = { spec: { template: { spec: { containers: [{ name: 'main', image: V2 }] } } } };
  const body = { metadata: { annotations: { 'rollouts.kruise.io/rollout-id': id } }, ...image };
  const patch = ['patch', 'deployment', DEPLOYMENT, '-n', namespace, '--type=strategic', '-p', JSON.stringify(body)];
  await world.kubectl.do(patch);
  await world.pausedIn(namespace, 1, DEPLOYMENT);
  expect(at(await world.status(namespace, DEPLOYMENT), 'canaryStatus', 'observedRolloutID')).toBe(id);
  const pods = await world.list('pods', namespace, 'rollouts.kruise.io/rollout-batch-id=1');
  expect(pods).toHaveLength(1);
  const services = (await world.list('services', namespace)).map(({ metadata }) => metadata.name);
  expect(services).toHaveLength(2);
  expect(services.every((name) => name.length <= 63)).toBe(true);
  await world.approve(namespace, DEPLOYMENT);
  await world.pausedIn(namespace, 2, DEPLOYMENT);
  await world.approve(namespace, DEPLOYMENT);
  await world.in(namespace, { phase: 'Healthy', message: 'Rollout progressing has been completed' }, DEPLOYMENT);
  await until('only the user’s Service is left', async () => (await world.list('services', namespace)).length === 1);
});
