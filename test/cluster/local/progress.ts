// How the cluster's commands report progress: lines that stay, and transient lines ("building …, 42 s") that a terminal
// redraws in place and a log file gets only every 15 seconds.

/** A sink for progress; `transient` lines are replaced by whatever comes next. */
export type Log = (line: string, transient?: boolean) => void;

interface Sink {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const QUIET_MS = 15_000;
const CLEAR_LINE = '\r\u001b[2K';

/** A log for a stream: redraws on a terminal, thins out everywhere else. */
export function streamLog(stream: Sink, now: () => number = Date.now): Log {
  let drawn = false;
  let printedAt = now();
  const clear = (): string => (drawn ? CLEAR_LINE : '');
  return (line, transient = false) => {
    if (transient && stream.isTTY) {
      stream.write(clear() + line.slice(0, Math.max(20, (stream.columns ?? 80) - 1)));
      drawn = true;
      return;
    }
    if (transient && now() - printedAt < QUIET_MS) return;
    stream.write(`${clear()}${line}\n`);
    drawn = false;
    printedAt = now();
  };
}

/** Seconds since a moment, for people: "42 s", "2 min 05 s". */
export function elapsed(sinceMs: number, now: number = Date.now()): string {
  const seconds = Math.round((now - sinceMs) / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** Repeats a transient line every second while `work` runs. */
export async function ticking<T>(log: Log, line: () => string, work: Promise<T>): Promise<T> {
  log(line(), true);
  const timer = setInterval(() => log(line(), true), 1000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
