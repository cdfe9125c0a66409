// Which wait a text tells of: remembered by the text that a status shows, while a newer one is being written.

import { describe, expect, test } from 'vitest';
import { AnnouncedWaits } from '../../../src/pipes/announced-waits.ts';
import type { Performed } from '../../../src/pipes/perform.ts';
import type { Plan } from '../../../src/core/tasks/plan.ts';

const DONE: Performed = { nameTaken: false };
const telling = (text: string, identity: string): Plan => ({
  actions: [],
  events: [],
  why: text,
  announces: { text, identity },
});

/** Remembers one after the other; the answers to `look` are taken inside the last write. */
async function written(waits: AnnouncedWaits, plan: Plan, look: () => unknown = () => undefined): Promise<unknown> {
  let seen: unknown;
  await waits.during('batchrelease', 'shop/web', plan, () => {
    seen = look();
    return Promise.resolve(DONE);
  });
  return seen;
}

describe('the wait that a text tells of', () => {
  test('is known for the text of before and for the new one, while the new one is being written', async () => {
    const waits = new AnnouncedWaits();
    const of = (text: string) => waits.of('batchrelease', 'shop/web', text);
    await written(waits, telling('0 of 1 pods are ready', 'ready'));
    const during = await written(
      waits,
      telling('0 of 1 pods are ready; pod a waits: ImagePullBackOff', 'a fails'),
      () => [of('0 of 1 pods are ready'), of('0 of 1 pods are ready; pod a waits: ImagePullBackOff')],
    );
    expect(during).toEqual(['ready', 'a fails']);
  });

  test('is not known by a text that nobody has written, nor for another pipe or key', async () => {
    const waits = new AnnouncedWaits();
    await written(waits, telling('waits', 'kind'));
    expect(waits.of('batchrelease', 'shop/web', 'by hand')).toBeUndefined();
    expect(waits.of('batchrelease', 'shop/web', undefined)).toBeUndefined();
    expect(waits.of('rollout', 'shop/web', 'waits')).toBeUndefined();
    expect(waits.of('batchrelease', 'shop/api', 'waits')).toBeUndefined();
  });

  test.each([
    ['meets a conflict', () => Promise.resolve({ ...DONE, again: true })],
    ['fails', () => Promise.reject(new Error('no'))],
  ])('stays what it was when the write %s', async (_how, write) => {
    const waits = new AnnouncedWaits();
    await written(waits, telling('before', 'one'));
    await waits.during('batchrelease', 'shop/web', telling('after', 'two'), write).catch(() => undefined);
    expect(waits.of('batchrelease', 'shop/web', 'before')).toBe('one');
    expect(waits.of('batchrelease', 'shop/web', 'after')).toBeUndefined();
  });

  test('stays where a plan says nothing of it, and does not grow', async () => {
    const waits = new AnnouncedWaits();
    for (const text of ['a', 'b', 'c']) await written(waits, telling(text, text));
    const { announces: _announces, ...silent } = telling('', '');
    await written(waits, silent);
    expect(['a', 'b', 'c'].map((text) => waits.of('batchrelease', 'shop/web', text))).toEqual([undefined, 'b', 'c']);
    waits.forget('batchrelease', 'shop/web');
    expect(waits.of('batchrelease', 'shop/web', 'c')).toBeUndefined();
  });
});
