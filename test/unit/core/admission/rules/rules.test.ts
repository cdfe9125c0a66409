import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert } from '../../../../../src/api/convert/index.ts';
import type { KubeObject } from '../../../../../src/api/kube.ts';
import type { Rollout } from '../../../../../src/api/rollout.ts';
import { formatViolations, validateRollout, type RuleInput } from '../../../../../src/core/admission/rules/index.ts';
import { alphaRollout, betaRollout, hostile } from '../../../api/convert/arbitraries.ts';

const settings = { partitionPercentLimit: 50, filterWorkloadType: true };
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'echo' };
const STYLE = 'rollouts.kruise.io/rolling-style';
const step = (replicas: unknown, more: object = {}): object => ({ replicas, ...more });

const rollout = (
  strategy: unknown,
  more: { ref?: object; name?: string; spec?: object; status?: object } = {},
): Rollout =>
  ({
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: { name: more.name ?? 'echo', namespace: 'default' },
    spec: { workloadRef: more.ref ?? DEPLOYMENT, strategy, ...more.spec },
    ...(more.status === undefined ? {} : { status: more.status }),
  }) as unknown as Rollout;
const canary = (...steps: object[]): object => ({ canary: { steps, enableExtraWorkloadForCanary: true } });
const partition = (...steps: object[]): object => ({ canary: { steps, enableExtraWorkloadForCanary: false } });
const blueGreen = (...steps: object[]): object => ({ blueGreen: { steps } });
const routed = (...trafficRoutings: unknown[]): object => ({ canary: { steps: [step(1)], trafficRoutings } });

const judge = (object: Rollout, more: Partial<RuleInput> = {}): string[] =>
  validateRollout({ rollout: object, siblings: [], settings, ...more }).map(({ rule, field }) => `${rule} ${field}`);

