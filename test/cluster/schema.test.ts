// The CRDs in front of a real API server, without Sluice: what the schema refuses, fills in and shows, and what old clients
// of v1alpha1 can do to stored v1beta1 objects.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customResourceDefinitions } from '../../src/api/crds.ts';
import type { KubeObject } from '../../src/api/kube.ts';
import { kubectlPath, up, type Cluster } from './local/cluster.ts';
import { Converter } from './support/converter.ts';
import { Kubectl, type Answer } from './support/kubectl.ts';

const ALPHA = 'rollouts.v1alpha1.rollouts.kruise.io';
const BETA = 'rollouts.v1beta1.rollouts.kruise.io';
const NS = ['-n', 'default'];
const REF = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'echo' };

let cluster: Cluster;
let kubectl: Kubectl;
let converter: Converter;

beforeAll(async () => {
  cluster = await up({ name: 'test-schema', log: () => undefined });
  kubectl = new Kubectl(await kubectlPath(), cluster.kubeconfig);
  converter = await Converter.start(cluster.webhookHost);
  const url = `https://${cluster.webhookHost}:${converter.port}/convert`;
  const crds = customResourceDefinitions({ url, caBundle: converter.caBundle });
  for (const crd of crds) await kubectl.apply(crd);
  const names = crds.map(({ metadata }) => `crd/${metadata.name}`);
  await kubectl.do(['wait', '--for=condition=Established', '--timeout=60s', ...names]);
});
afterAll(async () => {
  await converter?.stop();
  await cluster?.stop();
});

const rollout = (name: string, strategy: object, version = 'v1beta1'): object => ({
  apiVersion: `rollouts.kruise.io/${version}`,
  kind: 'Rollout',
  metadata: { name },
  spec: { ...(version === 'v1beta1' ? { workloadRef: REF } : { objectRef: { workloadRef: REF } }), strategy },
});
const create = (object: object): Promise<Answer> => kubectl.try(['create', '-f', '-', ...NS], JSON.stringify(object));
const patch = (resource: string, name: string, body: object, ...args: string[]): Promise<Answer> =>
  kubectl.try(['patch', resource, name, ...NS, '--type=merge', '-p', JSON.stringify(body), ...args]);
const get = async (resource: string, name: string): Promise<KubeObject & { spec: object; status?: object }> =>
  JSON.parse(await kubectl.do(['get', resource, name, ...NS, '-o', 'json'])) as never;

const MATCHES = [{ path: { type: 'PathPrefix', value: '/foo' }, headers: [{ name: 'a', type: 'Exact', value: 'b' }] }];

describe('a stored Rollout', () => {
  it('gets the defaults of the schema', async () => {
    const steps = [{ replicas: 1, matches: [{ path: {}, headers: [{ name: 'a', value: 'b' }] }], pause: {} }];
    const trafficRoutings = [{ service: 'echo', ingress: { name: 'echo' } }];
    expect((await create(rollout('defaults', { canary: { steps, trafficRoutings } }))).err).toBe('');
    const { spec } = await get(BETA, 'defaults');
    expect(spec).toMatchObject({
      disabled: false,
      strategy: {
        canary: {
          steps: [{ matches: [{ path: { type: 'PathPrefix', value: '/' }, headers: [{ type: 'Exact' }] }] }],
          trafficRoutings: [{ gracePeriodSeconds: 3 }],
        },
      },
    });
  });

  it('S1-12 shows its columns in both versions', async () => {
    await create(rollout('columns', { canary: { steps: [{ replicas: 1 }] } }));
    const status = { phase: 'Progressing', message: 'waits', currentStepIndex: 1, currentStepState: 'StepPaused' };
    await patch(
      BETA,
      'columns',
      { status: { ...status, canaryStatus: { currentStepIndex: 1, currentStepState: 'StepPaused' } } },
      '--subresource=status',
    );
    for (const resource of [ALPHA, BETA]) {
      const [head = '', row = ''] = (await kubectl.do(['get', resource, 'columns', ...NS])).split('\n');
      expect(head.trim().split(/\s+/)).toEqual(['NAME', 'STATUS', 'CANARY_STEP', 'CANARY_STATE', 'MESSAGE', 'AGE']);
      expect(row.trim().split(/\s+/).slice(0, 5)).toEqual(['columns', 'Progressing', '1', 'StepPaused', 'waits']);
    }
  });
});

