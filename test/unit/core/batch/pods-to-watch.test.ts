import { describe, expect, it } from 'vitest';
import type { BatchRelease } from '../../../../src/api/batch-release.ts';
import type { KubeObject } from '../../../../src/api/kube.ts';
import { isNews, podsToWatch } from '../../../../src/core/batch/pods-to-watch.ts';
import { factsOf } from '../../../../src/objects/pod-facts.ts';

const release = (phase?: string): BatchRelease =>
  ({
    metadata: { name: 'shop', namespace: 'shop' },
    spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, releasePlan: {} },
    ...(phase === undefined ? {} : { status: { phase } }),
  }) as unknown as BatchRelease;
const selector = { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'Exists' }] };
const workload = (spec: object = { selector }): KubeObject => ({ metadata: { name: 'web', namespace: 'shop' }, spec });

describe('pods to watch', () => {
  it.each([undefined, 'Preparing', 'Progressing', 'Finalizing'])(
    'are all that the selector of the workload finds, in phase %s',
    (phase) => {
      expect(podsToWatch(release(phase), workload())).toEqual({ namespace: 'shop', labels: selector });
    },
  );

  it.each<[string, BatchRelease, KubeObject | undefined]>([
    ['of a release that is completed', release('Completed'), workload()],
    ['of a workload that is not there', release('Progressing'), undefined],
    ['of a workload without selector: all of a namespace are none of its own', release('Progressing'), workload({})],
  ])('are none: %s', (_why, batchRelease, object) => {
    expect(podsToWatch(batchRelease, object)).toBeUndefined();
  });
});

describe('a change of a pod', () => {
  const pod = (resourceVersion: string, status: object = {}, labels: Record<string, string> = { app: 'web' }) =>
    factsOf({ metadata: { name: 'a', namespace: 'shop', uid: 'a', resourceVersion, labels }, status });
  const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
  const failing = { containerStatuses: [{ name: 'main', state: { waiting: { reason: 'ImagePullBackOff' } } }] };

  it.each<[string, KubeObject | undefined, KubeObject | undefined, boolean]>([
    ['that it came', undefined, pod('1'), true],
    ['that it went', pod('1'), undefined, true],
    ['that it became ready', pod('1'), pod('2', ready), true],
    ['that it cannot start', pod('1'), pod('2', failing), true],
    ['another label', pod('1'), pod('2', {}, { app: 'web', 'rollouts.kruise.io/rollout-id': 'x' }), true],
    ['another version alone', pod('1', ready), pod('2', ready), false],
    ['what no release reads', pod('1', ready), pod('2', { ...ready, podIP: '10.0.0.1' }), false],
  ])('%s', (_what, before, after, news) => {
    expect(isNews(before, after)).toBe(news);
  });
});
