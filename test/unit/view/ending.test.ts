import { describe, expect, it } from 'vitest';
import type { Rollout } from '../../../src/api/rollout.ts';
import { endingOf, type Ending } from '../../../src/view/ending.ts';
import type { WorkloadView } from '../../../src/workloads/workload.ts';
import { IDLE, PAUSED, rollout, type RolloutParts } from '../cli/objects.ts';

const condition = (type: string, status: string) => ({ type, status, reason: 'Because', message: 'of that' });
const workload = (change: Partial<WorkloadView> = {}): WorkloadView =>
  ({
    replicas: 5,
    status: { replicas: 5, updated: 2, ready: 5, available: 4 },
    settled: true,
    inProgress: undefined,
    ...change,
  }) as WorkloadView;
const healthy = (...conditions: object[]): object => ({ ...IDLE, message: 'm', conditions });

describe('a release', () => {
  it.each<[string, RolloutParts, WorkloadView | undefined, Ending]>([
    ['that Sluice has not seen waits', {}, undefined, { is: 'waits', why: 'Sluice has not seen it yet' }],
    [
      'that needs a person waits',
      { status: PAUSED },
      workload(),
      { is: 'waits', why: 'step 1 of 2, StepPaused: it waits for an approval' },
    ],
    [
      'that a person paused waits',
      { status: PAUSED, strategy: { paused: true } },
      workload(),
      { is: 'waits', why: 'step 1 of 2, StepPaused: paused by spec.strategy.paused' },
    ],
    [
      'whose update is held waits',
      { status: IDLE },
      workload({ inProgress: 'echoserver' }),
      { is: 'waits', why: 'the update is held' },
    ],
    [
      'of pods that are not done waits',
      { status: IDLE },
      workload({ settled: false }),
      { is: 'waits', why: '2 of 5 pods of the workload are updated, 4 available' },
    ],
    [
      'that succeeded is done',
      { status: healthy(condition('Succeeded', 'True')) },
      workload(),
      { is: 'done', why: '' },
    ],
    ['that never was counts as done', { status: IDLE }, undefined, { is: 'done', why: '' }],
    [
      'that was cancelled has failed',
      { status: healthy(condition('Succeeded', 'False')) },
      workload(),
      { is: 'failed', why: 'was cancelled: m' },
    ],
    [
      'of a disabled Rollout fails',
      { status: { ...IDLE, phase: 'Disabled' } },
      workload(),
      { is: 'failed', why: 'is disabled: its workload rolls out without steps' },
    ],
  ])('%s', (_what, parts, view, ending) => {
    expect(endingOf(rollout(parts) as unknown as Rollout, view)).toEqual(ending);
  });

  it('of a Rollout that is gone has failed', () => {
    expect(endingOf(undefined, workload())).toEqual({ is: 'failed', why: 'has been deleted' });
  });
});
