// Keeps one table equal to the server: lists, then watches from the list's version, for ever. A broken stream resumes where
// it stopped; an expired version, a silent stream or a malformed one is listed anew; a resource that the server does not
// serve waits for `retry`. Retries are jittered and capped, so that a cluster that comes back is not flooded and is current
// again within seconds.

import type { KubeObject } from '../api/kube.ts';
import { backoffMs } from '../runtime/backoff.ts';
import { sleep } from '../runtime/clock.ts';
import type { Clock } from '../runtime/clock.ts';
import { KubeError, NO_ANSWER, unanswered } from './errors.ts';
import { LineSplitter } from './lines.ts';
import { scopeText } from './paths.ts';
import type { List, Reader } from './port.ts';
import { SilenceAlarm } from './silence.ts';
import type { Table } from './table.ts';
import { compareVersions } from './versions.ts';
import {
  DEFAULT_WATCH_TIMING,
  type Watch,
  type WatchFailure,
  type WatchNeeds,
  type WatchStatus,
  type WatchTiming,
} from './watch-contract.ts';
import { mustList, parseWatchEvent, problem } from './watch-event.ts';

/** How many 404s in a row are believed to pass: after we had objects, and after somebody said that the resource appeared. */
const PATIENCE = { initial: 0, synced: 6, retried: 8 };
/** A stream that the server ends sooner without having said anything counts as a failure, lest it becomes a hot loop. */
const SHORTEST_STREAM_MS = 1_000;

export function startWatch(options: WatchNeeds): Watch {
  const loop = new WatchLoop(options);
  loop.start();
  return loop;
}

class WatchLoop implements Watch {
  readonly table: Table;
  readonly #client: Reader;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #timing: WatchTiming;
  readonly #onFailure: (failure: WatchFailure) => void;
  readonly #stopped = new AbortController();
  readonly #collection: string;
  /** For messages. */
  readonly #name: string;
  #wake = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** Where the next stream begins; undefined = list first. */
  #version: string | undefined;
  #highest = '';
  #state: WatchStatus['state'] = 'listing';
  #lastContact: number;
  #lists = 0;
  #failures = 0;
  #patience = PATIENCE.initial;
  /** The last failure was an expired version. */
  #expired = false;
  #lastError: string | undefined;

  constructor(options: WatchNeeds) {
    this.table = options.table;
    this.#client = options.client;
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
    this.#timing = { ...DEFAULT_WATCH_TIMING, ...options.timing };
    this.#onFailure = options.onFailure ?? (() => {});
    this.#collection = scopeText(this.table.resource, this.table.scope);
    this.#name = `watch ${this.#collection}`;
    this.#lastContact = this.#clock.monotonic();
  }

  start(): void {
    this.#running = this.#loop();
  }

  status(): WatchStatus {
    return {
      collection: this.#collection,
      state: this.#state,
      silentMs: this.#clock.monotonic() - this.#lastContact,
      lists: this.#lists,
      failures: this.#failures,
      lastError: this.#lastError,
    };
  }

