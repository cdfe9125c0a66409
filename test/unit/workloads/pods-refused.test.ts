// What a ReplicaSet was told when its pods were refused, kept in its projection and told the same for each attempt.

import { describe, expect, it } from 'vitest';
import { podsRefused, projectReplicaSet } from '../../../src/workloads/replica-sets.ts';

const replicaSet = (message: string, status = 'True', type = 'ReplicaFailure') => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web-1', labels: { 'pod-template-hash': '1' } },
  spec: { replicas: 1, template: {} },
  status: { replicas: 0, conditions: [{ type, status, reason: 'FailedCreate', message }] },
});
const forbidden = (pod: string): string =>
  `pods "${pod}" is forbidden: exceeded quota: q, requested: pods=1, used: pods=4, limited: pods=4`;

describe('pods that are refused', () => {
  it('are told the same for each attempt, by the object and by its projection', () => {
    const told = 'a new pod is forbidden: exceeded quota: q, requested: pods=1, used: pods=4, limited: pods=4';
    for (const name of ['web-1-abcde', 'web-1-fghij']) {
      expect(podsRefused(replicaSet(forbidden(name)))).toBe(told);
      expect(podsRefused(projectReplicaSet(replicaSet(forbidden(name))))).toBe(told);
    }
  });

  it('are none once the controller makes them again', () => {
    expect(podsRefused(projectReplicaSet(replicaSet('', 'False')))).toBeUndefined();
    expect(podsRefused(projectReplicaSet(replicaSet('', 'True', 'Other')))).toBeUndefined();
    expect(podsRefused({ metadata: { name: 'x' } })).toBeUndefined();
  });
});
