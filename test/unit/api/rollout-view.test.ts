import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as view from '../../../src/api/rollout-view.ts';
import type { Rollout } from '../../../src/api/rollout.ts';
import { betaRollout, hostile } from './convert/arbitraries.ts';

const rollout = (strategy: object, kind = 'Deployment', annotations?: Record<string, string>): Rollout =>
  ({
    metadata: { name: 'r', ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      workloadRef: { apiVersion: kind === 'CloneSet' ? 'apps.kruise.io/v1alpha1' : 'apps/v1', kind, name: 'w' },
      strategy,
    },
  }) as unknown as Rollout;

const steps = [{ replicas: '20%', traffic: '20%', pause: { duration: 5 } }, { replicas: '100%' }];
const patchPodTemplateMetadata = { labels: { a: 'b' } };

describe('style', () => {
  it.each([
    ['canary', { canary: { steps, enableExtraWorkloadForCanary: true } }, 'Deployment'],
    ['partition', { canary: { steps, enableExtraWorkloadForCanary: true } }, 'CloneSet'],
    ['partition', { canary: { steps, enableExtraWorkloadForCanary: false, patchPodTemplateMetadata } }, 'Deployment'],
    ['canary', { canary: { steps, patchPodTemplateMetadata } }, 'Deployment'],
    ['partition', { canary: { steps } }, 'Deployment'],
    ['bluegreen', { blueGreen: { steps } }, 'Deployment'],
    ['partition', {}, 'Deployment'],
  ])('S3-12 is %s for %j on a %s', (style, strategy, kind) => {
    expect(view.styleOf(rollout(strategy, kind))).toBe(style);
  });
});

describe('X2 the shared TrafficRouting', () => {
  const key = 'rollouts.kruise.io/trafficrouting';
  it('is read from the field and from the annotation, which is the live one', () => {
    expect(view.trafficRoutingRefOf(rollout({ canary: { steps, trafficRoutingRef: 'a' } }))).toBe('a');
    expect(view.trafficRoutingRefOf(rollout({ canary: { steps } }, 'Deployment', { [key]: 'b' }))).toBe('b');
    expect(
      view.trafficRoutingRefOf(rollout({ canary: { trafficRoutingRef: 'a' } }, 'Deployment', { [key]: 'b' })),
    ).toBe('b');
    expect(view.trafficRoutingRefOf(rollout({ blueGreen: { trafficRoutingRef: 'a' } }))).toBe('a');
    expect(view.trafficRoutingRefOf(rollout({}))).toBe('');
  });
});

describe('grace period', () => {
  const graced = (...routings: object[]): number =>
    view.gracePeriodSeconds(rollout({ canary: { steps, trafficRoutings: routings } }));
  it('is 3 by default, the largest of several, and 0 where it says so', () => {
    expect(graced()).toBe(3);
    expect(graced({ service: 'a' })).toBe(3);
    expect(graced({ gracePeriodSeconds: 0 })).toBe(0);
    expect(graced({ gracePeriodSeconds: 5 }, { gracePeriodSeconds: 7 })).toBe(7);
  });
});

describe('strategy hash', () => {
  const hash = (strategy: object): string => view.strategyHash(rollout(strategy));
  const base = { canary: { steps } };
  it('stays when only pauses, thresholds, paused or pod metadata change', () => {
    const [first, second] = steps;
    for (const same of [
      { paused: true, ...base },
      { canary: { steps: [{ ...first, pause: {} }, second] } },
      { canary: { steps, failureThreshold: '10%' } },
      { canary: { steps, patchPodTemplateMetadata } },
    ]) {
      expect(hash(same)).toBe(hash(base));
    }
  });
  it('changes with steps, routing and style', () => {
    const others = [
      { canary: { steps: steps.slice(1) } },
      { canary: { steps: [{ ...steps[0], traffic: '30%' }, steps[1]] } },
      { canary: { steps, trafficRoutings: [{ service: 'a' }] } },
      { canary: { steps, enableExtraWorkloadForCanary: true } },
      { blueGreen: { steps } },
    ];
    expect(new Set([base, ...others].map(hash)).size).toBe(others.length + 1);
  });
  it('is made of letters that cannot spell words', () => {
    expect(hash(base)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{64}$/);
  });
});

it('no reader throws, whatever a Rollout holds', () => {
  const readers = Object.values(view).filter((value) => typeof value === 'function');
  fc.assert(
    fc.property(hostile(betaRollout), (object) => {
      for (const reader of readers) (reader as (rollout: never) => unknown)(object as never);
    }),
  );
});