  retry(): void {
    if (this.#state === 'watching') return;
    this.#patience = Math.max(this.#patience, PATIENCE.retried);
    this.#failures = 0;
    this.#wake.abort();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake.abort();
    await this.#running;
  }

  async #loop(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        this.#version ??= await this.#list();
        await this.#stream(this.#version);
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  async #list(): Promise<string> {
    this.#state = 'listing';
    this.#lists += 1;
    const { resource, scope, metadataOnly } = this.table;
    const options = {
      ...scope,
      metadataOnly,
      project: (object: KubeObject) => this.table.project(object),
      signal: this.#stopped.signal,
    };
    let list: List;
    try {
      list = await this.#client.list(resource, options);
    } catch (error) {
      if (!(error instanceof KubeError && error.expired)) throw error;
      // The list changed faster than it could be paged: take it in one piece.
      list = await this.#client.list(resource, { ...options, limit: 0 });
    }
    const rewound = compareVersions(list.resourceVersion, this.#highest) < 0;
    this.#highest = list.resourceVersion;
    this.#patience = PATIENCE.synced;
    this.#lastContact = this.#clock.monotonic();
    this.table.replace(list.items, list.resourceVersion, rewound);
    return list.resourceVersion;
  }

  /** Returns when the server ended the stream in an orderly way. */
  async #stream(version: string): Promise<void> {
    const connection = new AbortController();
    const abort = (): void => connection.abort();
    this.#stopped.signal.addEventListener('abort', abort);
    // Stopped while the list was on its way.
    if (this.#stopped.signal.aborted) abort();
    const silence = new SilenceAlarm(this.#clock, this.#timing.silenceMs, abort);
    const began = this.#clock.monotonic();
    let heard = false;
    try {
      const { streamSeconds } = this.#timing;
      const timeoutSeconds = Math.ceil(streamSeconds * (1 + this.#random()));
      const { scope, metadataOnly } = this.table;
      const options = { ...scope, metadataOnly, resourceVersion: version, timeoutSeconds };
      const chunks = await this.#client.watch(this.table.resource, options, connection.signal);
      this.#state = 'watching';
      this.#lastError = undefined;
      const splitter = new LineSplitter();
      for await (const chunk of chunks) {
        for (const line of splitter.push(chunk)) {
          this.#take(line);
          silence.reset();
          heard = true;
        }
      }
    } catch (error) {
      if (!silence.rang) throw error;
      this.#version = undefined;
      throw problem(NO_ANSWER.timeout, this.#name, `nothing heard for ${this.#timing.silenceMs} ms`);
    } finally {
      silence.stop();
      this.#stopped.signal.removeEventListener('abort', abort);
      connection.abort();
    }
    if (!heard && this.#clock.monotonic() - began < SHORTEST_STREAM_MS) {
      throw problem(NO_ANSWER.lost, this.#name, 'the stream ended at once');
    }
    this.#failures = 0;
  }

  #take(line: Buffer): void {
    const { type, object, version } = parseWatchEvent(line, this.#name);
    if (type === 'BOOKMARK') this.table.reached(version);
    else if (type === 'DELETED') this.table.removeAt(object.metadata.namespace ?? '', object.metadata.name, version);
    else this.table.putWatched(object);
    this.#version = version;
    if (compareVersions(version, this.#highest) > 0) this.#highest = version;
    this.#heard();
  }

  #heard(): void {
    this.#lastContact = this.#clock.monotonic();
    this.#failures = 0;
    this.#lastError = undefined;
  }

  async #recover(error: unknown): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    const failure = error instanceof KubeError ? error : unanswered(error, this.#name, false);
    if (mustList(failure)) this.#version = undefined;
    // A version that expired while the server was away is no reason to wait longer now that it answers.
    if (failure.expired && !this.#expired) this.#failures = 0;
    this.#expired = failure.expired;
    this.#failures += 1;
    this.#lastError = failure.message;
    if (failure.notFound && this.#patience === 0) return this.#waitUntilServed();
    if (failure.notFound) this.#patience -= 1;
    const { backoffBaseMs: baseMs, backoffCapMs: capMs } = this.#timing;
    const delay = backoffMs(this.#failures, { baseMs, capMs, random: this.#random });
    const retryInMs = Math.max(delay, Math.min(failure.retryAfterMs ?? 0, capMs));
    this.#state = 'waiting';
    this.#onFailure({ collection: this.#collection, error: failure, retryInMs });
    await this.#pause((signal) => sleep(this.#clock, retryInMs, signal));
  }

  async #waitUntilServed(): Promise<void> {
    this.#state = 'missing';
    this.#highest = '';
    this.table.clear();
    await this.#pause((signal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())));
  }

  async #pause(wait: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#wake = new AbortController();
    if (this.#stopped.signal.aborted) return;
    await wait(this.#wake.signal);
  }
}
