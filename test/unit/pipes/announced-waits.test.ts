// Which wait a text tells of: remembered by the text that a status shows, while a newer one is being written.

import { describe, expect, test } from 'vitest';
import { AnnouncedWaits } from '../../../src/pipes/announced-waits.ts';
import type { Plan } from '../../../src/core/tasks/plan.ts';

const telling = (text: string, identity: string): Plan => ({
  actions: [],
  events: [],
  why: text,
  announces: { text, identity },
});

const KEY = ['batchrelease', 'shop/web'] as const;

/** Remembers one after the other. */
function noted(...texts: string[]): AnnouncedWaits {
  const waits = new AnnouncedWaits();
  for (const text of texts) waits.note(...KEY, telling(text, `wait of ${text}`));
  return waits;
}

describe('the wait that a text tells of', () => {
  test('is known for the new text and for those of before, which a status may still show', () => {
    const waits = noted('0 of 1 ready', '0 of 1 ready; pod a waits: ImagePullBackOff');
    expect(waits.of(...KEY, '0 of 1 ready')?.identity).toBe('wait of 0 of 1 ready');
    expect(waits.of(...KEY, '0 of 1 ready; pod a waits: ImagePullBackOff')?.identity).toMatch(/ImagePullBackOff$/);
  });

  test('is the last one where a text was told for two', () => {
    const waits = noted('rolled back');
    waits.note(...KEY, telling('rolled back', 'another'));
    expect(waits.of(...KEY, 'rolled back')?.identity).toBe('another');
  });

  test('is not known by a text that nobody has written, nor for another pipe or key', () => {
    const waits = noted('waits');
    expect(waits.of(...KEY, 'by hand')).toBeUndefined();
    expect(waits.of(...KEY, undefined)).toBeUndefined();
    expect(waits.of('rollout', 'shop/web', 'waits')).toBeUndefined();
    expect(waits.of('batchrelease', 'shop/api', 'waits')).toBeUndefined();
  });

  test('stays where a plan says nothing of it, and does not grow', () => {
    const waits = noted('a', 'b', 'c', 'd');
    const { announces: _announces, ...silent } = telling('', '');
    waits.note(...KEY, silent);
    const known = ['a', 'b', 'c', 'd'].map((text) => waits.of(...KEY, text) !== undefined);
    expect(known).toEqual([false, true, true, true]);
    waits.forget(...KEY);
    expect(waits.of(...KEY, 'd')).toBeUndefined();
  });
});
