import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Queue } from '../../../src/runtime/queue.ts';
import { FakeClock } from './fake-clock.ts';

const make = (options: { base?: number; cap?: number; random?: () => number } = {}) => {
  const clock = new FakeClock();
  const queue = new Queue({
    clock,
    random: options.random ?? (() => 0),
    backoffBaseMs: options.base ?? 100,
    backoffCapMs: options.cap ?? 1000,
  });
  return { clock, queue };
};
const drain = (queue: Queue): string[] => {
  const keys: string[] = [];
  for (let key = queue.take(); key !== undefined; key = queue.take()) {
    keys.push(key);
    queue.done(key);
  }
  return keys;
};

describe('queue', () => {
  it('merges adds of one key and keeps the order of arrival', () => {
    const { queue } = make();
    for (const key of ['b', 'a', 'b', 'c', 'a']) queue.add(key);
    expect(drain(queue)).toEqual(['b', 'a', 'c']);
  });

  it('hands out higher priorities first and raises a key that waits for a worker', () => {
    const { queue } = make();
    queue.add('low');
    queue.add('raised');
    queue.add('high', { priority: 5 });
    queue.add('raised', { priority: 9 });
    expect(drain(queue)).toEqual(['raised', 'high', 'low']);
  });

  it('never hands out a key that runs, and hands it out again when it was added meanwhile', () => {
    const { queue } = make();
    queue.add('a');
    expect(queue.take()).toBe('a');
    queue.add('a');
    queue.add('a');
    expect(queue.take()).toBeUndefined();
    queue.done('a');
    expect(drain(queue)).toEqual(['a']);
  });

  it('keeps the earliest of several times', async () => {
    const { clock, queue } = make();
    queue.add('a', { at: clock.now() + 500 });
    queue.add('a', { at: clock.now() + 200 });
    queue.add('a', { at: clock.now() + 900 });
    await clock.advance(199);
    expect(queue.take()).toBeUndefined();
    await clock.advance(1);
    expect(drain(queue)).toEqual(['a']);
    await clock.advance(2000);
    expect(queue.take()).toBeUndefined();
  });

  it('lets an immediate add overtake a waiting one', async () => {
    const { clock, queue } = make();
    queue.add('a', { at: clock.now() + 500 });
    queue.add('a');
    expect(drain(queue)).toEqual(['a']);
    await clock.advance(1000);
    expect(queue.take()).toBeUndefined();
  });

  it('merges times wished for while the key runs', async () => {
    const { clock, queue } = make();
    queue.add('a');
    queue.take();
    queue.add('a', { at: clock.now() + 500 });
    queue.add('a', { at: clock.now() + 100 });
    queue.done('a');
    expect(queue.take()).toBeUndefined();
    await clock.advance(100);
    expect(queue.take()).toBe('a');
  });

  it('backs off longer with each failure up to the cap, and from the start after forget', () => {
    const { queue } = make({ base: 100, cap: 1000, random: () => 1 - Number.EPSILON });
    const delays = [1, 2, 3, 4, 5, 6].map(() => Math.round(queue.fail('a')));
    expect(delays).toEqual([100, 200, 400, 800, 1000, 1000]);
    queue.forget('a');
    expect(Math.round(queue.fail('a'))).toBe(100);
  });

  it('a key that fails again waits, although it woke itself on its way; what comes afterwards does not wait', async () => {
    const { clock, queue } = make({ base: 100, cap: 1000, random: () => 0 });
    for (const wait of [50, 100]) {
      queue.add('a');
      expect(queue.take()).toBe('a');
      queue.add('a');
      expect(queue.fail('a')).toBe(wait);
      queue.done('a');
    }
    expect(queue.take()).toBeUndefined();
    await clock.advance(100);
    expect(queue.take()).toBe('a');
    queue.fail('a');
    queue.done('a');
    queue.add('a');
    expect(queue.take()).toBe('a');
  });

  it('spreads back-off between half and all of the delay', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, random) => {
          const { queue } = make({ base: 10, cap: 5000, random: () => random });
          let delay = 0;
          for (let i = 0; i < failures; i += 1) delay = queue.fail('a');
          const full = Math.min(5000, 10 * 2 ** (failures - 1));
          expect(delay).toBeGreaterThanOrEqual(full / 2);
          expect(delay).toBeLessThanOrEqual(full);
        },
      ),
    );
  });

  it('notices within half a minute that the wall clock jumped over a deadline (HZ-03)', async () => {
    const { clock, queue } = make();
    queue.add('a', { at: clock.now() + 3_600_000 });
    clock.jump(3_600_000);
    await clock.advance(30_000);
    expect(queue.take()).toBe('a');
  });

  it('waits for deadlines that are further away than a timer can reach', async () => {
    const { clock, queue } = make();
    queue.add('a', { at: clock.now() + 2 ** 40 });
    await clock.advance(120_000);
    expect(queue.take()).toBeUndefined();
    expect(queue.stats().waiting).toBe(1);
  });

  it('tells how long the oldest ready key has waited', async () => {
    const { clock, queue } = make();
    queue.add('a');
    await clock.advance(70);
    queue.add('b');
    expect(queue.stats()).toEqual({ ready: 2, waiting: 0, running: 0, oldestMs: 70 });
  });

  it('sets one timer, however many keys wait and however often they are woken early', async () => {
    const { clock, queue } = make();
    for (let round = 0; round < 1000; round += 1) {
      queue.add('a', { at: clock.now() + 50_000 });
      queue.add(`other-${round % 10}`, { at: clock.now() + 60_000 + round });
      queue.add('a');
      drain(queue);
    }
    expect(clock.timers).toBe(1);
  });

  type Command = { is: 'add' | 'take' | 'done' | 'fail' | 'tick'; key: string; ms: number };
  const command: fc.Arbitrary<Command> = fc.record({
    is: fc.constantFrom('add', 'take', 'done', 'fail', 'tick'),
    key: fc.constantFrom('a', 'b', 'c'),
    ms: fc.integer({ min: 0, max: 300 }),
  });

  it('loses no key, runs none twice at a time and none before its earliest time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
        const { clock, queue } = make({ base: 50, cap: 200 });
        const due = new Map<string, number>();
        const running = new Set<string>();
        const want = (key: string, at: number): void => void due.set(key, Math.min(at, due.get(key) ?? Infinity));
        for (const { is, key, ms } of commands) {
          if (is === 'add') {
            queue.add(key, { at: clock.now() + ms });
            want(key, clock.now() + ms);
          } else if (is === 'take') {
            const taken = queue.take();
            if (taken === undefined) {
              for (const [other, at] of due) expect(running.has(other) || at > clock.now()).toBe(true);
            } else {
              expect(running.has(taken)).toBe(false);
              expect(due.get(taken)).toBeLessThanOrEqual(clock.now());
              due.delete(taken);
              running.add(taken);
            }
          } else if (is === 'done' && running.delete(key)) queue.done(key);
          else if (is === 'fail' && running.has(key)) {
            const at = clock.now() + queue.fail(key);
            // What came while it ran is answered by the attempt that comes.
            if (queue.failures(key) > 1) due.set(key, at);
            else want(key, at);
          } else if (is === 'tick') await clock.advance(ms);
        }
      }),
      { numRuns: 200 },
    );
  });
});
