// Text that leaves the process inside headers, audit logs, messages and terminals: one line, printable, bounded.

const PLAIN = /^[\x20-\x7e]*$/;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\s]+/gu;

/** One printable line of at most `max` characters (code points), cut with an ellipsis. */
export function oneLine(text: string, max: number): string {
  const clean = PLAIN.test(text) ? text.trim() : text.toWellFormed().replace(UNPRINTABLE, ' ').trim();
  if (clean.length <= max) return clean;
  const points = Array.from(clean);
  return points.length <= max ? clean : `${points.slice(0, max - 1).join('')}…`;
}

/** A text of several lines as one, otherwise as it is. */
export const joinLines = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' ');
