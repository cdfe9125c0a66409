// Which Rollouts of a moment ago are worth remembering, and which of them count.

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../../src/api/kube.ts';
import { rolloutLetPass, withRemembered } from '../../../../src/core/admission/remembered.ts';
import type { Review, Verdict } from '../../../../src/core/admission/types.ts';
import { allow, refuse } from '../../../../src/core/admission/verdicts.ts';
import type { Rollout } from '../../../../src/api/rollout.ts';
import { deployment, review, rollout } from '../../workloads/objects.ts';

const update = review(deployment(), deployment({ image: 'v2' }));
const creation = (parts: Partial<Review> = {}): Review => ({
  ...update,
  operation: 'CREATE',
  group: 'rollouts.kruise.io',
  version: 'v1beta1',
  resource: 'rollouts',
  kind: 'Rollout',
  object: rollout() as unknown as KubeObject,
  oldObject: undefined,
  ...parts,
});

describe('worth remembering', () => {
  test('is a Rollout as it is about to be stored', () => {
    expect(rolloutLetPass(creation(), allow('fine'))).toEqual(rollout());
    const patched: Verdict = {
      is: 'patch',
      reason: 'marked',
      operations: [{ op: 'add', path: '/spec/disabled', value: true }],
      warnings: [],
    };
    expect(rolloutLetPass(creation(), patched)).toEqual(rollout({ disabled: true }));
    const alpha = {
      apiVersion: 'rollouts.kruise.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'shop', namespace: 'shop' },
      spec: {
        objectRef: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
        strategy: { canary: { steps: [{ weight: 20 }] } },
      },
    } as unknown as KubeObject;
    const kept = rolloutLetPass(creation({ version: 'v1alpha1', object: alpha }), allow('fine'));
    expect(kept).toMatchObject({ apiVersion: 'rollouts.kruise.io/v1beta1', spec: { workloadRef: { name: 'web' } } });
  });

  test.each([
    ['a dry run', creation({ dryRun: true }), allow('fine')],
    ['a refused one', creation(), refuse('no', 'no')],
    ['one that is deleted', creation({ operation: 'DELETE', object: undefined }), allow('fine')],
    ['its status', creation({ operation: 'UPDATE', subresource: 'status' }), allow('fine')],
    ['a workload', update, allow('fine')],
  ])('%s is not', (_, asked, verdict) => {
    expect(rolloutLetPass(asked, verdict)).toBeUndefined();
  });
});

describe('what counts beside the cache', () => {
  const at = (generation: number, parts: Parameters<typeof rollout>[0] = {}, uid = 'r-shop'): Rollout => {
    const made = rollout(parts);
    return { ...made, metadata: { ...made.metadata, uid, generation } };
  };
  const asked = (cached: Rollout, noted: Rollout, known = [cached]): Rollout[] =>
    withRemembered(update, known, [noted], (name) => (name === cached.metadata.name ? cached : undefined));

  test('the later of two generations', () => {
    expect(asked(at(1), at(2))).toEqual([at(2)]);
    expect(asked(at(2), at(1))).toEqual([at(2)]);
    expect(asked(at(2), at(2))).toEqual([at(2)]);
  });

  test('of two that were made under one name, the one that was let pass', () => {
    expect(asked(at(5), at(1, {}, 'r-again'))).toEqual([at(1, {}, 'r-again')]);
  });

  test('not one that was pointed elsewhere, and then what the cache has of it neither', () => {
    expect(asked(at(1), at(2, { target: 'other' }))).toEqual([]);
  });

  test('one that the cache knew for another workload', () => {
    expect(asked(at(1, { target: 'other' }), at(2), [])).toEqual([at(2)]);
  });
});
