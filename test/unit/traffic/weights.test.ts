import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../../src/api/kube.ts';
import { splitWeights } from '../../../src/traffic/httproute/weights.ts';

const MAX_WEIGHT = 1_000_000;
const wish = (weight: number) => ({ stableService: 'shop', canaryService: 'shop-canary', weight, matches: [] });
const ref = fc.record({
  name: fc.constantFrom('shop', 'other', 'third'),
  weight: fc.oneof(fc.nat({ max: 10 }), fc.nat({ max: MAX_WEIGHT })),
});
const sum = (refs: readonly JsonObject[], name?: string): number =>
  refs.filter((one) => name === undefined || one['name'] === name).reduce((all, { weight }) => all + Number(weight), 0);

it('X10: the canary gets its part of what the stable Service had, and everybody else what they had', () => {
  fc.assert(
    fc.property(fc.array(ref, { minLength: 1, maxLength: 5 }), fc.integer({ min: 0, max: 100 }), (refs, percent) => {
      const shown = splitWeights(refs, [wish(percent)], 'store');
      for (const { weight } of shown) {
        expect(Number.isInteger(weight)).toBe(true);
        expect(weight as number).toBeLessThanOrEqual(MAX_WEIGHT);
      }
      const [before, after] = [sum(refs), sum(shown)];
      if (before === 0) return void expect(after).toBe(0);
      const share = (name: string): number => sum(shown, name) / after;
      const had = (name: string): number => sum(refs, name) / before;
      for (const name of ['other', 'third']) expect(share(name)).toBeCloseTo(had(name), 9);
      expect(share('shop') + share('shop-canary')).toBeCloseTo(had('shop'), 9);
      // Numbers are whole, so where the API allows no larger ones a part is up to half a unit off, for each backend.
      const unit = (refs.length + 1) / after;
      expect(Math.abs(share('shop-canary') - (had('shop') * percent) / 100)).toBeLessThanOrEqual(unit);
      if (percent === 0) expect(share('shop-canary')).toBe(0);
      if (percent === 100) expect(share('shop')).toBe(0);
    }),
    { numRuns: 2000 },
  );
});

it('shares of several branches are of the requests to their Service, and nobody else notices', () => {
  const shares = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 2, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(ref, { minLength: 1, maxLength: 3 }), shares, (refs, percents) => {
      fc.pre(percents.reduce((all, one) => all + one, 0) <= 100);
      const wishes = percents.map((percent, index) => ({ ...wish(percent), canaryService: `shop-${index}` }));
      const shown = splitWeights(refs, wishes, 'store');
      const [before, after] = [sum(refs), sum(shown)];
      if (before === 0) return void expect(after).toBe(0);
      for (const { weight } of shown) expect(weight as number).toBeGreaterThanOrEqual(0);
      for (const name of ['other', 'third']) expect(sum(shown, name) / after).toBeCloseTo(sum(refs, name) / before, 9);
      const had = sum(refs, 'shop') / before;
      const unit = (refs.length + 1) / after;
      for (const [index, percent] of percents.entries()) {
        expect(Math.abs(sum(shown, `shop-${index}`) / after - (had * percent) / 100)).toBeLessThanOrEqual(unit);
      }
    }),
    { numRuns: 1000 },
  );
});
