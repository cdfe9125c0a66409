import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sameTemplate } from '../../../src/objects/revision.ts';
import { canonicalJson, sameJson } from '../../../src/lib/json.ts';

/** Few keys and few values, so that equal and nearly equal pairs are common. */
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(null, undefined, 0, 1, '', 'a', true, false),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 2 }),
  object: fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), tie('value'), { maxKeys: 3 }),
}));

describe('sameJson', () => {
  test('agrees with the comparison of canonical texts', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(sameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      }),
      { numRuns: 5_000 },
    );
  });

  test.each([
    ['absent and null', { a: 1, b: null }, { a: 1 }, true],
    ['null and absent', { a: 1 }, { b: undefined, a: 1 }, true],
    ['order of keys', { a: 1, b: [{ c: 1, d: 2 }] }, { b: [{ d: 2, c: 1 }], a: 1 }, true],
    ['order of items', [1, 2], [2, 1], false],
    ['a list and an object', [], {}, false],
    ['null and an empty object', { a: null }, { a: {} }, false],
    ['a key that every object inherits', { constructor: 1 }, {}, false],
    ['the same on the other side', {}, { toString: 'x' }, false],
    ['text and number', { a: '1' }, { a: 1 }, false],
  ])('%s', (_case, a, b, same) => {
    expect(sameJson(a, b)).toBe(same);
  });

  test('templates are the same without the hash label and with an empty map of labels', () => {
    const spec = { containers: [{ name: 'web', image: 'web:1' }] };
    expect(sameTemplate({ metadata: { labels: { 'pod-template-hash': 'x' } }, spec }, { spec })).toBe(true);
    expect(sameTemplate({ spec }, { spec: { containers: [{ name: 'web', image: 'web:2' }] } })).toBe(false);
  });
});
