// What must be true of every answer, whatever the update, the Rollouts and the state of the cache.

import fc from 'fast-check';
import jsonpatch from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../../../src/api/names.ts';
import { edit, operationsFor, touchesOnly, type FieldEdit } from '../../../../../src/objects/field-edit.ts';
import { allowedPaths } from '../../../../../src/core/admission/allowed-paths.ts';
import { WORKLOADS } from '../../../../../src/workloads/index.ts';
import type { Decision, Review, Snapshot } from '../../../../../src/core/admission/types.ts';
import { decide, stored } from '../../../workloads/objects.ts';
import { anyObject, anySnapshot, anyUpdate } from './arbitraries.ts';

const ADMISSION_PATHS = WORKLOADS.flatMap(allowedPaths);
const RUNS = { numRuns: 10_000 };
const inputs = [anyUpdate, anySnapshot] as const;

/** Counts verdicts, so that a property which never sees a patch cannot pass. */
function tally(): { note(decision: Decision): void; count(is: Decision['is']): number } {
  const seen: Partial<Record<Decision['is'], number>> = {};
  return {
    note: ({ is }) => void (seen[is] = (seen[is] ?? 0) + 1),
    count: (is) => seen[is] ?? 0,
  };
}

describe('every answer', () => {
  it('AW-03 changes nothing when it is asked again about its own output', () => {
    const seen = tally();
    fc.assert(
      fc.property(...inputs, (asked: Review, known: Snapshot) => {
        const first = decide(asked, known);
        seen.note(first);
        if (first.is === 'asks' || first.is === 'deny') return;
        const second = decide({ ...asked, object: stored(asked.object as KubeObject, first) }, known);
        expect(second.is).not.toBe('patch');
      }),
      RUNS,
    );
    for (const is of ['patch', 'allow', 'asks', 'deny'] as const) expect(seen.count(is)).toBeGreaterThan(20);
  });

  it('AW-14 touches listed paths only, has operations, and leaves every other byte as it was', () => {
    const seen = tally();
    fc.assert(
      fc.property(...inputs, (asked: Review, known: Snapshot) => {
        const decision = decide(asked, known);
        seen.note(decision);
        if (decision.is !== 'patch') return;
        expect(decision.operations).not.toEqual([]);
        for (const operation of decision.operations) expect(touchesOnly(operation, ADMISSION_PATHS)).toBe(true);
        const before = asked.object as KubeObject;
        expect(withoutListed(stored(before, decision))).toEqual(withoutListed(before));
      }),
      RUNS,
    );
    expect(seen.count('patch')).toBeGreaterThan(1000);
  });

  it('never asks twice for a live look', () => {
    fc.assert(
      fc.property(...inputs, (asked: Review, known: Snapshot) => {
        if (!known.live && known.liveError === undefined) return;
        expect(decide(asked, known).is).not.toBe('asks');
      }),
      RUNS,
    );
  });

  it('never lets a workload go that is held, but by the escape or on its way out', () => {
    fc.assert(
      fc.property(...inputs, (asked: Review, known: Snapshot) => {
        const { object, oldObject } = asked as Review & { object: KubeObject; oldObject: KubeObject };
        if (!isHeld(oldObject) || known.namespaceTerminating) return;
        if (object.metadata.labels?.[LABEL.enrolled] === 'false') return;
        const decision = decide(asked, known);
        if (decision.is === 'asks') return;
        expect(isHeld(stored(object, decision))).toBe(true);
      }),
      RUNS,
    );
  });

  it('writes one line of at most 256 characters in each warning', () => {
    fc.assert(
      fc.property(...inputs, (asked: Review, known: Snapshot) => {
        const decision = decide(asked, known);
        if (decision.is === 'asks') return;
        for (const warning of decision.warnings) {
          expect(warning.length).toBeLessThanOrEqual(256);
          expect(warning).not.toMatch(/\p{Cc}/u);
        }
      }),
    );
  });

  it('AW-16 is a verdict, for objects that are null, sparse or of any shape', () => {
    fc.assert(
      fc.property(anyObject, anyObject, anySnapshot, anyUpdate, (object, oldObject, known, base) => {
        expect(['allow', 'patch', 'deny', 'asks']).toContain(decide({ ...base, object, oldObject }, known).is);
      }),
      RUNS,
    );
  });

  it.each(['CREATE', 'DELETE', 'CONNECT'])('AW-16 allows %s untouched', (operation) => {
    fc.assert(
      fc.property(...inputs, (asked: Review, known: Snapshot) => {
        expect(decide({ ...asked, operation }, known)).toMatchObject({ is: 'allow', warnings: [] });
      }),
    );
  });

  it.each(['status', 'scale'])('allows the %s subresource untouched', (subresource) => {
    fc.assert(
      fc.property(...inputs, (asked: Review, known: Snapshot) => {
        expect(decide({ ...asked, subresource }, known)).toMatchObject({ is: 'allow', warnings: [] });
      }),
    );
  });
});

