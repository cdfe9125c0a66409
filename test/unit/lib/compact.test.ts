import { describe, expect, it } from 'vitest';
import { compact, createStrings } from '../../../src/lib/compact.ts';

/** Equal to `text`, and a string of its own as a parser makes it. */
const again = (text: string): string => (JSON.parse(JSON.stringify([text])) as string[])[0] ?? '';

describe('what is kept for long', () => {
  it('is the same JSON, a copy, without fields that are undefined', () => {
    const given = { a: { b: ['x', 1, null, true], none: undefined }, empty: {} };
    const kept = compact(given, createStrings());
    expect(kept).toStrictEqual({ a: { b: ['x', 1, null, true] }, empty: {} });
    expect(kept.a).not.toBe(given.a);
  });

  it('keeps a key that means something to JavaScript as it is', () => {
    const given = JSON.parse('{"labels":{"__proto__":"of a user","constructor":"another one"}}') as object;
    expect(JSON.stringify(compact(given, createStrings()))).toBe(JSON.stringify(given));
  });
});

describe('strings that repeat', () => {
  it('are equal to what was given, whatever was forgotten meanwhile', () => {
    const strings = createStrings(2);
    for (let round = 0; round < 3; round += 1)
      for (const text of ['a-namespace-name', 'a-deployment-name', 'another-name-yet', 'short', 'x'.repeat(500)])
        expect(strings.one(again(text))).toBe(text);
  });
});
