import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TimeHeap } from '../../../src/runtime/heap.ts';

it('gives times back in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (times) => {
      const heap = new TimeHeap();
      for (const at of times) heap.push({ at, key: String(at) });
      const out: number[] = [];
      while (heap.size > 0) out.push(heap.pop()?.at as number);
      expect(out).toEqual([...times].sort((a, b) => a - b));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
