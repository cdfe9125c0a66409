// When a batch is ready, and which pod belongs to which batch.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../../../src/api/kube.ts';
import { LABEL } from '../../../../src/api/names.ts';
import { stampPods } from '../../../../src/core/batch/pod-labels.ts';
import type { Action } from '../../../../src/objects/actions.ts';
import { whatIsMissing } from '../../../../src/core/batch/readiness.ts';
import type { ReleaseView } from '../../../../src/workloads/workload.ts';

const pod = (name: string, batch?: number, id = 'r1', more: JsonObject = {}): KubeObject => ({
  metadata: {
    name,
    resourceVersion: '1',
    ...(batch === undefined ? {} : { labels: { [LABEL.rolloutId]: id, [LABEL.rolloutBatchId]: String(batch) } }),
    ...more,
  },
});
const release = (updated: number, ready: number, more: Partial<ReleaseView> = {}): ReleaseView => ({
  desired: updated,
  updated,
  ready,
  podRevision: 'h',
  podSelector: { app: 'web' },
  observed: true,
  ...more,
});
const missing = (desired: number, view: ReleaseView, more: Partial<Parameters<typeof whatIsMissing>[0]> = {}) =>
  whatIsMissing({ desired, release: view, failureThreshold: undefined, pods: [], releaseId: '', ...more })?.text;

describe('a batch', () => {
  it.each<[string, number, ReleaseView, string | undefined]>([
    ['of nothing is ready', 0, release(0, 0), undefined],
    ['is not judged by an old status', 2, release(2, 2, { observed: false }), 'the new pods are being created'],
    ['waits for its pods', 2, release(1, 1), '1 of 2 new pods exist'],
    [
      'case 07: names why the API server makes no more of them',
      2,
      release(1, 1, { refused: 'a new pod is forbidden: exceeded quota: q' }),
      '1 of 2 new pods exist; the API server makes no more: a new pod is forbidden: exceeded quota: q',
    ],
    ['is ready with all of them, whatever was refused before', 2, release(2, 2, { refused: 'quota' }), undefined],
    ['waits until they are ready', 2, release(2, 1), '1 of 2 new pods are ready'],
    ['is ready with all of them', 2, release(2, 2), undefined],
    ['is ready with more than it asked for', 2, release(3, 3), undefined],
  ])('%s', (_name, desired, view, text) => {
    expect(missing(desired, view)).toBe(text);
  });

  it.each([
    [1, 2, 1, true],
    ['50%', 4, 2, true],
    ['50%', 4, 1, false],
    ['100%', 4, 0, false],
    ['10%', 5, 4, true],
  ])('X7: with failureThreshold %s, %i pods of which %i are ready: %s', (failureThreshold, updated, ready, is) => {
    expect(missing(updated, release(updated, ready), { failureThreshold }) === undefined).toBe(is);
  });

  it('waits until its live pods carry the release id', () => {
    const going = pod('c', undefined, '', { deletionTimestamp: '2026-03-01T10:00:00Z' });
    expect(missing(2, release(2, 2), { pods: [pod('a', 1), pod('b')], releaseId: 'r1' })).toBe(
      '1 of 2 new pods carry the release id',
    );
    expect(missing(2, release(2, 2), { pods: [pod('a', 1), pod('b', 1), going], releaseId: 'r1' })).toBeUndefined();
  });

  it('names the container that cannot start', () => {
    const waiting = { name: 'main', state: { waiting: { reason: 'ImagePullBackOff' } } };
    const stuck = { ...pod('web-1'), status: { containerStatuses: [waiting] } };
    expect(missing(1, release(1, 0), { pods: [stuck] })).toBe(
      '0 of 1 new pods are ready; container main of pod web-1 waits: ImagePullBackOff',
    );
  });
});

const OLD = { [LABEL.rolloutId]: 'old', [LABEL.rolloutBatchId]: '1' };
const labelsIn = (action: Action): Record<string, string> => {
  if (action.do !== 'exactPatch') throw new Error('not an exact patch');
  const edits = action.operations.filter((one) => one.op === 'add');
  return Object.fromEntries(
    edits.map((one) => [
      one.path.replace('/metadata/labels/', '').replaceAll('~1', '/'),
      String('value' in one && one.value),
    ]),
  );
};

describe('stamping', () => {
  it('tests the pod and what its labels were, whatever its kubelet writes meanwhile', () => {
    const [action] = stampPods([{ ...pod('a', 1, 'old', { uid: 'a', labels: { ...OLD } }) }], [1], 'r1');
    expect(action?.do === 'exactPatch' && action.operations.filter(({ op }) => op === 'test')).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'a' },
      { op: 'test', path: '/metadata/labels/rollouts.kruise.io~1rollout-id', value: 'old' },
      { op: 'test', path: '/metadata/labels/rollouts.kruise.io~1rollout-batch-id', value: '1' },
    ]);
  });

  const stamps = (pods: KubeObject[], planned: number[], id = 'r1'): [string, string][] =>
    stampPods(pods, planned, id).map((action) => {
      const labels = labelsIn(action);
      expect(labels[LABEL.rolloutId]).toBe(id);
      return [action.target.name, labels[LABEL.rolloutBatchId] ?? ''];
    });

  it('fills the highest batch first, by name', () => {
    expect(stamps([pod('c'), pod('a', 1), pod('b'), pod('d')], [1, 4])).toEqual([
      ['b', '2'],
      ['c', '2'],
      ['d', '2'],
    ]);
  });

  it('replaces what is gone in its batch, and leaves pods beyond the plan alone', () => {
    expect(stamps([pod('a', 2), pod('b', 2), pod('c')], [1, 3])).toEqual([['c', '1']]);
    expect(stamps([pod('a', 1), pod('b')], [1])).toEqual([]);
  });

  it('stamps anew for another release id, and nothing without one', () => {
    expect(stamps([pod('a', 1, 'old')], [1])).toEqual([['a', '1']]);
    expect(stampPods([pod('a')], [1], '')).toEqual([]);
  });

  it('never stamps a pod twice, nor a batch beyond its size', () => {
    const arbitrary = fc.record({
      planned: fc.array(fc.nat(6), { minLength: 1, maxLength: 4 }),
      batches: fc.array(fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }), { maxLength: 10 }),
    });
    const property = fc.property(arbitrary, ({ planned, batches }) => {
      const sizes = [...planned].sort((a, b) => a - b);
      const pods = batches.map((batch, index) => pod(`p${index}`, batch));
      const made = stamps(pods, sizes);
      expect(new Set(made.map(([name]) => name)).size).toBe(made.length);
      for (const [index, size] of sizes.entries()) {
        const before = batches.filter((batch) => batch === index + 1).length;
        const added = made.filter(([, batch]) => batch === String(index + 1)).length;
        const room = Math.max(0, size - (sizes[index - 1] ?? 0) - before);
        expect(added).toBeLessThanOrEqual(room);
      }
    });
    fc.assert(property, { seed: 3, numRuns: 300 });
  });
});
