// When a status is written that differs in counts alone.

import { describe, expect, test } from 'vitest';
import { heldBackUntil } from '../../../../src/core/tasks/held-back.ts';

describe('counts alone', () => {
  test('are told a second after the last write at the earliest, and then at once', () => {
    expect(heldBackUntil(1_000_300, 1_000_000)).toBe(1_001_000);
    expect(heldBackUntil(1_000_999, 1_000_000)).toBe(1_001_000);
    expect(heldBackUntil(1_001_000, 1_000_000)).toBeUndefined();
  });

  test('are told at once by a process that has not written the object, or whose clock was put back', () => {
    expect(heldBackUntil(1_000_300, undefined)).toBeUndefined();
    expect(heldBackUntil(1_000_000, 1_500_000)).toBeUndefined();
  });
});