describe('v1beta1 rules', () => {
  const good: [string, Rollout][] = [
    ['a canary', rollout(canary(step('20%', { traffic: '20%' }), step('100%')))],
    ['equal steps', rollout(canary(step('20%'), step('20%')))],
    ['steps of different types', rollout(canary(step('50%'), step(1), step(2), step('10%')))],
    ['numbers above 100', rollout(canary(step(150)))],
    [
      'blue-green without traffic at first',
      rollout(blueGreen(step('100%', { traffic: '0%' }), step('100%', { traffic: '100%' }))),
    ],
    [
      'blue-green on a CloneSet',
      rollout(blueGreen(step(1)), { ref: { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'CloneSet', name: 'c' } }),
    ],
    ['partition with half of the pods and traffic', rollout(partition(step('50%', { traffic: '50%' })))],
    ['partition with many pods and no traffic', rollout(partition(step('90%')))],
    ['partition with many pods as a number', rollout(partition(step(90, { traffic: '50%' })))],
    ['canary with many pods and traffic', rollout(canary(step('90%', { traffic: '90%' })))],
    ['a routing', rollout(routed({ service: 's', gracePeriodSeconds: 0, ingress: { name: 'i' } }))],
    ['a routing by Gateway', rollout(routed({ service: 's', gateway: { httpRouteName: 'r' } }))],
    [
      'a routing by script',
      rollout(routed({ service: 's', customNetworkRefs: [{ apiVersion: 'a', kind: 'k', name: 'n' }] })),
    ],
    ...['ReplicaSet', 'StatefulSet', 'DaemonSet'].map((kind): [string, Rollout] => [
      kind,
      rollout(canary(step(1)), { ref: { apiVersion: 'apps/v1', kind, name: 'w' } }),
    ]),
    ...['CloneSet', 'StatefulSet', 'DaemonSet'].map((kind): [string, Rollout] => [
      `Kruise ${kind}`,
      rollout(canary(step(1)), { ref: { apiVersion: 'apps.kruise.io/v1beta1', kind, name: 'w' } }),
    ]),
  ];
  it.each(good)('accept %s', (_what, object) => {
    expect(judge(object)).toEqual([]);
  });

  const STEPS = 'spec.strategy.canary.steps';
  const ROUTING = 'spec.strategy.canary.trafficRoutings';
  const bad: [string, Rollout, string[]][] = [
    [
      'an unknown kind',
      rollout(canary(step(1)), { ref: { apiVersion: 'batch/v1', kind: 'Job', name: 'j' } }),
      ['supported-kind spec.workloadRef'],
    ],
    [
      'no name',
      rollout(canary(step(1)), { ref: { apiVersion: 'apps/v1', kind: 'Deployment' } }),
      ['workload-ref spec.workloadRef'],
    ],
    [
      'blue-green on a StatefulSet',
      rollout(blueGreen(step(1)), { ref: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 's' } }),
      ['blue-green-kind spec.workloadRef'],
    ],
    ['no strategy', rollout({}), ['one-strategy spec.strategy']],
    ['two strategies', rollout({ ...canary(step(1)), ...blueGreen(step(1)) }), ['one-strategy spec.strategy']],
    ['no steps', rollout(canary()), [`has-steps ${STEPS}`]],
    ['no steps in blue-green', rollout(blueGreen()), ['has-steps spec.strategy.blueGreen.steps']],
    ...[undefined, null, 0, -1, '0%', '101%', '5', 'x', 1.5, {}].map((size): [string, Rollout, string[]] => [
      `a step of ${JSON.stringify(size)}`,
      rollout(canary(step(size))),
      [`step-size ${STEPS}[0].replicas`],
    ]),
    ['a shrinking percentage', rollout(canary(step('50%'), step('20%'))), [`growing-steps ${STEPS}[1].replicas`]],
    ['a shrinking number', rollout(canary(step(5), step(2))), [`growing-steps ${STEPS}[1].replicas`]],
    ...['0%', '101%', '20', '', 'x', 20].map((traffic): [string, Rollout, string[]] => [
      `traffic ${JSON.stringify(traffic)}`,
      rollout(canary(step(1, { traffic }))),
      [`traffic-percent ${STEPS}[0].traffic`],
    ]),
    [
      'blue-green traffic above all',
      rollout(blueGreen(step(1, { traffic: '101%' }))),
      ['traffic-percent spec.strategy.blueGreen.steps[0].traffic'],
    ],
    [
      'a partition step that leaves too few pods',
      rollout(partition(step('51%', { traffic: '50%' }))),
      [`partition-traffic ${STEPS}[0].replicas`],
    ],
    [
      'the same with matches',
      rollout(partition(step('51%', { matches: [{}] }))),
      [`partition-traffic ${STEPS}[0].replicas`],
    ],
    [
      'the same in canary on a StatefulSet, which is partition in fact',
      rollout(canary(step('51%', { traffic: '1%' })), {
        ref: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 's' },
      }),
      [`partition-traffic ${STEPS}[0].replicas`],
    ],
    [
      'two routings',
      rollout(routed({ service: 'a', ingress: { name: 'i' } }, { service: 'b', ingress: { name: 'i' } })),
      [`traffic-routing ${ROUTING}`],
    ],
    [
      'a negative grace',
      rollout(routed({ service: 'a', gracePeriodSeconds: -1, ingress: { name: 'i' } })),
      [`traffic-routing ${ROUTING}[0].gracePeriodSeconds`],
    ],
    ['no Service', rollout(routed({ service: '', ingress: { name: 'i' } })), [`traffic-routing ${ROUTING}[0].service`]],
    ['no route', rollout(routed({ service: 'a' })), [`traffic-routing ${ROUTING}[0]`]],
    [
      'a nameless Ingress',
      rollout(routed({ service: 'a', ingress: { name: '' } })),
      [`traffic-routing ${ROUTING}[0].ingress.name`],
    ],
    [
      'a nameless HTTPRoute',
      rollout(routed({ service: 'a', gateway: {} })),
      [`traffic-routing ${ROUTING}[0].gateway.httpRouteName`],
    ],
  ];
  it.each(bad)('refuse %s', (_what, object, expected) => {
    expect(judge(object)).toEqual(expected);
  });

  it('follow the settings', () => {
    const job = rollout(canary(step(1)), { ref: { apiVersion: 'batch/v1', kind: 'Job', name: 'j' } });
    expect(judge(job, { settings: { ...settings, filterWorkloadType: false } })).toEqual([]);
    const large = rollout(partition(step('80%', { traffic: '10%' })));
    expect(judge(large, { settings: { ...settings, partitionPercentLimit: 80 } })).toEqual([]);
  });

  it('leave out what only binds writers when the controller judges', () => {
    const stored = rollout(canary(step(1, { traffic: '0%' })));
    const siblings = [rollout(canary(step(1)), { name: 'other' })];
    expect(judge(stored, { siblings, stored: true })).toEqual([]);
    expect(judge(rollout(canary(step(0))), { stored: true })).toHaveLength(1);
  });
});

