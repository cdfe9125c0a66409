// One fixture a kind and style: what a user applied, and what the kind needs to see beside it. A new implementation adds one.

import type { KubeObject } from '../../src/api/kube.ts';
import type { Related } from '../../src/workloads/workload.ts';
import { deployment, replicaSet } from '../unit/workloads/objects.ts';
import { controllerRevision, statefulSet } from '../unit/workloads/stateful-objects.ts';

export interface WorkloadFixture {
  /** The workload with the image of that name. */
  workload(image: string, more?: { annotations?: Record<string, string> }): KubeObject;
  /** Revision v1 serves. */
  related: Related;
  /** What a user may send to undo a hold. */
  undo(held: KubeObject): KubeObject[];
  /** What a user may send that is to be his own again when the release has ended. */
  own(object: KubeObject): KubeObject[];
}

const withSpec = (object: KubeObject, change: object): KubeObject => ({
  ...object,
  spec: { ...(object['spec'] as object), ...change },
});

const deploymentFixture: WorkloadFixture = {
  own: (object) => [
    withSpec(object, { strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: '50%' } } }),
    withSpec(object, { strategy: { type: 'Recreate' } }),
  ],
  workload: (image, more) => {
    const object = deployment({ image, labels: { app: 'web' }, ...more });
    return {
      ...object,
      spec: { ...(object['spec'] as object), futureField: { kept: [1, { deep: true }] } },
      futureTop: 'kept',
    };
  },
  related: { replicaSets: [replicaSet('v1', 5, 1)] },
  undo: (held) => {
    const spec = held['spec'] as Record<string, unknown>;
    const { paused: _paused, ...unpaused } = spec;
    return [
      { ...held, spec: unpaused },
      { ...held, spec: { ...spec, paused: false } },
      { ...held, spec: { ...unpaused, strategy: { type: 'Recreate' } } },
    ];
  },
};

const statefulSetFixture: WorkloadFixture = {
  own: (object) => [
    withSpec(object, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3 } } }),
    withSpec(object, { updateStrategy: { type: 'RollingUpdate' } }),
  ],
  workload: (image, more) => {
    const object = statefulSet({ image, labels: { app: 'web' }, ...more });
    return {
      ...object,
      spec: { ...(object['spec'] as object), futureField: { kept: [1, { deep: true }] } },
      futureTop: 'kept',
    };
  },
  related: { revisions: [controllerRevision('v1', 1)] },
  undo: (held) => {
    const { updateStrategy: _strategy, ...spec } = held['spec'] as Record<string, unknown>;
    const { 'sluice.dev/held-fields': _remembered, ...annotations } = held.metadata.annotations ?? {};
    return [
      { ...held, spec: { ...spec, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } } },
      { ...held, metadata: { ...held.metadata, annotations } },
      { ...held, spec: { ...spec, updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 32_767 } } } },
    ];
  },
};

export const FIXTURES: Record<string, WorkloadFixture> = {
  'apps/Deployment/canary': deploymentFixture,
  'apps/Deployment/partition': deploymentFixture,
  'apps/StatefulSet/partition': statefulSetFixture,
};
