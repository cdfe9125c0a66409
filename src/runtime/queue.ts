// Work queue of keys for one controller. A key is in it once, however often it was added, and is handed out to one worker
// at a time; added meanwhile, it comes again afterwards. Keys may wait for a time (the earliest wish wins) and failed keys
// wait longer each time. The queue never calls a worker: `onReady` says that `take` has something.

import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import { TimeHeap } from './heap.ts';

export interface AddOptions {
  /** Higher goes first; keys of equal priority go in the order in which they became ready. */
  priority?: number;
  /** Epoch milliseconds before which the key stays back. */
  at?: number;
}

export interface QueueOptions {
  clock: Clock;
  random?: () => number;
  backoffBaseMs?: number;
  backoffCapMs?: number;
  onReady?: () => void;
}

export interface QueueStats {
  ready: number;
  waiting: number;
  running: number;
  /** How long the oldest ready key has waited for a worker. */
  oldestMs: number;
}

/** Wall clocks jump and timers stand still while a machine sleeps, so a far deadline is looked at again this often. */
const LONGEST_NAP_MS = 30_000;

export class Queue {
  readonly #options: Required<Omit<QueueOptions, 'onReady'>>;
  readonly #onReady: () => void;
  /** Priority → key → when it became ready (monotonic); Map order is arrival order. */
  readonly #ready = new Map<number, Map<string, number>>();
  readonly #readyPriority = new Map<string, number>();
  readonly #waiting = new Map<string, { at: number; priority: number }>();
  readonly #running = new Map<string, AddOptions | undefined>();
  readonly #failures = new Map<string, number>();
  #deadlines = new TimeHeap();
  #cancelTimer: (() => void) | undefined;
  #timerAt = Infinity;
  #isPaused = false;

  constructor(options: QueueOptions) {
    this.#options = { random: Math.random, backoffBaseMs: 25, backoffCapMs: 15_000, ...options };
    this.#onReady = options.onReady ?? (() => {});
  }

  add(key: string, options: AddOptions = {}): void {
    if (this.#running.has(key)) {
      this.#running.set(key, merge(this.#running.get(key), options));
      return;
    }
    const { at = -Infinity, priority = 0 } = options;
    if (at <= this.#options.clock.now()) this.#makeReady(key, priority);
    else if (!this.#readyPriority.has(key)) this.#wait(key, at, priority);
  }

  /** The next key for a worker, which must call `done` (after `fail` or `forget`) when it is through. */
  take(): string | undefined {
    for (const priority of [...this.#ready.keys()].sort((a, b) => b - a)) {
      const keys = this.#ready.get(priority) as Map<string, number>;
      const next = keys.keys().next();
      if (next.done) continue;
      this.#unready(next.value);
      this.#running.set(next.value, undefined);
      return next.value;
    }
    return undefined;
  }

  /** Ends the run of a key; it comes again when it was added meanwhile. */
  done(key: string): void {
    const again = this.#running.get(key);
    if (!this.#running.delete(key) || again === undefined) return;
    this.add(key, again);
  }

  /** Counts a failure and lets the key come again after its back-off. Returns the delay in milliseconds. */
  fail(key: string, priority?: number): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const { clock, random, backoffBaseMs: baseMs, backoffCapMs: capMs } = this.#options;
    const delay = backoffMs(failures, { baseMs, capMs, random });
    // It woke itself by what it wrote before the write that failed: that is no reason to come again sooner.
    if (failures > 1 && this.#running.has(key)) this.#running.set(key, undefined);
    this.add(key, { at: clock.now() + delay, ...(priority === undefined ? {} : { priority }) });
    return delay;
  }

  /** Clears the failures of a key. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  stats(): QueueStats {
    let oldest = Infinity;
    for (const keys of this.#ready.values()) for (const since of keys.values()) oldest = Math.min(oldest, since);
    return {
      ready: this.#readyPriority.size,
      waiting: this.#waiting.size,
      running: this.#running.size,
      oldestMs: oldest === Infinity ? 0 : this.#options.clock.monotonic() - oldest,
    };
  }

  /** Keeps all keys and watches no deadline, so that no timer keeps a process alive that is about to end. */
  pause(): void {
    this.#isPaused = true;
    this.#disarm();
  }

  resume(): void {
    this.#isPaused = false;
    this.#arm();
  }

  #makeReady(key: string, priority: number): void {
    const present = this.#readyPriority.get(key);
    if (present !== undefined && present >= priority) return;
    const level = Math.max(priority, this.#waiting.get(key)?.priority ?? -Infinity);
    const since = present === undefined ? this.#options.clock.monotonic() : this.#unready(key);
    this.#waiting.delete(key);
    this.#readyPriority.set(key, level);
    const keys = this.#ready.get(level) ?? new Map<string, number>();
    this.#ready.set(level, keys.set(key, since));
    this.#onReady();
  }

  #unready(key: string): number {
    const keys = this.#ready.get(this.#readyPriority.get(key) ?? 0);
    const since = keys?.get(key) ?? 0;
    keys?.delete(key);
    this.#readyPriority.delete(key);
    return since;
  }

  #wait(key: string, at: number, priority: number): void {
    const present = this.#waiting.get(key);
    const earliest = Math.min(at, present?.at ?? Infinity);
    this.#waiting.set(key, { at: earliest, priority: Math.max(priority, present?.priority ?? -Infinity) });
    if (earliest === present?.at) return;
    this.#deadlines.push({ at: earliest, key });
    if (this.#deadlines.size > 2 * this.#waiting.size + 64) this.#dropStaleDeadlines();
    this.#arm();
  }

  /** A key that is woken by events leaves a heap entry behind each time; without this they would pile up. */
  #dropStaleDeadlines(): void {
    this.#deadlines = new TimeHeap();
    for (const [key, { at }] of this.#waiting) this.#deadlines.push({ at, key });
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAt = Infinity;
  }

  #arm(): void {
    const top = this.#deadlines.peek();
    if (this.#isPaused || top === undefined || top.at >= this.#timerAt) return;
    this.#disarm();
    this.#timerAt = top.at;
    const nap = Math.min(top.at - this.#options.clock.now(), LONGEST_NAP_MS);
    this.#cancelTimer = this.#options.clock.after(Math.ceil(nap), () => this.#ring());
  }

  #ring(): void {
    this.#timerAt = Infinity;
    this.#cancelTimer = undefined;
    const now = this.#options.clock.now();
    for (let top = this.#deadlines.peek(); top !== undefined && top.at <= now; top = this.#deadlines.peek()) {
      this.#deadlines.pop();
      const waiting = this.#waiting.get(top.key);
      if (waiting?.at === top.at) this.#makeReady(top.key, waiting.priority);
    }
    this.#arm();
  }
}

const merge = (first: AddOptions | undefined, second: AddOptions): AddOptions => ({
  at: Math.min(first?.at ?? (first ? -Infinity : Infinity), second.at ?? -Infinity),
  priority: Math.max(first?.priority ?? 0, second.priority ?? 0),
});
