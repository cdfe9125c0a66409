import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closeGaps, shapeOf } from '../../../src/server/shape.ts';

const of = (text: string, depth = 1_000, containers = 1e9) => shapeOf(Buffer.from(text), depth, containers);

const depthOf = (value: unknown): number =>
  typeof value !== 'object' || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(depthOf));
const containersIn = (value: unknown): number =>
  typeof value !== 'object' || value === null
    ? 0
    : Object.values(value).reduce<number>((sum, one) => sum + containersIn(one), 1);

/** Text with what `shapeOf` found cut out. */
function lean(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.toString('utf8', 0, closeGaps(bytes, of(text).managed));
}

describe('HZ-15 shape', () => {
  const json = fc.jsonValue({ depthSize: 'medium', noUnicodeString: false });

  test('depth and number of containers are those of the parsed value', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const [depth, containers] = [depthOf(value), containersIn(value)];
        expect(of(text, depth, containers).problem).toBeUndefined();
        if (depth > 0) expect(of(text, depth - 1).problem).toContain('deeper');
        if (containers > 0) expect(of(text, depth, containers - 1).problem).toContain('objects and arrays');
      }),
      { numRuns: 2_000 },
    );
  });

  test('any bytes are looked at without failing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { managed } = shapeOf(bytes, 50, 50);
        expect(managed.length % 2).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('managedFields', () => {
  // No key is a backslash: once V8 13.6 has seen one, it sometimes reads a key that is an escaped quote as a backslash.
  const key = fc.constantFrom('managedFields', 'metadata', '[', ']', '"', '{"metadata":{"managedFields":[1]}}', 'é');
  const tricky = fc.oneof(key, fc.constantFrom('\\', '\\"', '\\\\'));
  const leaf = fc.oneof(tricky, fc.integer(), fc.constant(null));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 3 }),
    ),
  }));
  const metadata = fc.record(
    { name: tricky, labels: value, managedFields: value, annotations: value },
    { requiredKeys: [] },
  );
  const object = fc.record(
    { kind: tricky, metadata: fc.oneof(metadata, value), spec: value, status: value },
    { requiredKeys: [] },
  );
  const review = fc.record({
    request: fc.record({ uid: tricky, object, oldObject: object, options: value }),
    kind: tricky,
  });

  const cutIn = (one: unknown): unknown => {
    const { metadata: meta } = (one ?? {}) as { metadata?: unknown };
    if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) return one;
    const { managedFields } = meta as { managedFields?: unknown };
    return Array.isArray(managedFields) ? { ...(one as object), metadata: { ...meta, managedFields: [] } } : one;
  };

  test('are emptied in the metadata of both objects, and nothing else changes', () => {
    fc.assert(
      fc.property(review, fc.constantFrom(undefined, 1), (given_, indent) => {
        const text = JSON.stringify(given_, null, indent);
        const plain = JSON.parse(text) as { request: Record<string, unknown> };
        const after = JSON.parse(lean(text)) as { request: Record<string, unknown> };
        for (const key of ['object', 'oldObject']) {
          const { metadata: meta } = plain.request[key] as { metadata?: unknown };
          // Metadata that is no object is nobody's workload, so what is left of it does not matter.
          if (Array.isArray(meta)) return;
          expect(after.request[key]).toEqual(cutIn(plain.request[key]));
        }
        expect({ ...after, request: { ...after.request, object: 0, oldObject: 0, options: 0 } }).toEqual({
          ...plain,
          request: { ...plain.request, object: 0, oldObject: 0, options: 0 },
        });
      }),
      { numRuns: 3_000 },
    );
  });

  test('elsewhere they stay: in a template, in spec, as a text', () => {
    const body = JSON.stringify({
      request: {
        object: {
          apiVersion: 'metadata',
          spec: { managedFields: [1], template: { metadata: { managedFields: [2] } } },
          metadata: {
            name: 'managedFields',
            finalizers: ['managedFields', 'x'],
            nested: { managedFields: [3] },
            managedFields: [{ a: [4] }],
          },
        },
      },
    });
    expect(lean(body)).toBe(body.replace('[{"a":[4]}]', '[]'));
  });

  test('a text without any is the same text', () => {
    expect(lean('{"request":{"object":{"metadata":{"name":"x"}}}}')).toBe(
      '{"request":{"object":{"metadata":{"name":"x"}}}}',
    );
  });
});
