// Go's notation of durations, as the API server writes it into `?timeout=`.

const MICRO = { us: 1e-3, '\u00b5s': 1e-3, '\u03bcs': 1e-3 };
const MS: Record<string, number> = { ns: 1e-6, ...MICRO, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const DURATION = /^(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h)/;

/** Milliseconds, or undefined when the text is no positive Go duration (`1m30s`, `500ms`, `1.5s`). */
export function parseGoDuration(text: string): number | undefined {
  let rest = text;
  let total = 0;
  while (rest !== '') {
    const part = DURATION.exec(rest)?.[0];
    if (part === undefined) return undefined;
    const unit = /[^\d.]+$/.exec(part)?.[0] ?? '';
    total += Number(part.slice(0, -unit.length)) * (MS[unit] ?? Number.NaN);
    rest = rest.slice(part.length);
  }
  return total > 0 && Number.isFinite(total) ? total : undefined;
}
