// Runs one reconciler over its queue: as many keys at once as there are workers, each with a deadline, each failure kept to
// its key. Nothing is polled: a key starts in the same turn of the event loop in which it becomes ready.

import type { Clock } from './clock.ts';
import { Queue } from './queue.ts';
import type { AddOptions, QueueStats } from './queue.ts';

export interface ReconcileResult {
  /** Epoch milliseconds at which the key must be looked at again; absent = only an event wakes it. */
  wakeAt?: number;
  /** The picture was outdated: look again at once, without back-off. */
  again?: boolean;
}

export interface Reconciler {
  name: string;
  /** Must settle soon after `signal` aborts: its worker waits for it, because one key never runs twice at a time. */
  reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult>;
}

export interface ReconcileReport {
  controller: string;
  key: string;
  outcome: 'done' | 'again' | 'failed' | 'timed-out';
  durationMs: number;
  error?: unknown;
  /** Back-off before the next attempt, after a failure. */
  retryInMs?: number;
}

export interface ControllerOptions {
  clock: Clock;
  workers?: number;
  /** Longest run of one key before its signal aborts. */
  deadlineMs?: number;
  random?: () => number;
  backoffBaseMs?: number;
  backoffCapMs?: number;
  onReport?: (report: ReconcileReport) => void;
}

export interface Controller {
  readonly name: string;
  add(key: string, options?: AddOptions): void;
  /** Starts or resumes handing out keys; keys added before wait in the queue. */
  start(): void;
  /** Hands out nothing more and waits for running keys; aborts them after `graceMs`. `start` may follow. */
  stop(graceMs?: number): Promise<void>;
  stats(): QueueStats;
}

/** After so many looks without progress in a row a key waits like a failed one, so that no contention becomes a hot loop. */
const IMMEDIATE_RETRIES = 10;
const DEFAULT_DEADLINE_MS = 60_000;

export function createController(reconciler: Reconciler, options: ControllerOptions): Controller {
  return new Runner(reconciler, options);
}

class Runner implements Controller {
  readonly name: string;
  readonly #reconciler: Reconciler;
  readonly #options: ControllerOptions;
  readonly #queue: Queue;
  readonly #running = new Map<string, AbortController>();
  readonly #repeats = new Map<string, number>();
  #started = false;
  #pumping = false;
  #idle: (() => void)[] = [];

  constructor(reconciler: Reconciler, options: ControllerOptions) {
    this.name = reconciler.name;
    this.#reconciler = reconciler;
    this.#options = options;
    this.#queue = new Queue({ ...options, onReady: () => this.#schedule() });
  }

  add(key: string, options?: AddOptions): void {
    this.#queue.add(key, options);
  }

  start(): void {
    this.#started = true;
    this.#queue.resume();
    this.#schedule();
  }

  async stop(graceMs = 10_000): Promise<void> {
    this.#started = false;
    this.#queue.pause();
    if (this.#running.size === 0) return;
    const cancel = this.#options.clock.after(graceMs, () => {
      for (const abort of this.#running.values()) abort.abort(new Error(`controller ${this.name} is stopping`));
    });
    await new Promise<void>((resolve) => this.#idle.push(resolve));
    cancel();
  }

  stats(): QueueStats {
    return this.#queue.stats();
  }

  /** A microtask later, so that all changes of one network read are in before the first key is looked at. */
  #schedule(): void {
    if (this.#pumping || !this.#started) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#started && this.#running.size < (this.#options.workers ?? 1)) {
      const key = this.#queue.take();
      if (key === undefined) return;
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    const { clock, deadlineMs = DEFAULT_DEADLINE_MS } = this.#options;
    const abort = new AbortController();
    this.#running.set(key, abort);
    const began = clock.monotonic();
    const cancel = clock.after(deadlineMs, () =>
      abort.abort(new Error(`${this.name} ${key}: no result in ${deadlineMs} ms`)),
    );
    let report: Pick<ReconcileReport, 'outcome' | 'error' | 'retryInMs'>;
    try {
      report = this.#settle(key, await this.#reconciler.reconcile(key, abort.signal));
    } catch (error) {
      this.#repeats.delete(key);
      report = { outcome: abort.signal.aborted ? 'timed-out' : 'failed', error, retryInMs: this.#queue.fail(key) };
    }
    cancel();
    this.#running.delete(key);
    this.#queue.done(key);
    this.#report({ controller: this.name, key, durationMs: clock.monotonic() - began, ...report });
    if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    this.#schedule();
  }

  #settle(key: string, result: ReconcileResult): Pick<ReconcileReport, 'outcome' | 'retryInMs'> {
    const overdue = result.wakeAt !== undefined && result.wakeAt <= this.#options.clock.now();
    if (result.again === true || overdue) {
      const repeats = (this.#repeats.get(key) ?? 0) + 1;
      this.#repeats.set(key, repeats);
      if (repeats > IMMEDIATE_RETRIES) return { outcome: 'again', retryInMs: this.#queue.fail(key) };
      this.#queue.add(key);
      return { outcome: 'again' };
    }
    this.#repeats.delete(key);
    this.#queue.forget(key);
    if (result.wakeAt !== undefined) this.#queue.add(key, { at: result.wakeAt });
    return { outcome: 'done' };
  }

  /** An observer that throws must not take a worker with it. */
  #report(report: ReconcileReport): void {
    try {
      this.#options.onReport?.(report);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
