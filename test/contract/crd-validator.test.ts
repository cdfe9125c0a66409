import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { schemaErrors } from './crd-validator.ts';

const rollout = (canary: object, extra: object = {}): KubeObject =>
  ({
    apiVersion: 'rollouts.kruise.io/v1beta1',
    kind: 'Rollout',
    metadata: { name: 'web' },
    spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, strategy: { canary }, ...extra },
  }) as KubeObject;
const steps = [{ replicas: '20%', traffic: '20%' }];

test('accepts what the schema allows', () => {
  expect(schemaErrors(rollout({ steps }))).toEqual([]);
  expect(schemaErrors(rollout({ steps: [{ replicas: 1, pause: { duration: 60 } }] }))).toEqual([]);
});

test.each([
  ['an unknown field', rollout({ steps, stepz: [] })],
  ['an unknown field of spec', rollout({ steps }, { workload: {} })],
  ['a missing field', rollout({})],
  ['no step', rollout({ steps: [] })],
  ['a size of another type', rollout({ steps: [{ replicas: true }] })],
  [
    'a value of another form',
    rollout({ steps: [{ replicas: 1, matches: [{ headers: [{ name: 'a b', value: 'x' }] }] }] }),
  ],
  ['a value out of a set', rollout({ steps: [{ replicas: 1, matches: [{ path: { type: 'Prefix' } }] }] })],
  ['too many items', rollout({ steps: Array.from({ length: 51 }, () => ({ replicas: 1 })) })],
  ['an integer out of range', rollout({ steps: [{ replicas: 1, pause: { duration: 2 ** 40 } }] })],
])('refuses %s', (_, object) => {
  expect(schemaErrors(object)).not.toEqual([]);
});
