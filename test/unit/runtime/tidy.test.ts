import { beforeEach, expect, it } from 'vitest';
import { createTidy, type Tidy } from '../../../src/runtime/tidy.ts';
import { FakeClock } from './fake-clock.ts';

const MIB = 1024 * 1024;
let clock: FakeClock;
let used: number;
let collections: number;
let tidy: Tidy;

beforeEach(() => {
  clock = new FakeClock();
  used = 40 * MIB;
  collections = 0;
  const collect = (): void => {
    collections += 1;
    used = 20 * MIB;
  };
  tidy = createTidy({ clock, quietMs: 1_000, collect, usedBytes: () => used });
});

it('collects once after work, when it has been quiet', async () => {
  tidy.busy();
  await clock.advance(900);
  tidy.busy();
  await clock.advance(900);
  expect(collections).toBe(0);
  await clock.advance(200);
  expect(collections).toBe(1);
  await clock.advance(60_000);
  expect(collections).toBe(1);
});

it('does so again after more work, unless that left next to nothing', async () => {
  tidy.busy();
  await clock.advance(1_000);
  used += MIB;
  tidy.busy();
  await clock.advance(1_000);
  expect(collections).toBe(1);
  used += 10 * MIB;
  tidy.busy();
  await clock.advance(1_000);
  expect(collections).toBe(2);
});

it('does nothing after it was stopped', async () => {
  tidy.busy();
  tidy.stop();
  await clock.advance(5_000);
  expect(collections).toBe(0);
});

it('starts no timer for work that comes after it was stopped', () => {
  tidy.stop();
  tidy.busy();
  expect(clock.timers).toBe(0);
});

it('really collects', () => {
  const real = new FakeClock();
  expect(() => createTidy({ clock: real }).stop()).not.toThrow();
});