describe('one workload, one Rollout', () => {
  const mine = rollout(canary(step(1)));
  const other = (ref: object, more: object = {}): Rollout =>
    rollout(canary(step(1)), { name: 'other', ref, spec: more });

  it('X22 finds a conflict whatever version of the API both name', () => {
    expect(judge(mine, { siblings: [mine, other({ ...DEPLOYMENT, apiVersion: 'apps/v1beta2' })] })).toEqual([
      'one-rollout spec.workloadRef',
    ]);
  });

  it('counts disabled Rollouts', () => {
    expect(judge(mine, { siblings: [other(DEPLOYMENT, { disabled: true })] })).toHaveLength(1);
  });

  it('does not count itself, other workloads or other namespaces', () => {
    const elsewhere = other(DEPLOYMENT);
    elsewhere.metadata.namespace = 'elsewhere';
    const siblings = [
      mine,
      other({ ...DEPLOYMENT, name: 'b' }),
      other({ ...DEPLOYMENT, kind: 'StatefulSet' }),
      elsewhere,
    ];
    expect(judge(mine, { siblings })).toEqual([]);
  });
});

describe.each(['Progressing', 'Terminating'])('while %s', (phase) => {
  const routing = [{ service: 's', ingress: { name: 'i' } }];
  const old = rollout(
    { canary: { steps: [step('20%'), step('50%')], trafficRoutings: routing } },
    { status: { phase } },
  );
  const next = (patch: object, spec: object = {}): Rollout =>
    rollout({ canary: { steps: [step('20%'), step('50%')], trafficRoutings: routing, ...patch } }, { spec });

  it.each([
    ['the workload', next({}, { workloadRef: { ...DEPLOYMENT, name: 'b' } }), 'frozen-while-busy spec.workloadRef'],
    ['the style', next({ enableExtraWorkloadForCanary: true }), 'frozen-while-busy spec.strategy'],
    ['the style, by pod metadata', next({ patchPodTemplateMetadata: {} }), 'frozen-while-busy spec.strategy'],
    ['the number of steps', next({ steps: [step('20%')] }), 'frozen-while-busy spec.strategy.canary.steps'],
    ['the routing', next({ trafficRoutings: undefined }), 'frozen-while-busy spec.strategy.canary.trafficRoutings'],
  ])('refuses to change %s', (_what, object, expected) => {
    expect(judge(object, { old })).toEqual([expected]);
  });

  it('allows sizes, traffic, pauses, thresholds, paused and disabled to change', () => {
    const changed = next({
      steps: [step('30%', { pause: { duration: 5 }, traffic: '5%' }), step(9)],
      failureThreshold: 1,
    });
    expect(judge(changed, { old })).toEqual([]);
    expect(judge(next({}, { disabled: true }), { old })).toEqual([]);
  });

  const open = (reason: string): Rollout =>
    ({ ...old, status: { phase, conditions: [{ type: 'PlanOpen', status: 'True', reason }] } }) as unknown as Rollout;

  it.each(['HoldAnswered', 'Held'])('allows every edit of the plan until step 1 begins: %s', (reason) => {
    expect(judge(next({ steps: [step('20%')] }), { old: open(reason) })).toEqual([]);
    expect(judge(next({ trafficRoutings: undefined }), { old: open(reason) })).toEqual([]);
    expect(judge(next({ enableExtraWorkloadForCanary: true }), { old: open(reason) })).toEqual([
      'frozen-while-busy spec.strategy',
    ]);
    expect(judge(next({}, { workloadRef: { ...DEPLOYMENT, name: 'b' } }), { old: open(reason) })).toEqual([
      'frozen-while-busy spec.workloadRef',
    ]);
  });

  it('allows everything again afterwards', () => {
    const idle = { ...old, status: { phase: 'Healthy' } };
    expect(judge(next({ steps: [step('20%')] }), { old: idle })).toEqual([]);
  });
});

