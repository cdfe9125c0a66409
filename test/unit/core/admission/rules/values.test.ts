// Values that mean nothing are refused when they are written, and count as they did where they are stored.

import { describe, expect, it } from 'vitest';
import type { Rollout } from '../../../../../src/api/rollout.ts';
import { validateRollout, type Violation } from '../../../../../src/core/admission/rules/index.ts';
import { patternProblem } from '../../../../../src/core/admission/rules/values.ts';

const settings = { partitionPercentLimit: 50, filterWorkloadType: true };
const rollout = (step: object, strategy: object = {}): Rollout =>
  ({
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: { name: 'echo', namespace: 'default' },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'echo' },
      strategy: { canary: { steps: [{ replicas: 1, ...step }], enableExtraWorkloadForCanary: true, ...strategy } },
    },
  }) as unknown as Rollout;
const judge = (object: Rollout, stored?: boolean): Violation[] =>
  validateRollout({ rollout: object, siblings: [], settings, ...(stored === undefined ? {} : { stored }) });
const header = (value: string, type = 'RegularExpression') => ({
  matches: [{ headers: [{ name: 'x', type, value }] }],
});
const query = (value: string) => ({ matches: [{ queryParams: [{ name: 'x', type: 'RegularExpression', value }] }] });

const STEP = 'spec.strategy.canary.steps[0]';
const BAD: [string, Rollout, string][] = [
  ['a negative pause', rollout({ pause: { duration: -5 } }), `pause-duration ${STEP}.pause.duration`],
  ['half a second', rollout({ pause: { duration: 0.5 } }), `pause-duration ${STEP}.pause.duration`],
  [
    'more than all pods',
    rollout({}, { failureThreshold: '200%' }),
    'failure-threshold spec.strategy.canary.failureThreshold',
  ],
  [
    'fewer than no pods',
    rollout({}, { failureThreshold: -1 }),
    'failure-threshold spec.strategy.canary.failureThreshold',
  ],
  ['a word', rollout({}, { failureThreshold: 'some' }), 'failure-threshold spec.strategy.canary.failureThreshold'],
  ['an open group and set', rollout(header('([')), `match-pattern ${STEP}.matches[0].headers[0].value`],
  ['an open group in a query', rollout(query('(a')), `match-pattern ${STEP}.matches[0].queryParams[0].value`],
];

describe('values that mean nothing', () => {
  it.each(BAD)('%s is refused by field, with the remedy', (_what, object, expected) => {
    const [violation, ...more] = judge(object);
    expect(`${violation?.rule} ${violation?.field}`).toBe(expected);
    expect(violation?.remedy).not.toBe('');
    expect(more).toEqual([]);
  });

  it.each(BAD)('%s that is stored goes on as it did', (_what, object) => {
    expect(judge(object, true)).toEqual([]);
  });

  it.each(BAD)('%s that was there before does not keep anything else from being edited', (_what, object) => {
    const old = { ...object, spec: { ...object.spec, strategy: structuredClone(object.spec.strategy) } } as Rollout;
    (old.spec.strategy as { canary: { trafficRoutings?: unknown } }).canary.trafficRoutings = [];
    expect(validateRollout({ rollout: object, old, siblings: [], settings })).toEqual([]);
  });

  it.each([
    ['no end of a pause', rollout({ pause: {} })],
    ['a pause of nothing', rollout({ pause: { duration: 0 } })],
    ['no threshold', rollout({}, { failureThreshold: 0 })],
    ['all pods', rollout({}, { failureThreshold: '100%' })],
    ['a number as text', rollout({}, { failureThreshold: '3' })],
    ['an exact text with a bracket', rollout(header('([', 'Exact'))],
  ])('%s is accepted', (_what, object) => {
    expect(judge(object)).toEqual([]);
  });
});

describe('patterns', () => {
  it.each([
    'a.*',
    '(?i)abc',
    '[]a]',
    '[^]a]',
    String.raw`\(`,
    String.raw`[\]]`,
    String.raw`\Q[(\E`,
    String.raw`\Q(`,
    '(?P<v>a)',
    'a++',
    '^$',
    '[a(b]',
    '',
  ])('%j may be one', (pattern) => {
    expect(patternProblem(pattern)).toBeUndefined();
  });

  it.each(['([', '(', ')', 'a)b(', '[a', '[]', '[^]', '\\', '(a[)])('])('%j is none', (pattern) => {
    expect(patternProblem(pattern)).toBeTypeOf('string');
  });
});
