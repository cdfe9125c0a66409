import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { age, duration, moment } from '../../../src/view/times.ts';

const SECONDS: Record<string, number> = { d: 86_400, h: 3_600, m: 60, s: 1 };
const read = (text: string): { seconds: number; finest: number } => {
  const parts = [...text.matchAll(/(\d+)([dhms])/g)].map(([, count, unit]) => [
    Number(count),
    SECONDS[unit ?? ''] ?? 0,
  ]);
  const seconds = parts.reduce((sum, [count = 0, unit = 0]) => sum + count * unit, 0);
  return { seconds, finest: parts.at(-1)?.[1] ?? 0 };
};

describe('times', () => {
  it.each([
    [0, '0s'],
    [59, '59s'],
    [60, '1m'],
    [200, '3m20s'],
    [660, '11m'],
    [3_600, '1h'],
    [19_800, '5h30m'],
    [36_061, '10h'],
    [90_000, '1d1h'],
    [864_000, '10d'],
  ])('%i s is %s', (seconds, text) => {
    expect(duration(seconds * 1000)).toBe(text);
  });

  it('never shows more than passed, and lags less than the finest unit shown (or a tenth)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * 86_400 }), (seconds) => {
        const shown = read(duration(seconds * 1000));
        const lag = seconds - shown.seconds;
        expect(lag).toBeGreaterThanOrEqual(0);
        expect(lag < 60 || lag < shown.finest || lag <= seconds / 8).toBe(true);
      }),
    );
  });

  it('a clock that runs behind shows 0s, a missing time kubectl’s word', () => {
    expect(duration(-5_000)).toBe('0s');
    expect(age(undefined, 0)).toBe('<unknown>');
    expect(moment(Date.parse('2026-01-01T12:00:00.999Z'))).toBe('2026-01-01T12:00:00Z');
  });
});