describe('a stored TrafficRouting', () => {
  const LANE = 'trafficroutings.rollouts.kruise.io';
  const route = { service: 'echo', ingress: { classType: 'mse', name: 'echo' } };
  const lane = (name: string, spec: object): object => ({
    apiVersion: 'rollouts.kruise.io/v1alpha1',
    kind: 'TrafficRouting',
    metadata: { name },
    spec: { objectRef: [route], strategy: { weight: 20 }, ...spec },
  });

  it('S3-1 keeps every field, gets defaults and shows its columns', async () => {
    const strategy = {
      matches: [{ headers: [{ name: 'User-Agent', value: 'foo' }] }],
      weight: 20,
      requestHeaderModifier: { set: [{ name: 'x-mse-tag', value: 'gray' }] },
    };
    expect((await create(lane('lane', { strategy }))).err).toBe('');
    const headers = [{ name: 'User-Agent', type: 'Exact', value: 'foo' }];
    expect((await get(LANE, 'lane')).spec).toEqual({
      objectRef: [{ ...route, gracePeriodSeconds: 3 }],
      strategy: { ...strategy, matches: [{ headers }] },
    });
    await patch(LANE, 'lane', { status: { phase: 'Healthy', message: 'nothing' } }, '--subresource=status');
    const [head = '', row = ''] = (await kubectl.do(['get', LANE, 'lane', ...NS])).split('\n');
    expect(head.trim().split(/\s+/)).toEqual(['NAME', 'STATUS', 'MESSAGE', 'AGE']);
    expect(row.trim().split(/\s+/).slice(0, 3)).toEqual(['lane', 'Healthy', 'nothing']);
  });

  it.each<[string, object, string]>([
    ['no route', { objectRef: [] }, 'at least 1 items'],
    ['a route without objects', { objectRef: [{ service: 's' }] }, 'give ingress, gateway or customNetworkRefs'],
    ['no strategy', { strategy: null }, 'Required value'],
    ['a weight of 101', { strategy: { weight: 101 } }, 'less than or equal to 100'],
  ])('is refused with %s', async (_what, spec, message) => {
    const { code, err } = await create(lane('bad', spec));
    expect(code).not.toBe(0);
    expect(err).toContain(message);
  });

  it('keeps its routes while requests are split on them', async () => {
    await create(lane('busy', {}));
    const moved = { spec: { objectRef: [{ ...route, service: 'other' }] } };
    await patch(LANE, 'busy', { status: { phase: 'Progressing' } }, '--subresource=status');
    expect((await patch(LANE, 'busy', moved)).err).toContain('the routes cannot change while requests are split');
    expect((await patch(LANE, 'busy', { spec: { strategy: { weight: 30 } } })).err).toBe('');
    await patch(LANE, 'busy', { status: { phase: 'Healthy' } }, '--subresource=status');
    expect((await patch(LANE, 'busy', moved)).err).toBe('');
  });
});

