// Numbers or percentages ("5", 5, "20%") and how much they are of a whole. What cannot be read is an error value that says
// why; nothing here throws.

export type Quantity = { is: 'number'; value: number } | { is: 'percent'; value: number };
export interface QuantityError {
  is: 'error';
  problem: string;
}

const PERCENT = /^([+-]?\d{1,9})%$/;

/** Reads an int-or-string: a 32-bit integer, or a string with a percent sign. */
export function parseQuantity(value: unknown): Quantity | QuantityError {
  if (typeof value === 'number') {
    if (Number.isInteger(value) && Math.abs(value) <= 0x7fffffff) return { is: 'number', value };
    return { is: 'error', problem: 'must be a whole number of 32 bits' };
  }
  if (typeof value !== 'string') return { is: 'error', problem: 'must be a number or a percentage like "20%"' };
  const digits = PERCENT.exec(value)?.[1];
  if (digits === undefined) return { is: 'error', problem: 'must be a number or a percentage like "20%"' };
  return { is: 'percent', value: Number(digits) };
}

/** How much the quantity is of `total`, rounded up or down; not clamped. */
export function scale(value: unknown, total: number, rounding: 'up' | 'down'): number | QuantityError {
  const quantity = parseQuantity(value);
  if (quantity.is === 'error') return quantity;
  if (quantity.is === 'number') return quantity.value;
  const exact = (quantity.value * total) / 100;
  return (rounding === 'up' ? Math.ceil(exact) : Math.floor(exact)) + 0;
}

/** Pods after a step: rounded up and within 0 to `total`. */
export function stepSize(value: unknown, total: number): number | QuantityError {
  const size = scale(value, total, 'up');
  return typeof size === 'number' ? Math.min(Math.max(size, 0), total) : size;
}

/** Percentage of "20%" itself; undefined for anything else. */
export function percentOf(value: unknown): number | undefined {
  const quantity = parseQuantity(value);
  return quantity.is === 'percent' ? quantity.value : undefined;
}
