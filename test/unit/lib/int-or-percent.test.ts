import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ceilScaled, floorScaled, parseIntOrPercent, percentOf } from '../../../src/lib/int-or-percent.ts';

describe('int-or-percent', () => {
  it('rounds a percentage up or down, without floating-point surprises', () => {
    expect(ceilScaled('20%', 5)).toBe(1);
    expect(ceilScaled('90%', 5)).toBe(5);
    expect(ceilScaled('7%', 100)).toBe(7);
    expect(ceilScaled('29%', 100)).toBe(29);
    expect(floorScaled('90%', 5)).toBe(4);
    expect(floorScaled('1%', 5)).toBe(0);
  });

  it('takes a number as it is, within what there is', () => {
    expect(ceilScaled(3, 5)).toBe(3);
    expect(ceilScaled(9, 5)).toBe(5);
    expect(ceilScaled(-1, 5)).toBe(0);
    expect(floorScaled('200%', 5)).toBe(5);
  });

  it('never loses or invents a pod', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(5000), (percent, total) => {
        const [up, down] = [ceilScaled(`${percent}%`, total), floorScaled(`${percent}%`, total)];
        expect(up * 100).toBeGreaterThanOrEqual(percent * total);
        expect(down * 100).toBeLessThanOrEqual(percent * total);
        expect(up - down).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('gives errors as values', () => {
    expect(parseIntOrPercent('20%')).toEqual({ is: 'percent', value: 20 });
    expect(parseIntOrPercent(3)).toEqual({ is: 'count', value: 3 });
    for (const bad of ['5', '', 'a%', '1.5%', '-1%', 1.5, 2 ** 40, null, undefined, {}, [], true, NaN]) {
      expect(parseIntOrPercent(bad).is).toBe('error');
    }
    expect(percentOf(20)).toBeUndefined();
  });
});
