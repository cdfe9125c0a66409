// When a status is written that differs in counts and their texts alone. They move with every pod, so they are told once a
// second at most, and the last ones always; whatever else differs is told at once, and takes them along.

const COUNTS_MS = 1000;

/** `writtenAt`: epoch ms of our last write of the object. Undefined = it may be written now. */
export function heldBackUntil(now: number, writtenAt: number | undefined): number | undefined {
  // A clock that was put back holds nothing.
  if (writtenAt === undefined || writtenAt > now) return undefined;
  const until = writtenAt + COUNTS_MS;
  return until > now ? until : undefined;
}
