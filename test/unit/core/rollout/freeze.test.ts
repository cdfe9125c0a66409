// KeepWorkloadPausedOnRolloutDeletion: whoever ends the Rollout of a partition release keeps the workload as far as it is.

import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../src/api/kube.ts';
import { ANNOTATION, FEATURE_GATES, type Gates } from '../../../../src/api/names.ts';
import { BATCH_RELEASES, STATEFUL_SETS } from '../../../../src/api/resources.ts';
import type { BatchRelease } from '../../../../src/api/batch-release.ts';
import type { Rollout } from '../../../../src/api/rollout.ts';
import type { Action } from '../../../../src/objects/actions.ts';
import type { RolloutObserved } from '../../../../src/core/rollout/rollout-observed.ts';
import { planRollout } from '../../../../src/core/rollout/plan-rollout.ts';
import { deploymentCanary } from '../../../../src/workloads/deployment-canary.ts';
import { statefulSet } from '../../../../src/workloads/statefulset.ts';

const gates = (on: boolean): Gates =>
  Object.fromEntries(
    FEATURE_GATES.map((gate) => [gate, on && gate === 'KeepWorkloadPausedOnRolloutDeletion']),
  ) as Gates;

const workload: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: {
    name: 'db',
    namespace: 'shop',
    uid: 'db',
    generation: 2,
    resourceVersion: '7',
    annotations: {
      [ANNOTATION.inProgressing]: '{"rolloutName":"db"}',
      [ANNOTATION.heldFields]: '{"partition":null}',
      'user.example/note': 'keep me',
    },
  },
  spec: {
    replicas: 5,
    selector: { matchLabels: { app: 'db' } },
    template: { spec: { containers: [{ name: 'main', image: 'db:v2' }] } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3 } },
  },
  status: {
    observedGeneration: 2,
    replicas: 5,
    readyReplicas: 5,
    updatedReplicas: 2,
    currentRevision: 'db-1',
    updateRevision: 'db-2',
  },
};

const rollout = (reason: string, change: object): Rollout =>
  ({
    metadata: {
      name: 'db',
      namespace: 'shop',
      uid: 'rollout',
      resourceVersion: '5',
      finalizers: ['rollouts.kruise.io/rollout'],
      ...change,
    },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db' },
      strategy: { canary: { steps: [{ replicas: '40%' }, { replicas: '100%' }] } },
      ...('disabled' in change ? { disabled: true } : {}),
    },
    status: {
      phase: 'Progressing',
      conditions: [
        { type: 'Progressing', status: 'True', reason, message: '', lastUpdateTime: '', lastTransitionTime: '' },
      ],
      canaryStatus: {
        canaryRevision: reason === 'Cancelling' ? 'db-1' : 'db-2',
        stableRevision: 'db-1',
        currentStepIndex: 1,
        nextStepIndex: 2,
        currentStepState: 'StepPaused',
      },
    },
  }) as unknown as Rollout;

const release: BatchRelease = {
  metadata: {
    name: 'db',
    namespace: 'shop',
    uid: 'release',
    resourceVersion: '6',
    ownerReferences: [
      { apiVersion: 'rollouts.kruise.io/v1beta1', kind: 'Rollout', name: 'db', uid: 'rollout', controller: true },
    ],
  },
  spec: {
    workloadRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db' },
    releasePlan: {
      batches: [{ canaryReplicas: '40%' }, { canaryReplicas: '100%' }],
      batchPartition: 0,
      enableExtraWorkloadForCanary: false,
    },
  },
} as unknown as BatchRelease;

interface Case {
  on?: boolean;
  reason?: string;
  change?: object;
  has?: BatchRelease | undefined;
  object?: KubeObject;
  kind?: RolloutObserved['kind'];
}
/** What is written beside the status. */
function writes({
  on = true,
  reason = 'InRolling',
  change = { disabled: true },
  has,
  object = workload,
  kind = statefulSet,
}: Case): Action[] {
  const view = statefulSet.view(object, {});
  const { actions } = planRollout({
    now: Date.parse('2026-03-01T10:00:00Z'),
    rollout: rollout(reason, change),
    kind,
    unsupported: '',
    workload: { object, related: {}, view },
    governor: 'db',
    violations: [],
    batchRelease: has,
    stableService: undefined,
    canaryService: undefined,
    routes: {},
    shared: undefined,
    writtenAt: {},
    gates: gates(on),
  });
  return actions.filter((action) => !('subresource' in action));
}
const deleted = { deletionTimestamp: '2026-03-01T09:59:59Z' };
const frozen = { metadata: { annotations: { [ANNOTATION.inProgressing]: null } } };

describe('X40: with the gate', () => {
  it.each([{ disabled: true }, deleted])(
    '%j: the BatchRelease goes as it is, then our marks go, and the partition stays',
    (change) => {
      expect(writes({ change, has: release })).toMatchObject([{ do: 'delete', target: { resource: BATCH_RELEASES } }]);
      expect(writes({ change })).toMatchObject([{ do: 'patch', target: { resource: STATEFUL_SETS }, patch: frozen }]);
      expect(JSON.stringify(writes({ change }))).not.toContain('partition"');
    },
  );

  it('nothing more is written once the marks are gone, nor where they are of another Rollout', () => {
    for (const value of [undefined, '{"rolloutName":"other"}']) {
      const annotations = value === undefined ? {} : { [ANNOTATION.inProgressing]: value };
      expect(writes({ object: { ...workload, metadata: { ...workload.metadata, annotations } } })).toEqual([]);
    }
  });

  it('a release whose every pod is out leaves no mark either', () => {
    const { spec, status } = workload as unknown as { spec: object; status: object };
    const object = {
      ...workload,
      spec: { ...spec, updateStrategy: { rollingUpdate: { partition: 0 } } },
      status: { ...status, updatedReplicas: 5 },
    };
    expect(writes({ object })).toMatchObject([{ patch: frozen }]);
  });

  it('success and rollback are never frozen: the partition is given back', () => {
    const given = { spec: { updateStrategy: { rollingUpdate: { partition: null } } } };
    expect(writes({ reason: 'Finalising', change: {} })).toMatchObject([{ patch: given }]);
    const { spec } = workload as unknown as { spec: object };
    const object = {
      ...workload,
      spec: { ...spec },
      status: { ...(workload['status'] as object), updateRevision: 'db-1' },
    };
    expect(writes({ reason: 'Cancelling', change: {}, object })).toMatchObject([{ patch: given }]);
  });

  it('a kind whose new pods live elsewhere has nothing to freeze', () => {
    expect(deploymentCanary.freeze).toBeUndefined();
    const { freeze: _freeze, ...kind } = statefulSet;
    expect(writes({ kind, has: release })).toMatchObject([
      { do: 'patch', target: { resource: BATCH_RELEASES }, patch: { spec: { releasePlan: { batchPartition: null } } } },
    ]);
  });
});

it('without the gate the update is promoted', () => {
  expect(writes({ on: false, has: release })).toMatchObject([
    { do: 'patch', target: { resource: BATCH_RELEASES }, patch: { spec: { releasePlan: { batchPartition: null } } } },
  ]);
});
