// Rollout v1alpha1 as the Go types of rollouts v0.3.0 decode it, with which the command line of KubeVela reads and replaces
// whole objects: fields that they do not name are gone.

import type { Json, KubeObject } from '../../../src/api/kube.ts';

export type Fields = Record<string, Json | undefined>;
export const fieldsOf = (value: unknown): Fields => (value ?? {}) as Fields;
const only = (value: unknown, keys: string[]): Fields =>
  Object.fromEntries(Object.entries(fieldsOf(value)).filter(([key]) => keys.includes(key)));
const each = (value: unknown, map: (one: unknown) => Fields): Fields[] => (value as unknown[]).map(map);

const STATUS = ['observedGeneration', 'canaryStatus', 'conditions', 'phase', 'message'];
const CANARY_STATUS = [
  'observedWorkloadGeneration',
  'observedRolloutID',
  'rolloutHash',
  'stableRevision',
  'canaryRevision',
  'podTemplateHash',
  'canaryReplicas',
  'canaryReadyReplicas',
  'currentStepIndex',
  'currentStepState',
  'message',
  'lastUpdateTime',
];

export function decoded(alpha: KubeObject): KubeObject {
  const spec = fieldsOf(alpha['spec']);
  const strategy = fieldsOf(spec['strategy']);
  const canary = fieldsOf(strategy['canary']);
  const routes = canary['trafficRoutings'];
  const status = only(alpha['status'], STATUS);
  const sub = status['canaryStatus'];
  return {
    ...alpha,
    spec: {
      ...only(spec, ['objectRef', 'rolloutID']),
      strategy: {
        ...only(strategy, ['paused']),
        canary: {
          ...only(canary, ['failureThreshold']),
          steps: each(canary['steps'], (step) => only(step, ['weight', 'replicas', 'pause', 'matches'])),
          ...(routes === undefined
            ? {}
            : {
                trafficRoutings: each(routes, (one) =>
                  only(one, ['service', 'gracePeriodSeconds', 'ingress', 'gateway']),
                ),
              }),
        },
      },
    },
    status: { ...status, ...(sub === undefined ? {} : { canaryStatus: only(sub, CANARY_STATUS) }) },
  };
}
