// Leader election on one Lease. A candidate takes the Lease when it is free, released or not renewed for its duration, as
// seen on its own clock; the leader renews it and stops acting before anybody else may take it. Candidates learn of a
// release from a watch, so a hand-over takes milliseconds. Compatible with every other user of Lease locks.

import type { KubeObject } from '../api/kube.ts';
import { LEASES } from '../api/resources.ts';
import { LeaseLock } from './lease-lock.ts';
import type { LockOptions } from './lease-lock.ts';
import { Table } from './table.ts';
import { startWatch } from './watch.ts';
import type { Watch, WatchNeeds } from './watch-contract.ts';

export interface LeaseTiming {
  /** Others wait so long after the last renewal before they take the Lease. */
  durationMs: number;
  /** The leader stops acting when its last renewal is older. Must be shorter than the duration. */
  renewDeadlineMs: number;
  /** Time between two renewals. */
  retryPeriodMs: number;
}

export const DEFAULT_LEASE_TIMING: LeaseTiming = { durationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };

export interface LeaseOptions extends LockOptions {
  timing?: LeaseTiming;
  watchTiming?: NonNullable<WatchNeeds['timing']>;
  /** Told of failed calls, which are retried, and of listeners that throw. */
  onFailure?: (error: unknown) => void;
}

export interface LeaderElector {
  /** True only while nobody else can hold the Lease; asked before every write. */
  isLeader(): boolean;
  /** Who holds the Lease as far as known; '' = nobody. */
  holder(): string;
  /** How often the Lease has changed hands. */
  transitions(): number;
  onStartedLeading(listener: () => void): void;
  /** Called when leading ended, be it lost or given back. */
  onStoppedLeading(listener: () => void): void;
  start(): void;
  /** Gives the Lease back if we hold it. Stop writing first. */
  stop(): Promise<void>;
}

export function createLeaderElector(options: LeaseOptions): LeaderElector {
  const { durationMs, renewDeadlineMs, retryPeriodMs } = options.timing ?? DEFAULT_LEASE_TIMING;
  if (!(durationMs > renewDeadlineMs && renewDeadlineMs > retryPeriodMs && retryPeriodMs > 0)) {
    throw new RangeError(
      `lease-duration ${durationMs} ms must be longer than renew-deadline ${renewDeadlineMs} ms, ` +
        `and that longer than retry-period ${retryPeriodMs} ms`,
    );
  }
  return new Elector(options);
}

class Elector implements LeaderElector {
  readonly #options: LeaseOptions;
  readonly #timing: LeaseTiming;
  readonly #lock: LeaseLock;
  readonly #started: (() => void)[] = [];
  readonly #stopped: (() => void)[] = [];
  #watch: Watch | undefined;
  #leading = false;
  /** Wall and monotonic time at which the last renewal that succeeded began; both, because each alone can mislead. */
  #renewed = { wall: 0, monotonic: 0 };
  #cancelTimer: () => void = () => {};
  #cancelAlarm: () => void = () => {};
  #attempt: Promise<void> | undefined;
  /** The Lease as it was at the last attempt: the same again is not worth an attempt at once. */
  #tried: KubeObject | undefined;
  #over = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#timing = options.timing ?? DEFAULT_LEASE_TIMING;
    this.#lock = new LeaseLock(options, this.#timing.durationMs, this.#timing.renewDeadlineMs / 2);
  }

  isLeader(): boolean {
    return this.#leading && this.#sinceRenewal() < this.#timing.renewDeadlineMs;
  }

  holder(): string {
    return this.#lock.record.holder;
  }

  transitions(): number {
    return this.#lock.record.transitions;
  }

  onStartedLeading(listener: () => void): void {
    this.#started.push(listener);
  }

  onStoppedLeading(listener: () => void): void {
    this.#stopped.push(listener);
  }

  start(): void {
    const { client, clock, namespace, name, watchTiming: timing = {} } = this.#options;
    const table = new Table(LEASES, { scope: { namespace, name } });
    table.onChange((_, after) => this.#observe(after));
    this.#watch = startWatch({ client, clock, table, timing, onFailure: ({ error }) => this.#failed(error) });
    this.#try();
  }

  async stop(): Promise<void> {
    this.#over = true;
    this.#cancelTimer();
    await this.#attempt;
    await this.#watch?.stop();
    this.#lose();
    if (!this.#lock.isOurs) return;
    // When this fails, others take the Lease as soon as it has run out.
    await this.#lock.release().catch((error: unknown) => this.#failed(error));
  }

  #observe(lease: KubeObject | undefined): void {
    this.#lock.record.observe(lease);
    if (!this.#lock.isOurs) this.#lose();
    // Whoever finds the Lease free goes for it at once; the version decides between several.
    if (this.#lock.record.isFree) this.#try();
  }

  /** One attempt to take or renew at a time; the next is at a known time. */
  #try(): void {
    if (this.#over || this.#attempt !== undefined) return;
    this.#cancelTimer();
    this.#attempt = this.#once()
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#attempt = undefined;
        this.#plan();
      });
  }

  #plan(): void {
    if (this.#over) return;
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(this.#nextInMs(), () => this.#try());
  }

  #nextInMs(): number {
    const { record, isOurs } = this.#lock;
    if (record.isFree && record.current !== this.#tried) return 0;
    return isOurs || record.isFree ? this.#timing.retryPeriodMs : record.freeInMs();
  }

  async #once(): Promise<void> {
    const { record } = this.#lock;
    const began = { wall: this.#options.clock.now(), monotonic: this.#options.clock.monotonic() };
    if (record.current === undefined) await this.#lock.look();
    // However late the watch is: a Lease that was renewed behind our back has another version, and the write is refused.
    if (!this.#lock.isOurs && record.freeInMs() > 0) return;
    this.#tried = record.current;
    if (!(await this.#lock.hold())) return this.#lose();
    this.#renewed = began;
    this.#lead();
  }

  #lead(): void {
    const left = this.#timing.renewDeadlineMs - this.#sinceRenewal();
    // An answer that took so long says nothing about now; the next attempt renews.
    if (this.#over || left <= 0) return;
    this.#cancelAlarm();
    this.#cancelAlarm = this.#options.clock.after(left, () => this.#lose());
    if (this.#leading) return;
    this.#leading = true;
    this.#tell(this.#started);
  }

  #lose(): void {
    this.#cancelAlarm();
    if (!this.#leading) return;
    this.#leading = false;
    this.#tell(this.#stopped);
  }

  #tell(listeners: (() => void)[]): void {
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  #failed(error: unknown): void {
    this.#options.onFailure?.(error);
  }

  #sinceRenewal(): number {
    const { clock } = this.#options;
    return Math.max(clock.monotonic() - this.#renewed.monotonic, clock.now() - this.#renewed.wall);
  }
}
