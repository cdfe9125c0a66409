// Tables as kubectl prints them: columns as wide as their widest cell, three spaces apart, no spaces at line ends.

const GAP = 3;

/** Width on a terminal; box characters and letters count one. */
const width = (text: string): number => Array.from(text).length;

export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, width(cell))));
  const line = (row: readonly string[]): string =>
    row.map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - width(cell) + GAP)).join('');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}
