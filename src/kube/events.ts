// Events about what we decide, for `kubectl describe`. The same thing said again about the same object within some minutes
// counts up one Event, also after a restart, because its name follows from what it says. Recording never waits and never
// fails what is recorded: an Event is a help, not a record.

import { createHash } from 'node:crypto';
import type { KubeObject } from '../api/kube.ts';
import { FIELD_MANAGER } from '../api/names.ts';
import { CORE_EVENTS } from '../api/resources.ts';
import type { EventNote, Target } from '../objects/actions.ts';
import { whoseMetadata } from '../objects/kept.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Client } from './client.ts';
import { isKubeError } from './errors.ts';

export interface EventRecorderOptions {
  client: Client;
  clock: Clock;
  /** Unique to this process. */
  reportingInstance: string;
  /** Told of Events that could not be written or were too many. */
  onFailure?: (error: unknown) => void;
}

export interface EventRecorder {
  record(about: KubeObject, event: EventNote): void;
  /** Writes what is recorded already, for at most `graceMs`, and takes nothing more. */
  stop(graceMs?: number): Promise<void>;
}

/** Repetitions within one window count up one Event. Shorter than the hour after which the API server drops Events. */
const WINDOW_MS = 10 * 60_000;
const MAX_MESSAGE = 1_024;
const MAX_NAME = 253;
const WRITERS = 4;
/** More different Events than these at once are dropped. */
const CAPACITY = 1_000;
/** Cluster-scoped objects have their Events here. */
const CLUSTER_NAMESPACE = 'default';

export const createEventRecorder = (options: EventRecorderOptions): EventRecorder => new Recorder(options);

interface Entry {
  target: Target;
  about: KubeObject;
  event: EventNote;
  firstAt: number;
  lastAt: number;
  /** Said and not written yet. */
  unwritten: number;
  /** Count that the API server has; 0 = not known to exist. */
  written: number;
  writing: boolean;
}

class Recorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #due = new Set<Entry>();
  readonly #writers = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #over = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  record(about: KubeObject, event: EventNote): void {
    if (this.#over) return;
    const now = this.#options.clock.now();
    const name = eventName(about, event, Math.floor(now / WINDOW_MS));
    const entry = this.#entries.get(name) ?? this.#add(name, about, event, now);
    if (entry === undefined) return;
    entry.unwritten += 1;
    entry.lastAt = now;
    this.#due.add(entry);
    this.#start();
  }

  async stop(graceMs = 2_000): Promise<void> {
    this.#over = true;
    const cancel = this.#options.clock.after(graceMs, () => this.#abort.abort());
    while (this.#writers.size > 0) await Promise.all(this.#writers);
    cancel();
  }

  #add(name: string, about: KubeObject, event: EventNote, now: number): Entry | undefined {
    if (this.#due.size >= CAPACITY) {
      this.#options.onFailure?.(new Error(`Event ${event.reason} is dropped: ${CAPACITY} others wait to be written`));
      return undefined;
    }
    this.#forgetOld(now);
    const namespace = about.metadata.namespace ?? CLUSTER_NAMESPACE;
    const target = { resource: CORE_EVENTS, namespace, name };
    const entry = {
      target,
      about: referred(about),
      event,
      firstAt: now,
      lastAt: now,
      unwritten: 0,
      written: 0,
      writing: false,
    };
    this.#entries.set(name, entry);
    return entry;
  }

  /** Entries are in order of their beginning; names of a past window are never used again. */
  #forgetOld(now: number): void {
    for (const [name, { firstAt }] of this.#entries) {
      if (firstAt + WINDOW_MS > now && this.#entries.size < CAPACITY) return;
      this.#entries.delete(name);
    }
  }

  #start(): void {
    if (this.#writers.size >= WRITERS) return;
    const writer = this.#write().finally(() => this.#writers.delete(writer));
    this.#writers.add(writer);
  }

  async #write(): Promise<void> {
    for (let entry = this.#next(); entry !== undefined; entry = this.#next()) {
      entry.writing = true;
      const count = entry.unwritten;
      entry.unwritten = 0;
      try {
        entry.written = await this.#bring(entry, count);
      } catch (error) {
        this.#options.onFailure?.(error);
      }
      entry.writing = false;
      if (entry.unwritten > 0) this.#due.add(entry);
    }
  }

  #next(): Entry | undefined {
    for (const entry of this.#due) {
      if (entry.writing) continue;
      this.#due.delete(entry);
      return entry;
    }
    return undefined;
  }

  /** Adds `more` to what the API server has; answers the count that it has then. */
  async #bring(entry: Entry, more: number): Promise<number> {
    try {
      if (entry.written > 0) return await this.#raise(entry, entry.written + more);
      await this.#options.client.create(CORE_EVENTS, entry.target.namespace, this.#body(entry, more), this.#limits);
      return more;
    } catch (error) {
      if (!isKubeError(error) || !(error.alreadyExists || error.notFound)) throw error;
      // 404 for a patch: it has expired meanwhile. For a create: the namespace is gone, and so is the reason to tell.
      if (error.notFound) return entry.written > 0 ? this.#bring({ ...entry, written: 0 }, more) : 0;
    }
    const live = await this.#options.client.get(entry.target, this.#limits);
    return this.#raise(entry, (typeof live?.['count'] === 'number' ? live['count'] : 0) + more);
  }

  async #raise(entry: Entry, count: number): Promise<number> {
    await this.#options.client.mergePatch(entry.target, { count, lastTimestamp: second(entry.lastAt) }, this.#limits);
    return count;
  }

  get #limits(): { signal: AbortSignal; timeoutMs: number } {
    return { signal: this.#abort.signal, timeoutMs: 5_000 };
  }

  #body({ target, about, event, firstAt, lastAt }: Entry, count: number): KubeObject {
    const { name, namespace, uid, resourceVersion } = about.metadata;
    const { reportingInstance } = this.#options;
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: target.name, namespace: target.namespace },
      involvedObject: { apiVersion: about.apiVersion, kind: about.kind, name, namespace, uid, resourceVersion },
      type: event.type,
      reason: event.reason,
      message: event.message.slice(0, MAX_MESSAGE),
      source: { component: FIELD_MANAGER },
      reportingComponent: FIELD_MANAGER,
      reportingInstance: reportingInstance.slice(0, 128),
      firstTimestamp: second(firstAt),
      lastTimestamp: second(lastAt),
      count,
    };
  }
}

/** What an Event says of it: the entry stays for minutes, and the object is large. */
const referred = ({ apiVersion, kind, metadata }: KubeObject): KubeObject => ({
  ...(apiVersion === undefined ? {} : { apiVersion }),
  ...(kind === undefined ? {} : { kind }),
  metadata: whoseMetadata(metadata),
});

function eventName(about: KubeObject, { type, reason, message }: EventNote, window: number): string {
  const said = [about.metadata.uid ?? '', type, reason, message, String(window)].join('\0');
  const hash = createHash('sha256').update(said).digest('hex').slice(0, 16);
  return `${about.metadata.name.slice(0, MAX_NAME - hash.length - 1)}.${hash}`;
}

/** metav1.Time has whole seconds. */
const second = (epochMs: number): string => new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z');
