// Text that leaves the process inside headers, audit logs and messages: one line, printable, bounded.

const PLAIN = /^[\x20-\x7e]*$/;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\s]+/gu;

/** One printable line of at most `max` characters (code points), cut with an ellipsis. */
export function oneLine(text: string, max: number): string {
  const clean = PLAIN.test(text) ? text.trim() : text.toWellFormed().replace(UNPRINTABLE, ' ').trim();
  if (clean.length <= max) return clean;
  const points = Array.from(clean);
  return points.length <= max ? clean : `${points.slice(0, max - 1).join('')}…`;
}

/** The API server cuts a warning at 256 characters and drops all of them beyond 4,096. */
const WARNING_CHARACTERS = 256;
const ALL_WARNINGS_CHARACTERS = 2_048;

/** Warnings that are sure to be shown: printable single lines, no repetitions, within the budget. */
export function cleanWarnings(warnings: readonly string[]): string[] {
  const clean: string[] = [];
  let total = 0;
  for (const warning of warnings) {
    const line = oneLine(warning, WARNING_CHARACTERS);
    if (line === '' || clean.includes(line)) continue;
    total += line.length;
    if (total > ALL_WARNINGS_CHARACTERS) break;
    clean.push(line);
  }
  return clean;
}
