import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelValue, nameWith } from '../../../src/lib/label-value.ts';

const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

describe('a value of a label out of any text', () => {
  it.each(['', 'v1', 'rollback-7c9f', 'a'.repeat(63)])('%j stays as it is', (text) => {
    expect(labelValue(text)).toBe(text);
  });

  it.each([
    ['refs/heads/main@2026-01-02T10:00:00Z', /^refs-heads-main-2026-01-02T10-00-00Z-[a-z0-9]{5}$/],
    [`sha256-${'a'.repeat(64)}`, /^sha256-a{50}-[a-z0-9]{5}$/],
    ['-x-', /^x-[a-z0-9]{5}$/],
    ['日本', /^[a-z0-9]{5}$/],
  ])('case 15: %j keeps what can stay', (text, expected) => {
    expect(labelValue(text)).toMatch(expected);
  });

  it('is one, whatever the text, the same for the same, and another for another', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string({ maxLength: 200 }), (one, other) => {
        expect(labelValue(one)).toMatch(VALUE);
        expect(labelValue(one)).toBe(labelValue(one));
        if (one !== other && labelValue(one) !== one) expect(labelValue(one)).not.toBe(labelValue(`${one} `));
      }),
    );
  });

  it('is its own value', () => {
    const value = labelValue('x'.repeat(100));
    expect(labelValue(value)).toBe(value);
  });
});

describe('a name with an ending', () => {
  it('is whole where there is room', () => {
    expect(nameWith('shop', '-canary')).toBe('shop-canary');
    expect(nameWith('s'.repeat(56), '-canary')).toBe(`${'s'.repeat(56)}-canary`);
  });

  it('case 14: is shortened where there is none, and told apart', () => {
    const long = 's'.repeat(57);
    expect(nameWith(long, '-canary')).toMatch(/^s{50}-[a-z0-9]{5}-canary$/);
    expect(nameWith(long, '-canary')).toHaveLength(63);
    expect(nameWith(`${long}a`, '-canary')).not.toBe(nameWith(`${long}b`, '-canary'));
  });
});
