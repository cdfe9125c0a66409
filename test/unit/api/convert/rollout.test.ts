import { describe, expect, it } from 'vitest';
import { convert, type ConversionError } from '../../../../src/api/convert/index.ts';
import { fingerprint } from '../../../../src/lib/json.ts';
import type { KubeObject } from '../../../../src/api/kube.ts';
import { clone } from './arbitraries.ts';

const STASH = 'sluice.dev/v1beta1';
const STYLE = 'rollouts.kruise.io/rolling-style';
const SHARED = 'rollouts.kruise.io/trafficrouting';

const down = (object: KubeObject): Loose => convert(object, 'rollouts.kruise.io/v1alpha1') as Loose;
const up = (object: KubeObject): Loose => convert(object, 'rollouts.kruise.io/v1beta1') as Loose;

/** Tests look into objects by path. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Loose = any;

const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'echo' };
const rollout = (version: string, spec: unknown, rest: object = {}): KubeObject => ({
  apiVersion: `rollouts.kruise.io/${version}`,
  kind: 'Rollout',
  metadata: { name: 'echo', namespace: 'default', uid: 'u' },
  spec,
  ...rest,
});
const beta = (canary: object, rest?: object): KubeObject =>
  rollout('v1beta1', { workloadRef, strategy: { canary } }, rest);
const alpha = (steps: object[], annotations?: Record<string, string>, canary: object = {}): KubeObject => ({
  ...rollout('v1alpha1', { objectRef: { workloadRef }, strategy: { canary: { steps, ...canary } } }),
  metadata: { name: 'echo', namespace: 'default', uid: 'u', ...(annotations === undefined ? {} : { annotations }) },
});

describe('weights and sizes', () => {
  it('gives a step its weight as traffic, and as size when it has no replicas', () => {
    const { steps } = up(alpha([{ weight: 20 }, { weight: 50, replicas: 3 }, { replicas: 5 }])).spec.strategy.canary;
    expect(steps).toEqual([{ replicas: '20%', traffic: '20%' }, { traffic: '50%', replicas: 3 }, { replicas: 5 }]);
  });

  it('shows no replicas that v1alpha1 did not write, also for objects stored by another controller', () => {
    const stored = beta({
      steps: [
        { traffic: '20%', replicas: '20%' },
        { traffic: '90%', replicas: '90%', pause: {} },
      ],
    });
    expect(down(stored).spec.strategy.canary.steps).toEqual([{ weight: 20 }, { weight: 90, pause: {} }]);
  });

  it('shows the replicas that v1alpha1 did write, even where they equal the weight', () => {
    expect(down(up(alpha([{ weight: 20, replicas: '20%' }]))).spec.strategy.canary.steps).toEqual([
      { weight: 20, replicas: '20%' },
    ]);
  });

  it('forgets that once v1beta1 changed the step', () => {
    const stored = up(alpha([{ weight: 20, replicas: '20%' }]));
    stored.spec.strategy.canary.steps = [{ replicas: '30%', traffic: '30%' }];
    expect(down(stored).spec.strategy.canary.steps).toEqual([{ weight: 30 }]);
  });

  it('keeps a deprecated rolloutID for v1alpha1', () => {
    const written = alpha([{ weight: 20 }]);
    (written.spec as Loose).rolloutID = 'r-1';
    const stored = up(written);
    expect(stored.spec.rolloutID).toBeUndefined();
    expect(down(stored).spec.rolloutID).toBe('r-1');
  });
});

describe('annotations', () => {
  it.each([
    [undefined, true],
    ['canary', true],
    ['PARTITION', false],
    ['partition', false],
    ['other', true],
  ])('reads style %s as extra workload %s', (style, extra) => {
    const stored = up(alpha([{ weight: 20 }], style === undefined ? undefined : { [STYLE]: style }));
    expect(stored.spec.strategy.canary.enableExtraWorkloadForCanary).toBe(extra);
  });

  it('always writes the style going down', () => {
    expect(down(beta({ steps: [], enableExtraWorkloadForCanary: true })).metadata.annotations[STYLE]).toBe('canary');
    expect(down(beta({ steps: [] })).metadata.annotations[STYLE]).toBe('partition');
  });

  it('shows a canary that only pod metadata asks for as canary, and keeps it one when an old client drops the metadata', () => {
    const stored = beta({ steps: [{ replicas: 1 }], patchPodTemplateMetadata: { labels: { a: 'b' } } });
    const shown = down(stored);
    expect(shown.metadata.annotations[STYLE]).toBe('canary');
    delete shown.spec.strategy.canary.patchPodTemplateMetadata;
    expect(up(shown).spec.strategy.canary).toEqual({ steps: [{ replicas: 1 }], enableExtraWorkloadForCanary: true });
  });

  it('X2 carries the TrafficRouting reference in both forms', () => {
    expect(up(alpha([{ weight: 20 }], { [SHARED]: 'lane' })).spec.strategy.canary.trafficRoutingRef).toBe('lane');
    expect(up(alpha([{ weight: 20 }], { [SHARED]: 'lane' })).metadata.annotations[SHARED]).toBe('lane');
    expect(down(beta({ steps: [], trafficRoutingRef: 'lane' })).metadata.annotations[SHARED]).toBe('lane');
  });

  it('does not leave an annotation behind on a Rollout that had only the field', () => {
    const stored = beta({ steps: [{ replicas: 1 }], trafficRoutingRef: 'lane' });
    expect(up(down(stored)).metadata.annotations).toBeUndefined();
  });

  it('lets v1alpha1 change and remove the reference', () => {
    const shown = down(beta({ steps: [{ replicas: 1 }], trafficRoutingRef: 'lane' }));
    shown.metadata.annotations[SHARED] = 'other';
    expect(up(shown).spec.strategy.canary.trafficRoutingRef).toBe('other');
    delete shown.metadata.annotations[SHARED];
    expect(up(shown).spec.strategy.canary.trafficRoutingRef).toBeUndefined();
  });
});

const PATH = { type: 'PathPrefix', value: '/foo' };
const HEADERS = [{ name: 'User-Agent', type: 'Exact', value: 'foo' }];
const modifier = { set: [{ name: 'x', value: 'gray' }] };
const rich = (): KubeObject =>
  beta({
    steps: [
      { replicas: '20%', traffic: '20%', pause: {} },
      {
        replicas: 3,
        matches: [{ path: PATH, headers: HEADERS }, { path: PATH }],
        requestHeaderModifier: modifier,
        pause: {},
      },
    ],
    trafficRoutings: [{ service: 'echo', ingress: { name: 'echo', classType: 'nginx' } }],
    patchPodTemplateMetadata: { labels: { a: 'b' } },
    analysis: { template: 'success-rate' },
  });

describe('old typed clients that write back only the fields they know (trap 1)', () => {
  it('lose nothing that v1alpha1 never showed', () => {
    const shown = down(rich());
    const { steps } = shown.spec.strategy.canary;
    delete shown.spec.strategy.canary.patchPodTemplateMetadata;
    for (const step of steps) delete step.requestHeaderModifier;
    shown.spec.strategy.paused = true;
    const { paused, canary } = up(shown).spec.strategy;
    expect(paused).toBe(true);
    expect(canary.analysis).toEqual({ template: 'success-rate' });
    expect(canary.steps[1]).toEqual({
      replicas: 3,
      matches: [{ path: PATH, headers: HEADERS }, { path: PATH }],
      pause: {},
    });
  });

  it('never turn a match by path into a match of everything', () => {
    const shown = down(rich());
    shown.spec.strategy.canary.steps[1].replicas = 4;
    expect(up(shown).spec.strategy.canary.steps[1].matches).toEqual([{ path: PATH, headers: HEADERS }, { path: PATH }]);
  });
});

describe('a v1alpha1 write wins over what is stashed', () => {
  it('removes what it can see', () => {
    const shown = down(rich());
    delete shown.spec.strategy.canary.trafficRoutings;
    delete shown.spec.strategy.canary.steps[1].matches;
    shown.spec.strategy.canary.steps[1].weight = 50;
    const { canary } = up(shown).spec.strategy;
    expect(canary.trafficRoutings).toBeUndefined();
    expect(canary.steps[1]).toMatchObject({ replicas: 3, traffic: '50%' });
    expect(canary.steps[1].matches).toBeUndefined();
  });

  it('does not give the extras of a step to another one that takes its place', () => {
    const stored = beta({
      steps: [
        { replicas: 1, analysis: 'a' },
        { replicas: 2, analysis: 'b' },
      ],
    });
    const shown = down(stored);
    shown.spec.strategy.canary.steps.shift();
    expect(up(shown).spec.strategy.canary.steps).toEqual([{ replicas: 2 }]);
    const appended = down(stored);
    appended.spec.strategy.canary.steps.push({ replicas: 3 });
    expect(up(appended).spec.strategy.canary.steps).toEqual([
      { replicas: 1, analysis: 'a' },
      { replicas: 2, analysis: 'b' },
      { replicas: 3 },
    ]);
  });

  it('replaces a hidden blueGreen by writing canary', () => {
    const shown = down(rollout('v1beta1', { workloadRef, strategy: { blueGreen: { steps: [{ replicas: '100%' }] } } }));
    shown.spec.strategy.canary = { steps: [{ weight: 20 }] };
    expect(Object.keys(up(shown).spec.strategy)).toEqual(['canary']);
  });
});

describe('X30 blue-green through v1alpha1', () => {
  const progress = { currentStepIndex: 1, currentStepState: 'StepPaused' };
  const stored = rollout(
    'v1beta1',
    {
      workloadRef,
      strategy: { blueGreen: { steps: [{ replicas: '100%', traffic: '0%' }], trafficRoutingRef: 'lane' } },
    },
    {
      status: {
        phase: 'Progressing',
        ...progress,
        blueGreenStatus: { ...progress, updatedRevision: 'v2', updatedReplicas: 5 },
      },
    },
  );

  it('survives a pause written by an old client', () => {
    const shown = down(clone(stored));
    expect(shown.spec).toEqual({ objectRef: { workloadRef }, strategy: {} });
    shown.spec.strategy.paused = true;
    const { strategy } = up(shown).spec;
    expect(strategy).toEqual({ paused: true, ...(stored.spec as Loose).strategy });
  });

  it('shows its progress as canaryStatus, where an approval is understood', () => {
    const shown = down(clone(stored));
    expect(shown.status.canaryStatus).toEqual({ ...progress, canaryRevision: 'v2', canaryReplicas: 5 });
    shown.status.canaryStatus.currentStepState = 'StepReady';
    const { status } = up(shown);
    expect(status.blueGreenStatus).toMatchObject({ currentStepState: 'StepReady', updatedRevision: 'v2' });
    expect(status.currentStepState).toBe('StepReady');
    expect(status.canaryStatus).toBeUndefined();
  });

  it('does not take an approval from the stash, which writers of metadata could forge', () => {
    const shown = down(clone(stored));
    const forged = (status: object): Loose => ({
      ...shown,
      metadata: {
        ...shown.metadata,
        annotations: {
          [STASH]: JSON.stringify([...JSON.parse(shown.metadata.annotations[STASH]), status]),
        },
      },
    });
    for (const [path, value] of [
      [['status', 'blueGreenStatus', 'currentStepState'], 'StepPaused'],
      [['status', 'currentStepState'], 'StepPaused'],
      [['status', 'phase'], 'Progressing'],
    ] as const) {
      const { status } = up(forged({ at: path, was: fingerprint(value), is: 'StepReady' }));
      expect(status.blueGreenStatus.currentStepState).toBe('StepPaused');
      expect(status.phase).toBe('Progressing');
    }
  });
});

describe('status', () => {
  it('keeps absent what old clients leave out (trap 2)', () => {
    const status = { canaryStatus: { currentStepIndex: 1, currentStepState: 'StepReady', canaryReplicas: 1 } };
    const stored = up({ ...alpha([{ weight: 20 }]), status });
    expect(Object.keys(stored.status.canaryStatus)).toEqual(Object.keys(status.canaryStatus));
    expect(stored.status).toMatchObject({ currentStepIndex: 1, currentStepState: 'StepReady' });
    expect(down(stored).status).toEqual(status);
  });
});

describe('sparse objects', () => {
  const parts = [
    undefined,
    null,
    {},
    [],
    'text',
    7,
    { strategy: null },
    { strategy: { canary: null } },
    { strategy: { canary: { steps: [null, 3] } } },
  ];
  it.each(parts.flatMap((spec) => ['v1alpha1', 'v1beta1'].map((version) => ({ version, spec }))))(
    'converts $version with spec $spec both ways',
    ({ version, spec }) => {
      for (const metadata of [undefined, null, {}, { annotations: null }]) {
        const object = clone({
          apiVersion: `rollouts.kruise.io/${version}`,
          kind: 'Rollout',
          metadata,
          spec,
        }) as unknown as KubeObject;
        const other = version === 'v1alpha1' ? 'v1beta1' : 'v1alpha1';
        const back = convert(convert(object, other), version) as Loose;
        expect(back.spec).toEqual((object as Loose).spec);
      }
    },
  );
});

describe('errors', () => {
  const good = alpha([{ weight: 20 }]);
  it.each([
    ['kind', { ...good, kind: 'Deployment' }, 'v1beta1'],
    ['kind', { ...good, kind: '__proto__' }, 'v1beta1'],
    ['apiVersion', { ...good, apiVersion: 'apps/v1' }, 'v1beta1'],
    ['desiredAPIVersion', good, 'v2'],
    ['(root)', null, 'v1beta1'],
  ])('names %s', (path, object, version) => {
    expect(() => convert(object as KubeObject, version)).toThrowError(
      expect.objectContaining({ name: 'ConversionError', field: path }) as ConversionError,
    );
  });

  it.each(['{', '{}', '[{}]', '[{"at":[]}]', '[{"at":["spec"],"in":[{}]}]'])(
    'refuses a stash edited by hand: %s',
    (text) => {
      const attempt = (): unknown => up({ ...good, metadata: { ...good.metadata, annotations: { [STASH]: text } } });
      expect(attempt).toThrowError(/Rollout default\/echo.*sluice\.dev\/v1beta1.*remove it/);
    },
  );

  it('reads stored objects even when their annotations are garbled', () => {
    const stored = beta({ steps: [{ replicas: 1 }] });
    stored.metadata.annotations = { 'sluice.dev/v1alpha1': '{', [STASH]: '{' };
    expect(down(stored).spec.strategy.canary.steps).toEqual([{ replicas: 1 }]);
  });

  it('does not follow __proto__', () => {
    const edit = JSON.stringify([{ at: ['spec', '__proto__', 'polluted'], is: true }]);
    up({ ...good, metadata: { ...good.metadata, annotations: { [STASH]: edit } } });
    expect(({} as Loose).polluted).toBeUndefined();
  });
});
