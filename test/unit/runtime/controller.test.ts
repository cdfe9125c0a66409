import { describe, expect, it } from 'vitest';
import { createController } from '../../../src/runtime/controller.ts';
import type { ControllerOptions, ReconcileReport, ReconcileResult } from '../../../src/runtime/controller.ts';
import { FakeClock, settle } from './fake-clock.ts';

type Body = (key: string, signal: AbortSignal) => Promise<ReconcileResult>;

const make = (reconcile: Body, options: Partial<ControllerOptions> = {}) => {
  const clock = new FakeClock();
  const reports: ReconcileReport[] = [];
  const controller = createController(
    { name: 'test', reconcile },
    { clock, random: () => 0, backoffBaseMs: 100, onReport: (report) => reports.push(report), ...options },
  );
  return { clock, reports, controller };
};

describe('controller', () => {
  it('starts a key in the turn of the event loop that adds it', async () => {
    const seen: string[] = [];
    const { controller } = make(async (key) => {
      seen.push(key);
      return {};
    });
    controller.start();
    controller.add('a');
    expect(seen).toEqual([]);
    await Promise.resolve();
    expect(seen).toEqual(['a']);
  });

  it('hands out nothing before start and everything after', async () => {
    const seen: string[] = [];
    const { controller } = make(async (key) => (seen.push(key), {}));
    controller.add('a');
    await settle();
    expect(seen).toEqual([]);
    controller.start();
    await settle();
    expect(seen).toEqual(['a']);
  });

  it('runs as many keys at once as it has workers, and one key once at a time', async () => {
    const release: (() => void)[] = [];
    let running = 0;
    let most = 0;
    const { controller } = make(
      async () => {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => release.push(resolve));
        running -= 1;
        return {};
      },
      { workers: 2 },
    );
    controller.start();
    for (const key of ['a', 'a', 'b', 'c']) controller.add(key);
    await settle();
    controller.add('a');
    expect([running, most]).toEqual([2, 2]);
    while (release.length > 0) {
      release.shift()?.();
      await settle();
    }
    expect(most).toBe(2);
    expect(controller.stats()).toEqual({ ready: 0, waiting: 0, running: 0, oldestMs: 0 });
  });

  it('wakes at the time that the reconciler named', async () => {
    let runs = 0;
    const { clock, controller } = make(async () => (++runs === 1 ? { wakeAt: clock.now() + 500 } : {}));
    controller.start();
    controller.add('a');
    await clock.advance(499);
    expect(runs).toBe(1);
    await clock.advance(1);
    expect(runs).toBe(2);
    await clock.advance(100_000);
    expect(runs).toBe(2);
  });

  it('keeps a failure to its key and tries it again after its back-off', async () => {
    const seen: string[] = [];
    const { clock, reports, controller } = make(async (key) => {
      seen.push(key);
      if (key === 'bad' && seen.length < 3) throw new Error('no');
      return {};
    });
    controller.start();
    controller.add('bad');
    controller.add('good');
    await clock.advance(1000);
    expect(seen).toEqual(['bad', 'good', 'bad']);
    expect(reports.map((report) => report.outcome)).toEqual(['failed', 'done', 'done']);
    expect(reports[0]?.retryInMs).toBe(50);
  });

  it('survives a reconciler that throws before its first await and an observer that throws', async () => {
    let runs = 0;
    const { clock, controller } = make(
      () => {
        runs += 1;
        throw new Error('synchronous');
      },
      {
        onReport: () => {
          throw new Error('observer');
        },
      },
    );
    const warnings: string[] = [];
    const listener = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', listener);
    controller.start();
    controller.add('a');
    await clock.advance(60);
    await settle();
    process.off('warning', listener);
    expect(runs).toBe(2);
    expect(warnings).toContain('observer');
  });

  it('looks again at once when the picture was outdated, but not for ever', async () => {
    let runs = 0;
    const { reports, controller } = make(async () => {
      runs += 1;
      return { again: true };
    });
    controller.start();
    controller.add('a');
    await settle();
    expect(runs).toBe(11);
    expect(reports.slice(0, 10).every((report) => report.retryInMs === undefined)).toBe(true);
    expect(reports[10]?.retryInMs).toBe(50);
  });

  it('does not spin when a reconciler keeps naming a time that has passed', async () => {
    let runs = 0;
    const { clock, controller } = make(async () => {
      runs += 1;
      return { wakeAt: clock.now() - 1 };
    });
    controller.start();
    controller.add('a');
    await settle();
    expect(runs).toBe(11);
  });

  it('aborts a run at its deadline and counts it as a failure', async () => {
    const { clock, reports, controller } = make(
      (_key, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      { deadlineMs: 300 },
    );
    controller.start();
    controller.add('a');
    await clock.advance(300);
    expect(reports[0]).toMatchObject({ outcome: 'timed-out', durationMs: 300 });
    expect(String(reports[0]?.error)).toContain('test a: no result in 300 ms');
  });

  it('stop waits for running keys, keeps the others, and start goes on with them', async () => {
    const seen: string[] = [];
    const release: (() => void)[] = [];
    const { controller } = make(async (key) => {
      seen.push(key);
      await new Promise<void>((resolve) => release.push(resolve));
      return {};
    });
    controller.start();
    controller.add('a');
    controller.add('b');
    await settle();
    let stopped = false;
    const stopping = controller.stop().then(() => (stopped = true));
    await settle();
    expect([stopped, seen]).toEqual([false, ['a']]);
    release.shift()?.();
    await stopping;
    expect(seen).toEqual(['a']);
    controller.start();
    await settle();
    expect(seen).toEqual(['a', 'b']);
    release.shift()?.();
  });

  it('stop aborts what still runs after the grace time', async () => {
    const { clock, controller } = make(
      (_key, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve({}))),
    );
    controller.start();
    controller.add('a');
    await settle();
    let stopped = false;
    void controller.stop(200).then(() => (stopped = true));
    await clock.advance(199);
    expect(stopped).toBe(false);
    await clock.advance(1);
    expect(stopped).toBe(true);
  });

  it('once stopped it holds no timer, whatever deadlines it knows, and start goes on with those', async () => {
    const seen: string[] = [];
    const { clock, controller } = make(async (key) => {
      seen.push(key);
      await new Promise<void>((resolve) => void clock.after(10, resolve));
      return key === 'repeats' ? { wakeAt: clock.now() + 56_000 } : {};
    });
    controller.add('far', { at: clock.now() + 50_000 });
    controller.start();
    controller.add('repeats');
    await settle();
    const stopping = controller.stop();
    await clock.advance(10);
    await stopping;
    controller.add('late', { at: clock.now() + 40_000 });
    expect(clock.timers).toBe(0);
    controller.start();
    await clock.advance(50_020);
    expect(seen).toEqual(['repeats', 'late', 'far']);
    await clock.advance(6_100);
    expect(seen).toEqual(['repeats', 'late', 'far', 'repeats']);
  });
});
