import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert } from '../../../../src/api/convert/index.ts';
import { prune } from '../../../../src/lib/json-schema.ts';
import { batchReleaseMapping } from '../../../../src/api/convert/batch-release.ts';
import { rolloutMapping } from '../../../../src/api/convert/rollout.ts';
import type { KubeObject } from '../../../../src/api/kube.ts';
import { alphaBatchRelease, alphaRollout, betaBatchRelease, betaRollout, clone, hostile } from './arbitraries.ts';

const RUNS = { numRuns: 1000 };
const STYLE = 'rollouts.kruise.io/rolling-style';

const down = (object: KubeObject): KubeObject => convert(object, 'v1alpha1');
const up = (object: KubeObject): KubeObject => convert(object, 'v1beta1');

/** Without the style annotation, which is always written going down, and the stash beside it. */
function withoutStyle(object: KubeObject): KubeObject {
  const copy = clone(object);
  delete copy.metadata.annotations?.[STYLE];
  delete copy.metadata.annotations?.['sluice.dev/v1beta1'];
  if (Object.keys(copy.metadata.annotations ?? {}).length === 0) delete copy.metadata.annotations;
  return copy;
}

const kinds = [
  { kind: 'Rollout', beta: betaRollout, alpha: alphaRollout, mapping: rolloutMapping },
  { kind: 'BatchRelease', beta: betaBatchRelease, alpha: alphaBatchRelease, mapping: batchReleaseMapping },
] as const;

describe.each(kinds)('AW-24 X30 conversion of $kind', ({ beta, alpha, mapping }) => {
  it('reads v1beta1 as v1alpha1 and writes it back without any loss', () => {
    fc.assert(
      fc.property(beta, (object) => {
        expect(clone(up(down(object)))).toEqual(object);
      }),
      RUNS,
    );
  });

  it('stores v1alpha1 as v1beta1 and shows it again without any loss', () => {
    fc.assert(
      fc.property(alpha, (object) => {
        expect(withoutStyle(down(up(object)))).toEqual(withoutStyle(object));
      }),
      RUNS,
    );
  });

  it('loses nothing when any place holds any JSON', () => {
    fc.assert(
      fc.property(hostile(beta), (object) => {
        expect(clone(up(down(object)))).toEqual(object);
      }),
      RUNS,
    );
    fc.assert(
      fc.property(hostile(alpha), (object) => {
        expect(withoutStyle(down(up(object)))).toEqual(withoutStyle(object));
      }),
      RUNS,
    );
  });

  it('survives the pruning of the API server after it', () => {
    fc.assert(
      fc.property(beta, (object) => {
        const shown = down(object);
        const pruned = { ...shown };
        for (const part of ['spec', 'status'] as const) {
          if (shown[part] !== undefined) pruned[part] = prune(mapping.alpha[part], shown[part]);
        }
        expect(clone(up(pruned))).toEqual(object);
      }),
      RUNS,
    );
  });

  it('gives the same bytes for the same input and leaves the input and its metadata alone', () => {
    fc.assert(
      fc.property(hostile(fc.oneof(beta, alpha)), (object) => {
        const before = JSON.stringify(object);
        const other = object.apiVersion?.endsWith('v1beta1') ? 'v1alpha1' : 'v1beta1';
        const once = convert(object, other);
        expect(JSON.stringify(convert(clone(object), other))).toBe(JSON.stringify(once));
        expect(convert(once, other)).toBe(once);
        expect(JSON.stringify(object)).toBe(before);
        const { annotations: _before, ...metadata } = object.metadata;
        const { annotations: _after, ...converted } = once.metadata;
        expect(JSON.stringify(converted)).toBe(JSON.stringify(metadata));
      }),
      RUNS,
    );
  });
});
