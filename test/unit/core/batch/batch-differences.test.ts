// What a BatchRelease's status may tell later, and what never.

import { describe, expect, test } from 'vitest';
import type { BatchReleaseStatus, BatchStatus } from '../../../../src/api/batch-release.ts';
import { differInBatchCountsAlone, isFoundAgain, isOnTheWay } from '../../../../src/core/batch/batch-differences.ts';

const VERIFYING: BatchReleaseStatus = {
  phase: 'Progressing',
  updateRevision: 'v2',
  stableRevision: 'v1',
  observedReleasePlanHash: 'a',
  message: 'batch 1: 1 of 5 new pods are ready',
  canaryStatus: { batchState: 'Verifying', currentBatch: 0, updatedReplicas: 5, updatedReadyReplicas: 1 },
};
const READY: BatchReleaseStatus = { ...VERIFYING, canaryStatus: { ...VERIFYING.canaryStatus, batchState: 'Ready' } };
const but = (status: BatchReleaseStatus, change: BatchReleaseStatus, batch: BatchStatus = {}): BatchReleaseStatus => ({
  ...status,
  ...change,
  canaryStatus: { ...status.canaryStatus, ...batch },
});

describe('before a write that is found again', () => {
  test('a batch, its state and its counts are told later', () => {
    const after = but(VERIFYING, { observedReleasePlanHash: 'b' }, { batchState: 'Upgrading', currentBatch: 1 });
    expect(isFoundAgain(READY, after)).toBe(true);
  });

  test.each<[string, BatchReleaseStatus, BatchStatus]>([
    ['the revision', { updateRevision: 'v3' }, {}],
    ['the stable revision', { stableRevision: 'v0' }, {}],
    ['a name that was taken', { collisionCount: 1 }, {}],
    ['pods that need no update', {}, { noNeedUpdateReplicas: 2 }],
    ['that pods to leave alone are counted', { phase: 'Preparing' }, {}],
  ])('%s is not', (_what, change, batch) => {
    expect(isFoundAgain(VERIFYING, but(VERIFYING, change, batch))).toBe(false);
    expect(isOnTheWay(VERIFYING, but(VERIFYING, change, batch))).toBe(false);
  });
});

describe('on the way to a size', () => {
  test.each<[string, BatchReleaseStatus, BatchReleaseStatus]>([
    ['counts', VERIFYING, but(VERIFYING, { message: 'more' }, { updatedReadyReplicas: 2 })],
    ['the state of a batch that is not ready', VERIFYING, but(VERIFYING, {}, { batchState: 'Upgrading' })],
    ['the beginning of the next batch', READY, but(VERIFYING, { observedReleasePlanHash: 'b' }, { currentBatch: 1 })],
    ['that it ends', READY, but(READY, { phase: 'Finalizing' })],
  ])('%s may wait', (_what, before, after) => {
    expect(isOnTheWay(before, after)).toBe(true);
  });

  test.each<[string, BatchReleaseStatus, BatchReleaseStatus]>([
    ['that a batch is ready', VERIFYING, READY],
    ['that a batch is ready no more', READY, VERIFYING],
    ['that it has ended', but(READY, { phase: 'Finalizing' }), but(READY, { phase: 'Completed' })],
    ['an obstacle', VERIFYING, but(VERIFYING, { conditions: [] })],
  ])('%s may not', (_what, before, after) => {
    expect(isOnTheWay(before, after)).toBe(false);
  });
});

describe('made by hand', () => {
  test('only counts and their text may wait', () => {
    expect(differInBatchCountsAlone(VERIFYING, but(VERIFYING, { message: 'x' }, { updatedReplicas: 6 }))).toBe(true);
    expect(differInBatchCountsAlone(VERIFYING, but(VERIFYING, {}, { batchState: 'Upgrading' }))).toBe(false);
    expect(differInBatchCountsAlone(READY, but(READY, { observedReleasePlanHash: 'b' }))).toBe(false);
  });
});
