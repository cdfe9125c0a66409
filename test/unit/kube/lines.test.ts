import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineSplitter } from '../../../src/kube/lines.ts';

const feed = (bytes: Buffer, cuts: number[]): string[] => {
  const splitter = new LineSplitter();
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const lines: string[] = [];
  for (let i = 1; i < edges.length; i += 1) {
    for (const line of splitter.push(bytes.subarray(edges[i - 1], edges[i]))) lines.push(line.toString('utf8'));
  }
  return lines;
};

it('finds the same lines however the bytes are cut, inside characters too', () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat()), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      expect(feed(bytes, cuts)).toEqual(lines.map((text) => Buffer.from(text).toString('utf8')));
    }),
  );
});

it('joins a line of many small pieces in linear time', () => {
  const splitter = new LineSplitter();
  const piece = Buffer.alloc(64, 'x');
  const began = performance.now();
  let early = 0;
  for (let i = 0; i < 100_000; i += 1) early += splitter.push(piece).length;
  expect(early).toBe(0);
  expect(splitter.push(Buffer.from('\n'))[0]).toHaveLength(6_400_000);
  expect(performance.now() - began).toBeLessThan(5_000);
});

it('keeps an unfinished line back and ignores empty ones', () => {
  const splitter = new LineSplitter();
  expect(splitter.push(Buffer.from('\n\na\n\nb')).map(String)).toEqual(['a']);
  expect(splitter.push(Buffer.from('\n')).map(String)).toEqual(['b']);
});