describe('a stored RolloutHistory', () => {
  it('keeps free-form data', async () => {
    const HISTORY = 'rollouthistories.rollouts.kruise.io';
    const data = { anything: [{ goes: 'here' }], 1: null };
    const spec = { rollout: { rolloutID: 'r1', name: 'web', data }, workload: { kind: 'Deployment', data } };
    const made = await create({
      apiVersion: 'rollouts.kruise.io/v1alpha1',
      kind: 'RolloutHistory',
      metadata: { name: 'web-abcde' },
      spec,
    });
    expect(made.err).toBe('');
    expect((await get(HISTORY, 'web-abcde')).spec).toEqual(spec);
    const pods = [{ name: 'p', ip: '10.0.0.1', nodeName: 'n' }];
    const status = { phase: 'completed', canarySteps: [{ canaryStepIndex: 1, pods }] };
    expect((await patch(HISTORY, 'web-abcde', { status }, '--subresource=status')).err).toBe('');
    expect((await get(HISTORY, 'web-abcde')).status).toEqual(status);
  });
});

describe('AW-24 X30 a client of v1alpha1', () => {
  it('replaces what it read and loses nothing', async () => {
    const canary = {
      steps: [
        { replicas: '20%', traffic: '20%' },
        { replicas: 3, matches: MATCHES },
      ],
      trafficRoutingRef: 'lane',
      patchPodTemplateMetadata: { labels: { a: 'b' } },
    };
    await create(rollout('whole', { canary }));
    const before = await get(BETA, 'whole');
    const shown = await get(ALPHA, 'whole');
    expect(JSON.stringify(shown.spec)).not.toContain('/foo');
    await kubectl.do(['replace', '-f', '-', ...NS], JSON.stringify(shown));
    const after = await get(BETA, 'whole');
    expect(after.spec).toEqual(before.spec);
    expect(after.metadata.generation).toBe(before.metadata.generation);
    expect(after.metadata.annotations).toBeUndefined();
  });

  it('pauses and approves a blue-green Rollout', async () => {
    await create(rollout('colours', { blueGreen: { steps: [{ replicas: '100%', traffic: '0%' }] } }));
    const progress = { currentStepIndex: 1, currentStepState: 'StepPaused' };
    await patch(
      BETA,
      'colours',
      { status: { phase: 'Progressing', ...progress, blueGreenStatus: { ...progress, updatedRevision: 'v2' } } },
      '--subresource=status',
    );
    expect((await patch(ALPHA, 'colours', { spec: { strategy: { paused: true } } })).err).toBe('');
    const approval = { status: { canaryStatus: { currentStepState: 'StepReady' } } };
    expect((await patch(ALPHA, 'colours', approval, '--subresource=status')).err).toBe('');
    const { spec, status } = await get(BETA, 'colours');
    expect(spec).toMatchObject({ strategy: { paused: true, blueGreen: { steps: [{ traffic: '0%' }] } } });
    expect(status).toMatchObject({
      currentStepState: 'StepReady',
      blueGreenStatus: { currentStepState: 'StepReady', updatedRevision: 'v2' },
    });
  });

  it('writes a status without the fields that its types do not know', async () => {
    await create(rollout('old-types', { canary: { steps: [{ weight: 20 }] } }, 'v1alpha1'));
    const status = {
      canaryStatus: { currentStepIndex: 1, currentStepState: 'StepReady', podTemplateHash: '', canaryReplicas: 1 },
    };
    const body = JSON.stringify({ ...(await get(ALPHA, 'old-types')), status });
    const path = '/apis/rollouts.kruise.io/v1alpha1/namespaces/default/rollouts/old-types/status';
    await kubectl.do(['replace', '--raw', path, '-f', '-'], body);
    expect((await get(BETA, 'old-types')).status).toMatchObject({ currentStepState: 'StepReady', ...status });
  });

  it('sends the same steps again without a new generation', async () => {
    await create(rollout('again', { canary: { steps: [{ weight: 20 }, { weight: 90 }] } }, 'v1alpha1'));
    const steps = { spec: { strategy: { canary: { steps: [{ weight: 20 }, { weight: 90 }] } } } };
    expect((await patch(ALPHA, 'again', steps)).out).toContain('no change');
    expect((await get(BETA, 'again')).metadata.generation).toBe(1);
  });
});

