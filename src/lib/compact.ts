// Plain JSON as small as it can be kept: a copy of its own whose objects have no room to grow, in which equal strings are one.
// V8 gives an object that is built field by field spare room, and each parse makes strings anew however often they come.

/** Longer ones seldom repeat; shorter ones are one string from the parser on. */
const LENGTHS = { least: 11, most: 128 };
const GENERATION = 4_096;

export interface KnownStrings {
  /** The string that was given first of those that are equal to it, as far as it is remembered. */
  one(text: string): string;
}

/**
 * Remembers what repeats: those of the last generation, and of the one before if they were asked for since. What comes once, such
 * as a uid, is forgotten with its generation.
 */
export function createStrings(generation = GENERATION): KnownStrings {
  let young = new Map<string, string>();
  let old = new Map<string, string>();
  return {
    one(text) {
      if (text.length < LENGTHS.least || text.length > LENGTHS.most) return text;
      const known = young.get(text);
      if (known !== undefined) return known;
      const kept = old.get(text) ?? text;
      if (young.size >= generation) {
        old = young;
        young = new Map();
      }
      young.set(kept, kept);
      return kept;
    },
  };
}

/** The same JSON; fields that are undefined are left out. */
export const compact = <T extends object>(value: T, strings: KnownStrings): T => {
  const copy = JSON.parse(JSON.stringify(value)) as T;
  unite(copy as Record<string, unknown>, strings);
  return copy;
};

/** In place: the copy is nobody else's yet. A string for a string leaves the layout of its object as it is. */
function unite(value: Record<string, unknown>, strings: KnownStrings): void {
  for (const key of Object.keys(value)) {
    const inner = value[key];
    if (typeof inner === 'string') value[key] = strings.one(inner);
    else if (typeof inner === 'object' && inner !== null) unite(inner as Record<string, unknown>, strings);
  }
}
