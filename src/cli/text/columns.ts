// Tables as kubectl prints them: columns as wide as their widest cell, three spaces apart, no spaces at line ends.

const GAP = 3;

/** Width on a terminal; box characters and letters count one. */
const width = (text: string): number => Array.from(text).length;

type Rows = readonly (readonly string[])[];

/** Of each column; none narrower than in `least`. */
export function widthsOf(rows: Rows, least: readonly number[] = []): number[] {
  const widths = [...least];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, width(cell))));
  return widths;
}

/** With the widths of an earlier part, for a table that goes on. */
export function columns(rows: Rows, widths: readonly number[] = widthsOf(rows)): string {
  const line = (row: readonly string[]): string =>
    row.map((cell, at) => cell + ' '.repeat(Math.max(0, (widths[at] ?? 0) - width(cell)) + GAP)).join('');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}
