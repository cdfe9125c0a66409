// Looks at the bytes of a JSON text before anything is allocated for it: how deep it nests, how many objects and arrays it
// holds, and where managedFields lie. It does not validate; JSON.parse does that afterwards.

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const METADATA = Buffer.from('"metadata"');
const MANAGED_FIELDS = Buffer.from('"managedFields"');
/** Depth of the members of request.object and of its metadata. */
const MEMBER_DEPTH = 3;
const METADATA_DEPTH = 4;

export interface Shape {
  /** What is wrong, for the sender. */
  problem: string | undefined;
  /** Pairs of offsets: what is inside the brackets of request.*.metadata.managedFields. */
  managed: number[];
}

/** Index of the quote that ends the string opened at `start`; at or behind the end when none does. */
function endOfString(bytes: Uint8Array, start: number): number {
  const { length } = bytes;
  let index = start + 1;
  while (index < length) {
    const byte = bytes[index];
    if (byte === QUOTE) break;
    index += byte === BACKSLASH ? 2 : 1;
  }
  return index;
}

/** `[start, end]` of `bytes`, quotes included, is `word`. */
function isWord(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  if (end - start + 1 !== word.length) return false;
  for (let index = 1; index < word.length; index += 1) if (bytes[start + index] !== word[index]) return false;
  return true;
}

/** Index behind the `[` when a colon and a list follow the string that ends at `end`, else -1. */
function listAfter(bytes: Uint8Array, end: number): number {
  let index = skipSpace(bytes, end + 1);
  if (bytes[index] !== COLON) return -1;
  index = skipSpace(bytes, index + 1);
  return bytes[index] === OPEN_ARRAY ? index + 1 : -1;
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let index = start;
  while (bytes[index] === 0x20 || bytes[index] === 0x0a || bytes[index] === 0x0d || bytes[index] === 0x09) index += 1;
  return index;
}

/** Finds the lists while strings and closing brackets go by. */
class ManagedFields {
  readonly found: number[] = [];
  #inMetadata = false;
  #from = -1;

  string(bytes: Uint8Array, start: number, end: number, depth: number): void {
    if (depth === MEMBER_DEPTH) this.#inMetadata = isWord(bytes, start, end, METADATA);
    else if (depth < MEMBER_DEPTH) this.#inMetadata = false;
    else if (this.#inMetadata && isWord(bytes, start, end, MANAGED_FIELDS)) this.#from = listAfter(bytes, end);
  }

  /** A bracket was closed and the depth is that of the members of metadata again. */
  close(index: number): void {
    if (this.#from >= 0) this.found.push(this.#from, index);
    this.#from = -1;
  }
}

export function shapeOf(bytes: Uint8Array, maxDepth: number, maxContainers: number): Shape {
  const managed = new ManagedFields();
  const { length } = bytes;
  let depth = 0;
  let containers = 0;
  for (let index = 0; index < length; index += 1) {
    const byte = bytes[index] as number;
    if (byte === QUOTE) {
      const end = endOfString(bytes, index);
      if (depth <= METADATA_DEPTH) managed.string(bytes, index, end, depth);
      index = end;
    } else if (byte < OPEN_ARRAY) {
      continue; // Commas, colons, digits, space: most of what is not a string.
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      containers += 1;
      depth += 1;
      if (depth > maxDepth) return { problem: `body nests deeper than ${maxDepth} levels`, managed: [] };
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1;
      if (depth === METADATA_DEPTH) managed.close(index);
    }
  }
  const problem = containers > maxContainers ? `body holds more than ${maxContainers} objects and arrays` : undefined;
  return { problem, managed: managed.found };
}

/** Moves the bytes outside `cuts` (pairs of offsets, ascending) together, in place; the length they then have. */
export function closeGaps(bytes: Uint8Array, cuts: readonly number[]): number {
  let to = cuts[0] ?? bytes.length;
  for (let index = 1; index < cuts.length; index += 2) {
    const from = cuts[index] as number;
    const until = cuts[index + 1] ?? bytes.length;
    bytes.copyWithin(to, from, until);
    to += until - from;
  }
  return to;
}
