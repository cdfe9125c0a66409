// Gives memory back after a burst. V8 collects when it needs room and never because there is time, so what a burst left behind
// stays with the process, be it idle for days. Quiet for a while after work, it is collected once.

import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from './clock.ts';

export interface Tidy {
  /** There was work. */
  busy(): void;
  stop(): void;
}

export interface TidyOptions {
  clock: Clock;
  quietMs?: number;
  collect?: () => void;
  usedBytes?: () => number;
}

/** Long enough that a person or a step who comes next is unlikely to meet the pause, which is tens of milliseconds. */
const QUIET_MS = 15_000;
/** Less is not worth the pause. */
const WORTH_BYTES = 2 * 1024 * 1024;

export function createTidy(options: TidyOptions): Tidy {
  const { clock, quietMs = QUIET_MS, collect = collector(), usedBytes = heapUsed } = options;
  let last = 0;
  let left = 0;
  let cancel: (() => void) | undefined;
  let isStopped = false;
  const arm = (ms: number): void => void (cancel = clock.after(ms, ring));
  const ring = (): void => {
    cancel = undefined;
    const missing = last + quietMs - clock.monotonic();
    if (missing > 0) return arm(missing);
    if (usedBytes() - left < WORTH_BYTES) return;
    collect();
    left = usedBytes();
  };
  return {
    busy() {
      last = clock.monotonic();
      if (cancel === undefined && !isStopped) arm(quietMs);
    },
    stop() {
      isStopped = true;
      cancel?.();
    },
  };
}

const heapUsed = (): number => getHeapStatistics().used_heap_size;

/** What `--expose-gc` gives, without the flag at the start. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return () => collect();
}