it('case 26: in a namespace that is left out a Rollout is told that nothing is held, also where it is stored', () => {
  const leftOut = { settings: { ...settings, leftOut: ['default'] } };
  expect(judge(rollout(canary(step(1))), leftOut)).toEqual(['held-namespace metadata.namespace']);
  expect(judge(rollout(canary(step(1))), { ...leftOut, stored: true })).toEqual(['held-namespace metadata.namespace']);
  expect(judge(rollout(canary(step(1))), { settings: { ...settings, leftOut: ['kube-system'] } })).toEqual([]);
});

describe('updates that leave the spec alone', () => {
  it('are never refused, also on a Rollout that breaks every rule', () => {
    const broken = rollout(
      { canary: { steps: [step(0)], trafficRoutings: [{}, {}] } },
      { ref: { kind: 'Job' }, status: { phase: 'Terminating' } },
    );
    expect(judge(broken)).not.toEqual([]);
    const released = { ...broken, metadata: { ...broken.metadata, finalizers: [] } };
    expect(judge(released, { old: broken })).toEqual([]);
    const disabled = rollout(
      { ...(broken.spec.strategy as object), paused: true },
      { ref: { kind: 'Job' }, spec: { disabled: true } },
    );
    expect(judge(disabled, { old: broken })).toEqual([]);
  });

  it('are never refused, whatever the object holds', () => {
    fc.assert(
      fc.property(hostile(betaRollout), (object) => {
        const old = object as Rollout;
        expect(judge({ ...old, metadata: { ...old.metadata, finalizers: [] } }, { old, siblings: [old] })).toEqual([]);
      }),
    );
  });
});

describe('v1alpha1 rules', () => {
  const alpha = (steps: unknown[] | undefined, style?: string, extra: object = {}): KubeObject => ({
    apiVersion: 'rollouts.kruise.io/v1alpha1',
    kind: 'Rollout',
    metadata: {
      name: 'echo',
      namespace: 'default',
      ...(style === undefined ? {} : { annotations: { [STYLE]: style } }),
    },
    spec: {
      objectRef: { workloadRef: DEPLOYMENT },
      strategy: steps === undefined ? {} : { canary: { steps, ...extra } },
    },
  });
  const judgeAlpha = (v1alpha1: KubeObject, more: Partial<RuleInput> = {}): string[] =>
    judge(convert(v1alpha1, 'v1beta1') as Rollout, { v1alpha1, ...more });
  const STEPS = 'spec.strategy.canary.steps';
  const trafficRoutings = [{ service: 's', ingress: { name: 'i' } }];

  it.each([
    ['weights', alpha([{ weight: 20 }, { weight: 100 }])],
    ['replicas without a weight', alpha([{ replicas: 1 }])],
    ['weight 0 beside replicas', alpha([{ weight: 0, replicas: 1 }])],
    [
      'a falling weight without routing',
      alpha([
        { weight: 50, replicas: 1 },
        { weight: 20, replicas: 2 },
      ]),
    ],
    ['style Canary', alpha([{ weight: 20 }], 'Canary')],
    ['an empty style', alpha([{ weight: 20 }], '')],
  ])('accept %s', (_what, object) => {
    expect(judgeAlpha(object)).toEqual([]);
  });

  it.each([
    ['no canary', alpha(undefined), ['one-strategy spec.strategy.canary']],
    ['an unknown style', alpha([{ weight: 20 }], 'blue'), [`rolling-style metadata.annotations[${STYLE}]`]],
    ['no steps', alpha([]), [`has-steps ${STEPS}`]],
    ['a step without a size', alpha([{}]), [`step-size ${STEPS}[0]`]],
    ['weight 0', alpha([{ weight: 0 }]), [`step-size ${STEPS}[0].weight`]],
    ['weight 101', alpha([{ weight: 101 }]), [`step-size ${STEPS}[0].weight`]],
    ['replicas of nothing', alpha([{ weight: 20, replicas: '0%' }]), [`step-size ${STEPS}[0].replicas`]],
    [
      'a weight above the limit in partition style',
      alpha([{ weight: 51 }], 'partition'),
      [`partition-traffic ${STEPS}[0].weight`],
    ],
    ['a falling size', alpha([{ weight: 50 }, { weight: 20 }]), [`growing-steps ${STEPS}[1].weight`]],
    [
      'a falling weight with routing',
      alpha(
        [
          { weight: 50, replicas: 1 },
          { weight: 20, replicas: 2 },
        ],
        undefined,
        { trafficRoutings },
      ),
      [`growing-weight ${STEPS}[1].weight`],
    ],
    [
      'no workload',
      { ...alpha([{ weight: 20 }]), spec: { strategy: { canary: { steps: [{ weight: 20 }] } } } },
      ['workload-ref spec.objectRef.workloadRef'],
    ],
  ])('refuse %s', (_what, object, expected) => {
    expect(judgeAlpha(object)).toEqual(expected);
  });

  it('X33 the number of steps is free during a release, the rolling style is not', () => {
    const old = {
      ...convert(alpha([{ weight: 20 }, { weight: 100 }]), 'v1beta1'),
      status: { phase: 'Progressing' },
    } as Rollout;
    expect(judgeAlpha(alpha([{ weight: 100 }]), { old })).toEqual([]);
    expect(judgeAlpha(alpha([{ weight: 40 }, { weight: 100 }]), { old })).toEqual([]);
    expect(judgeAlpha(alpha([{ weight: 20 }, { weight: 100 }], 'partition'), { old })).toContain(
      `frozen-while-busy metadata.annotations[${STYLE}]`,
    );
  });

  it('X33 the texts name the limit that is set', () => {
    const v1alpha1 = alpha([{ weight: 51 }], 'partition');
    const input = { rollout: convert(v1alpha1, 'v1beta1') as Rollout, v1alpha1, siblings: [], settings };
    expect(formatViolations(validateRollout(input))).toContain('at most 50% of the pods');
  });

  it('X30 a pause of a blue-green Rollout through v1alpha1 passes', () => {
    const stored = rollout(blueGreen(step('100%')));
    const v1alpha1 = convert(stored, 'v1alpha1');
    (v1alpha1['spec'] as { strategy: object }).strategy = { paused: true };
    expect(judgeAlpha(v1alpha1)).toEqual([]);
  });

  it('a wrong style is refused also when nothing else changes, but not when it was there before', () => {
    const old = convert(alpha([{ weight: 20 }]), 'v1beta1') as Rollout;
    expect(judgeAlpha(alpha([{ weight: 20 }], 'blue'), { old })).toHaveLength(1);
    const garbled = convert(alpha([{ weight: 20 }], 'blue'), 'v1beta1') as Rollout;
    expect(judgeAlpha(alpha([{ weight: 20 }], 'blue'), { old: garbled })).toEqual([]);
  });
});

