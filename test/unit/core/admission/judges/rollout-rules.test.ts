// The rules for Rollouts as a judge: what it is asked, what it answers.

import { expect, test } from 'vitest';
import type { KubeObject } from '../../../../../src/api/kube.ts';
import { rolloutJudge } from '../../../../../src/core/admission/judges/rollout-rules.ts';
import type { Decision, Review, Snapshot } from '../../../../../src/core/admission/types.ts';
import { deployment, review, rollout, snapshot } from '../../../workloads/objects.ts';

const asked = (object: unknown, parts: Partial<Review> = {}): Review => ({
  ...review(deployment(), deployment()),
  operation: 'CREATE',
  group: 'rollouts.kruise.io',
  version: 'v1beta1',
  resource: 'rollouts',
  kind: 'Rollout',
  object: object as KubeObject | undefined,
  oldObject: undefined,
  ...parts,
});
const judge = (given: Review, seen: Partial<Snapshot> = {}): Decision => rolloutJudge.judge(given, snapshot(seen), 0);
const VALID = { is: 'allow', reason: 'rollout-valid', warnings: [] };

test('a Rollout that obeys the rules passes', () => {
  expect(judge(asked(rollout()))).toEqual(VALID);
});

test('one that breaks them is refused with the first rule as the reason and all of them in the text', () => {
  const broken = { ...rollout(), spec: { workloadRef: {}, strategy: {} } };
  const decision = judge(asked(broken));
  expect(decision).toMatchObject({ is: 'deny', code: 422, retryable: false, warnings: [] });
  const { reason, message } = decision as Extract<Decision, { is: 'deny' }>;
  expect(message).toContain(`(rule ${reason})`);
  expect(message.match(/\(rule /g)?.length).toBeGreaterThan(1);
});

test('a second Rollout for one workload is refused by what else the namespace has', () => {
  const sibling = rollout({ name: 'first' });
  expect(judge(asked(rollout()), { rollouts: [sibling] })).toMatchObject({ is: 'deny', reason: 'one-rollout' });
  expect(judge(asked(rollout()), { rollouts: [rollout()] })).toEqual(VALID);
});

test('v1alpha1 is judged as it would be stored, and told by the paths that the client wrote', () => {
  const alpha = (workloadRef: object): object => ({
    apiVersion: 'rollouts.kruise.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'shop', namespace: 'shop' },
    spec: { objectRef: { workloadRef }, strategy: { canary: { steps: [{ weight: 20 }] } } },
  });
  const web = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  expect(judge(asked(alpha(web), { version: 'v1alpha1' }))).toEqual(VALID);
  const decision = judge(asked(alpha(web), { version: 'v1alpha1' }), { rollouts: [rollout({ name: 'first' })] });
  expect(decision).toMatchObject({ message: expect.stringContaining('spec.objectRef.workloadRef') as string });
});

test('what was stored before counts for an update', () => {
  const busy = rollout({ status: { phase: 'Progressing' } });
  const moved = { ...busy, spec: { ...rollout({ target: 'other' }).spec } };
  const update = asked(moved, { operation: 'UPDATE', oldObject: busy as unknown as KubeObject });
  expect(judge(update)).toMatchObject({ is: 'deny' });
  expect(judge({ ...update, oldObject: undefined })).toEqual(VALID);
});

test('settings come with the snapshot', () => {
  const foreign = rollout();
  const ref = { apiVersion: 'example.com/v1', kind: 'Database', name: 'web' };
  const given = asked({ ...foreign, spec: { ...foreign.spec, workloadRef: ref } });
  expect(judge(given)).toMatchObject({ is: 'deny' });
  const rules = { partitionPercentLimit: 50, filterWorkloadType: false };
  expect(judge(given, { rules })).toEqual(VALID);
});

test('a deletion is none of its business', () => {
  expect(judge(asked(undefined, { operation: 'DELETE', oldObject: rollout() as unknown as KubeObject }))).toEqual(
    VALID,
  );
});
