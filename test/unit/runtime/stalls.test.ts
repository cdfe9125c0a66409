import { expect, test } from 'vitest';
import type { Clock } from '../../../src/runtime/clock.ts';
import { watchStalls } from '../../../src/runtime/stalls.ts';

/** A clock whose timers run only when they are told to, as in a process that is held up. */
function lateClock() {
  let now = 0;
  let timer: (() => void) | undefined;
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    after: (_ms, run) => {
      timer = run;
      return () => (timer = undefined);
    },
  };
  return { clock, pass: (ms: number) => (now += ms), run: () => timer?.(), armed: () => timer !== undefined };
}

test('a timer in time tells of nothing', () => {
  const { clock, pass, run } = lateClock();
  const stalls = watchStalls(clock);
  for (let second = 0; second < 5; second += 1) {
    pass(1_200);
    run();
  }
  expect(stalls.sinceMs()).toBeUndefined();
});

test('one that is late by more than a second tells of a stall, and when it ended', () => {
  const { clock, pass, run } = lateClock();
  const stalls = watchStalls(clock);
  pass(2_001);
  run();
  pass(500);
  expect(stalls.sinceMs()).toBe(500);
});

test('a stall is noticed by who asks before the timer has run', () => {
  const { clock, pass } = lateClock();
  const stalls = watchStalls(clock);
  pass(5_000);
  expect(stalls.sinceMs()).toBe(0);
});

test('it can be ended', () => {
  const { clock, armed } = lateClock();
  watchStalls(clock).stop();
  expect(armed()).toBe(false);
});