const isHeld = ({ metadata, spec }: KubeObject): boolean =>
  (spec as { paused?: boolean }).paused === true && metadata.annotations?.[ANNOTATION.inProgressing] !== undefined;

/** The object without the fields that we may touch, and without maps that they leave empty. */
function withoutListed(object: KubeObject): unknown {
  const copy = structuredClone(object) as Record<string, unknown>;
  for (const path of ADMISSION_PATHS) {
    let node: Record<string, unknown> | undefined = copy;
    for (const key of path.slice(0, -1)) node = node?.[key] as Record<string, unknown> | undefined;
    if (node !== undefined) delete node[path.at(-1) as string];
  }
  const { metadata } = copy as { metadata: { labels?: object; annotations?: object } };
  if (Object.keys(metadata.labels ?? {}).length === 0) delete metadata.labels;
  if (Object.keys(metadata.annotations ?? {}).length === 0) delete metadata.annotations;
  return copy;
}

describe('operations from edits', () => {
  const name = fc.constantFrom('a', 'b', 'a/b', '~', '~1', '__proto__', 'constructor');
  const leaf = fc.constantFrom('x', 'y', true, 3);
  const tree = fc.letrec((tie) => ({
    node: fc.oneof({ maxDepth: 3 }, leaf, fc.constant(null), fc.array(leaf, { maxLength: 2 }), tie('map')),
    map: fc.dictionary(name, tie('node'), { maxKeys: 3 }),
  })).map;
  const edits = fc.array(
    fc
      .tuple(fc.array(name, { minLength: 1, maxLength: 3 }), fc.option(leaf, { nil: undefined }))
      .map(([path, value]): FieldEdit => edit(path, value)),
    { maxLength: 4 },
  );
  const isProto = (path: string[]): boolean => path.includes('__proto__');

  const read = (root: unknown, path: string[]): unknown =>
    path.reduce<unknown>(
      (node, key) =>
        typeof node === 'object' && node !== null && !Array.isArray(node) && Object.hasOwn(node, key)
          ? (node as Record<string, unknown>)[key]
          : undefined,
      root,
    );

  it('AW-14 an independent library applies them, and then the last edit of each field holds', () => {
    fc.assert(
      fc.property(tree, edits, (root, wanted) => {
        // The oracle refuses to write __proto__ at all; that key has its own test below.
        fc.pre(!wanted.some(({ path }) => isProto(path)));
        const operations = operationsFor(root, wanted);
        const { newDocument } = jsonpatch.applyPatch(
          structuredClone(root) as object,
          operations as jsonpatch.Operation[],
          true,
        );
        const last = wanted.at(-1);
        if (last !== undefined) expect(read(newDocument, last.path)).toEqual(last.value);
        expect(operationsFor(newDocument, wanted.slice(-1))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('a key named __proto__ is a key like any other', () => {
    const root = JSON.parse('{"metadata":{"labels":{"__proto__":"x"}}}') as object;
    expect(operationsFor(root, [edit(['metadata', 'labels', 'a'], 'b')])).toEqual([
      { op: 'add', path: '/metadata/labels/a', value: 'b' },
    ]);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it('creates a missing parent once', () => {
    const both = [edit(['metadata', 'labels', 'a'], '1'), edit(['metadata', 'labels', 'b'], '2')];
    expect(operationsFor({ metadata: {} }, both)).toEqual([
      { op: 'add', path: '/metadata/labels', value: { a: '1' } },
      { op: 'add', path: '/metadata/labels/b', value: '2' },
    ]);
  });
});
