// Every spelling of a quantity prints as Go prints it, private fields included.

import { describe, expect, it } from 'vitest';
import { printQuantity } from '../../../../src/objects/pod-template/quantity.ts';
import { quantities } from './fixtures.ts';

const ZERO =
  '{i:(resource.int64Amount){value:(int64)0 scale:(resource.Scale)0} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>}' +
  ' s:(string) Format:(resource.Format)}';

const withoutType = (text: string): string => text.replace('(resource.Quantity)', '');
const isQuantity = ([, printed]: [string, string]): boolean => printed !== '';
const spelled = Object.entries(quantities).filter(isQuantity);
const refused = Object.entries(quantities).filter((entry) => !isQuantity(entry));

describe('printQuantity', () => {
  it.each(spelled)('prints %j as Go does', (spelling, printed) => {
    expect(printQuantity(spelling)).toBe(withoutType(printed));
  });

  it.each(refused)('prints %j, which is no quantity, as zero', (spelling) => {
    expect(printQuantity(spelling)).toBe(ZERO);
  });

  it('prints an absent quantity as zero', () => {
    expect(printQuantity(undefined)).toBe(ZERO);
    expect(printQuantity(null)).toBe(ZERO);
  });

  it('reads numbers as their spelling', () => {
    expect(printQuantity(1)).toBe(printQuantity('1'));
    expect(printQuantity(0.5)).toBe(printQuantity('0.5'));
  });

  it('does not fill memory for an exponent that nobody means', () => {
    expect(printQuantity('1e999999999')).toBe(ZERO);
    expect(printQuantity('1e-999999999')).toBe(ZERO);
  });
});
