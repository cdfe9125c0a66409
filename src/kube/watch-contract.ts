// What a watch is told, and what it tells of itself.

import type { Clock } from '../runtime/clock.ts';
import type { KubeError } from './errors.ts';
import type { Reader } from './port.ts';
import type { Table } from './table.ts';

export interface WatchTiming {
  /**
   * Without an event or bookmark for so long, the stream counts as dead. The server sends a bookmark each minute, but none for a
   * collection in which nothing has ever changed; so streams end before that.
   */
  silenceMs: number;
  backoffBaseMs: number;
  backoffCapMs: number;
  /** The server is asked to end each stream after a time between once and twice this. */
  streamSeconds: number;
}

export const DEFAULT_WATCH_TIMING: WatchTiming = {
  silenceMs: 90_000,
  backoffBaseMs: 100,
  backoffCapMs: 4_000,
  streamSeconds: 42,
};

export interface WatchNeeds {
  client: Reader;
  table: Table;
  clock: Clock;
  random?: () => number;
  timing?: Partial<WatchTiming>;
  /** Told why a stream or list failed and when the next attempt is; not told of orderly ends. */
  onFailure?: (failure: WatchFailure) => void;
}

export interface WatchFailure {
  collection: string;
  error: KubeError;
  retryInMs: number;
}

export interface WatchStatus {
  collection: string;
  state: 'listing' | 'watching' | 'waiting' | 'missing';
  /** Milliseconds since the server last said anything on this watch. */
  silentMs: number;
  lists: number;
  failures: number;
  lastError: string | undefined;
}

export interface Watch {
  readonly table: Table;
  status(): WatchStatus;
  /** The resource may exist now, or the server may be back: try at once. */
  retry(): void;
  stop(): Promise<void>;
}