describe('whatever a request holds', () => {
  it('no rule throws, and every violation explains itself', () => {
    fc.assert(
      fc.property(hostile(betaRollout), hostile(betaRollout), hostile(alphaRollout), (one, two, v1alpha1) => {
        const inputs: RuleInput[] = [
          { rollout: one as Rollout, old: two as Rollout, siblings: [two as Rollout], settings },
          { rollout: convert(v1alpha1, 'v1beta1') as Rollout, v1alpha1, siblings: [], settings },
        ];
        for (const input of inputs) {
          const violations = validateRollout(input);
          for (const { rule, field, message, remedy } of violations) {
            expect([rule, field, message, remedy].every((text) => text !== '')).toBe(true);
          }
          expect(formatViolations(violations) === '').toBe(violations.length === 0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    undefined,
    null,
    'text',
    [],
    {},
    { metadata: null, spec: null },
    JSON.parse('{"spec":{"__proto__":{"strategy":1}}}'),
  ])('judges %j', (value) => {
    const object = value as unknown as Rollout;
    expect(() =>
      validateRollout({ rollout: object, old: object, siblings: [object], settings, v1alpha1: value }),
    ).not.toThrow();
    expect(judge(object, { siblings: [object] })).not.toEqual([]);
  });
});

describe('texts', () => {
  it('name field, value, rule and remedy', () => {
    const violations = validateRollout({ rollout: rollout(canary(step('101%'))), siblings: [], settings });
    expect(formatViolations(violations)).toBe(
      'spec.strategy.canary.steps[0].replicas is "101%": a step cannot release more than all pods (rule step-size); ' +
        'use a number above 0, or a percentage from 1% to 100%',
    );
  });

  it('cut long values', () => {
    const violations = validateRollout({ rollout: rollout(canary(step('x'.repeat(5000)))), siblings: [], settings });
    expect(formatViolations(violations).length).toBeLessThan(400);
  });
});
