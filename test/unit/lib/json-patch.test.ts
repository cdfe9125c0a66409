// Operations applied to what they were built for, against a library of others.

import fc from 'fast-check';
import jsonpatch from 'fast-json-patch';
import { expect, test } from 'vitest';
import { applied, type PatchOperation } from '../../../src/lib/json-patch.ts';

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
