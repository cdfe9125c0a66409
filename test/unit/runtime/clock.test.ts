import { expect, it } from 'vitest';
import { sleep, systemClock } from '../../../src/runtime/clock.ts';
import { FakeClock } from './fake-clock.ts';

it('a sleep ends at its time', async () => {
  const clock = new FakeClock();
  let over = false;
  void sleep(clock, 100).then(() => (over = true));
  await clock.advance(99);
  expect(over).toBe(false);
  await clock.advance(1);
  expect(over).toBe(true);
});

it('a sleep ends at once when aborted, and leaves no timer', async () => {
  const clock = new FakeClock();
  const abort = new AbortController();
  const done = sleep(clock, 100, abort.signal);
  abort.abort();
  await done;
  await sleep(clock, 100, abort.signal);
  expect(clock.timers).toBe(0);
});

it('a wait longer than a timer can hold does not end at once', async () => {
  let early = false;
  const cancel = systemClock.after(2 ** 40, () => (early = true));
  await sleep(systemClock, 20);
  cancel();
  expect(early).toBe(false);
});
