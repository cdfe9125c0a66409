// The warnings of an answer, as API clients are sure to show them.

import { oneLine } from '../lib/text.ts';

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