describe('AW-25 with nothing of Sluice running, the schema', () => {
  beforeAll(() => converter.stop());

  const step = { replicas: 1 };
  const routed = (routing: object): object => ({ canary: { steps: [step], trafficRoutings: [routing] } });
  it.each([
    ['no strategy', {}, 'give exactly one of them'],
    ['two strategies', { canary: { steps: [step] }, blueGreen: { steps: [step] } }, 'give exactly one of them'],
    ['no steps', { canary: { steps: [] } }, 'at least 1 items'],
    ['51 steps', { canary: { steps: Array(51).fill(step) } }, 'Too many'],
    ['a step without size', { canary: { steps: [{}] } }, 'Required value'],
    ['a step of nothing', { canary: { steps: [{ replicas: 0 }] } }, 'write for example 1 or "20%"'],
    ['a step of 0%', { canary: { steps: [{ replicas: '0%' }] } }, 'write for example 1 or "20%"'],
    ['a step of 101%', { canary: { steps: [{ replicas: '101%' }] } }, 'write for example 1 or "20%"'],
    ['no traffic in canary', { canary: { steps: [{ replicas: 1, traffic: '0%' }] } }, 'from 1% to 100%'],
    ['too much traffic', { blueGreen: { steps: [{ replicas: 1, traffic: '101%' }] } }, 'from 0% to 100%'],
    [
      'a relative path',
      { canary: { steps: [{ replicas: 1, matches: [{ path: { value: 'a' } }] }] } },
      'must begin with "/"',
    ],
    ['17 matches', { canary: { steps: [{ replicas: 1, matches: Array(17).fill({}) }] } }, 'Too many'],
    ['a routing without a route', routed({ service: 's' }), 'give ingress, gateway or customNetworkRefs'],
    ['a routing without a Service', routed({ service: '', ingress: { name: 'i' } }), 'at least 1 chars'],
    [
      'a negative grace',
      routed({ service: 's', ingress: { name: 'i' }, gracePeriodSeconds: -1 }),
      'greater than or equal to 0',
    ],
  ])('refuses %s', async (_what, strategy, message) => {
    const { code, err } = await create(rollout('bad', strategy));
    expect(code).not.toBe(0);
    expect(err).toContain(message);
  });

  it('refuses a v1alpha1 step without a size', async () => {
    const { err } = await create(rollout('bad', { canary: { steps: [{ weight: 0 }] } }, 'v1alpha1'));
    expect(err).toContain('give replicas, or a weight from 1 to 100');
  });

  it('refuses to change what a release under way stands on, and allows the rest', async () => {
    await create(rollout('busy', { canary: { steps: [{ replicas: '20%' }, { replicas: '100%' }] } }));
    await patch(BETA, 'busy', { status: { phase: 'Progressing' } }, '--subresource=status');
    const strategy = (canary: object): object => ({ spec: { strategy: { canary } } });
    const frozen: [object, string][] = [
      [{ spec: { workloadRef: { name: 'other' } } }, 'the workload cannot change'],
      [strategy({ steps: [{ replicas: '100%' }] }), 'the number of steps cannot change'],
      [strategy({ enableExtraWorkloadForCanary: true }), 'the rolling style cannot change'],
      [strategy({ trafficRoutings: [{ service: 's', ingress: { name: 'i' } }] }), 'the traffic routing cannot change'],
    ];
    for (const [body, message] of frozen) expect((await patch(BETA, 'busy', body)).err).toContain(message);
    const free = [
      strategy({ steps: [{ replicas: '30%', pause: {} }, { replicas: '100%' }], failureThreshold: 1 }),
      { spec: { disabled: true, strategy: { paused: true } } },
      { metadata: { finalizers: ['rollouts.kruise.io/rollout'] } },
      { metadata: { finalizers: null } },
    ];
    for (const body of free) expect((await patch(BETA, 'busy', body)).err).toBe('');
  });
});
