// Objects that gatherers find, beside those of the tests of workloads.

import type { BatchRelease } from '../../../src/api/batch-release.ts';
import type { KubeObject, Strings } from '../../../src/api/kube.ts';
import { LABEL, trafficRoutingProgressFinalizer } from '../../../src/api/names.ts';
import type { Rollout } from '../../../src/api/rollout.ts';
import type { TrafficRouting } from '../../../src/api/traffic-routing.ts';
import { rollout, template, type RolloutParts } from '../workloads/objects.ts';

export const service = (name: string, selector: Strings = { app: 'web' }): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop', uid: `s-${name}`, resourceVersion: '30' },
  spec: { selector },
});

export const ingress = (name: string): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace: 'shop', uid: `i-${name}`, resourceVersion: '31' },
  spec: { rules: [] },
});

export const pod = (name: string, labels: Strings, namespace = 'shop'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, uid: `p-${name}`, resourceVersion: '40', labels },
});

export const statefulSet = (status: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db', namespace: 'shop', uid: 'set', resourceVersion: '50', generation: 1 },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'db' } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3 } },
    template: template('v2'),
  },
  status: { observedGeneration: 1, replicas: 3, currentRevision: 'db-1', updateRevision: 'db-2', ...status },
});

export const batchRelease = (kind: string, name: string, parts: object = {}): BatchRelease => ({
  apiVersion: 'rollouts.kruise.io/v1beta1',
  kind: 'BatchRelease',
  metadata: { name, namespace: 'shop', uid: `b-${name}`, resourceVersion: '60' },
  spec: {
    workloadRef: { apiVersion: 'apps/v1', kind, name },
    releasePlan: { enableExtraWorkloadForCanary: kind === 'Deployment', batches: [{ canaryReplicas: 1 }] },
  },
  ...parts,
});

/** Releases with a TrafficRouting. */
export function sharing(name: string, parts: RolloutParts): Rollout {
  const one = rollout(parts);
  const { canary } = one.spec.strategy;
  if (canary !== undefined) canary.trafficRoutingRef = name;
  return one;
}

export const routing = (...users: string[]): TrafficRouting =>
  ({
    apiVersion: 'rollouts.kruise.io/v1alpha1',
    kind: 'TrafficRouting',
    metadata: {
      name: 'lane',
      namespace: 'shop',
      uid: 't-lane',
      resourceVersion: '70',
      finalizers: users.map(trafficRoutingProgressFinalizer),
    },
    spec: { objectRef: [{ service: 'web', ingress: { name: 'web' } }], strategy: { weight: 20 } },
  }) as unknown as TrafficRouting;

export const revisionOf = (revision: string): Strings => ({ app: 'db', [LABEL.controllerRevisionHash]: revision });
