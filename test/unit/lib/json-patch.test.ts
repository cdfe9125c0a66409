// Operations applied to what they were built for, against a library of others.

import fc from 'fast-check';
import jsonpatch from 'fast-json-patch';
import { expect, test } from 'vitest';
import { applied, passes, type PatchOperation } from '../../../src/lib/json-patch.ts';
import type { Json } from '../../../src/lib/json.ts';

const byOthers = (root: unknown, operations: PatchOperation[]): unknown =>
  jsonpatch.applyPatch(structuredClone(root), operations as jsonpatch.Operation[], true).newDocument;

test('any difference of two documents, applied, gives the second and leaves the first alone', () => {
  const key = fc.constantFrom('a', 'b', 'x/y', 'x~z', '~1');
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>(null, 1, 'text', true),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 3 }),
    ),
  }));
  const document = fc.dictionary(key, tree, { maxKeys: 4 });
  fc.assert(
    fc.property(document, document, (before, after) => {
      const operations = jsonpatch.compare(before, after) as PatchOperation[];
      const copy = structuredClone(before);
      expect(applied(before, operations)).toEqual(after);
      expect(before).toEqual(copy);
    }),
  );
});

test('lists are appended to, inserted into and shortened', () => {
  const root = { spec: { containers: [{ name: 'a' }, { name: 'b' }] } };
  const operations: PatchOperation[] = [
    { op: 'add', path: '/spec/containers/-', value: { name: 'd' } },
    { op: 'add', path: '/spec/containers/1', value: { name: 'c' } },
    { op: 'replace', path: '/spec/containers/0/name', value: 'z' },
    { op: 'remove', path: '/spec/containers/2' },
  ];
  expect(applied(root, operations)).toEqual(byOthers(root, operations));
});

test('only what lies on the path is copied', () => {
  const root = { metadata: { labels: { a: '1' } }, spec: { replicas: 1 } };
  const after = applied(root, [{ op: 'add', path: '/metadata/labels/b', value: '2' }]);
  expect(after.spec).toBe(root.spec);
  expect(applied(root, [])).toBe(root);
});

test.each(['/metadata/labels/a/b', '/spec/0/x', '/list/x', '/list/7'])(
  '%s, which nothing holds, is refused',
  (path) => {
    const root = { metadata: {}, list: [1] };
    expect(() => applied(root, [{ op: 'add', path, value: 1 }])).toThrow(path);
  },
);

test('a test holds as the API server judges it: null is what is not there, and a missing parent holds none', () => {
  const root = { metadata: { labels: { 'a/b': 'c', map: { x: [1] } }, none: null } };
  const holds = (path: string, value: Json): boolean => passes(root, { op: 'test', path, value });
  expect(holds('/metadata/labels/a~1b', 'c')).toBe(true);
  expect(holds('/metadata/labels/a~1b', 'd')).toBe(false);
  expect(holds('/metadata/labels/a~1b', null)).toBe(false);
  expect(holds('/metadata/labels/map', { x: [1] })).toBe(true);
  expect(holds('/metadata/labels/other', null)).toBe(true);
  expect(holds('/metadata/labels/constructor', null)).toBe(true);
  expect(holds('/metadata/none', null)).toBe(true);
  expect(holds('/metadata/annotations', null)).toBe(true);
  expect(holds('/metadata/annotations/other', null)).toBe(false);
  expect(passes(undefined, { op: 'test', path: '/metadata', value: null })).toBe(false);
});
