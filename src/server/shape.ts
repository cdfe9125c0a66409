// Looks at the bytes of a JSON text before anything is allocated for it: how deep it nests and how many objects and arrays
// it holds. It does not validate; JSON.parse does that afterwards.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** Index of the quote that ends the string opened at `start`, or the length when none does. */
function endOfString(bytes: Uint8Array, start: number): number {
  const length = bytes.length;
  let index = start + 1;
  for (; index < length; index += 1) {
    const byte = bytes[index];
    if (byte === QUOTE) return index;
    if (byte === BACKSLASH) index += 1;
  }
  return length;
}

/** What is wrong with the shape, or undefined. */
export function shapeProblem(bytes: Uint8Array, maxDepth: number, maxContainers: number): string | undefined {
  const length = bytes.length;
  let depth = 0;
  let containers = 0;
  for (let index = 0; index < length; index += 1) {
    const byte = bytes[index];
    if (byte === QUOTE) index = endOfString(bytes, index);
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      containers += 1;
      depth += 1;
      if (depth > maxDepth) return `body nests deeper than ${maxDepth} levels`;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
  }
  return containers > maxContainers ? `body holds more than ${maxContainers} objects and arrays` : undefined;
}
