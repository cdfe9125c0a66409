import fc from 'fast-check';
import { expect, it } from 'vitest';
import { progressOf } from '../../../src/api/progress.ts';
import { betaRollout, hostile } from './convert/arbitraries.ts';

const steps = [{ replicas: '20%' }];
const rollout = (strategy: object, status: object = {}) => ({
  apiVersion: 'rollouts.kruise.io/v1beta1',
  kind: 'Rollout',
  metadata: { name: 'r' },
  spec: { strategy },
  status,
});

it('is read from the status of the style in use', () => {
  const both = { canaryStatus: { currentStepIndex: 1 }, blueGreenStatus: { currentStepIndex: 2 } };
  expect(progressOf(rollout({ canary: { steps } }, both))?.step).toBe(1);
  expect(progressOf(rollout({ blueGreen: { steps } }, both))?.step).toBe(2);
  expect(progressOf(rollout({ canary: { steps } }))).toBeUndefined();
});

it('never throws, whatever a Rollout holds', () => {
  fc.assert(fc.property(hostile(betaRollout), (object) => void progressOf(object as never)));
});
