// What every Ingress class must keep: it owns each key it writes, says the same twice, and leaves nothing stale behind when a
// weight changes or matches take over.

import { describe, expect, test } from 'vitest';
import type { HttpMatch } from '../../src/api/rollout.ts';
import { SPLITTING_CLASSES, ingressClass, unknownClassText } from '../../src/traffic/ingress-classes/index.ts';

const MATCHES: HttpMatch[] = [
  { headers: [{ name: 'User-Agent', type: 'Exact', value: 'foo' }] },
  { headers: [{ name: 'x-user', type: 'RegularExpression', value: '^a.*' }] },
  { headers: [{ name: 'canary-by-cookie', type: 'Exact', value: 'session' }] },
];
const desired = (weight: number | undefined, matches: HttpMatch[] = []) => ({
  weight,
  matches,
  headers: undefined,
});
const NOTHING = { path: { value: '/only' } };
const HEADERS = { set: [{ name: 'x-lane', value: 'gray' }], add: [{ name: 'x-a', value: '1' }], remove: ['x-b'] };
/** Annotations of the user's Ingress. */
const PRESENT = { 'kubernetes.io/ingress.class': 'mine', 'cert-manager.io/cluster-issuer': 'ca' };
const WISHES = [
  desired(0),
  desired(20),
  desired(100),
  ...MATCHES.map((match) => desired(undefined, [match])),
  desired(undefined, MATCHES),
  { ...desired(20), headers: HEADERS },
];

describe.each(SPLITTING_CLASSES.map((kind) => [kind.name, kind] as const))('Ingress class %s', (name, kind) => {
  test('is found by its name', () => {
    expect(ingressClass(name)).toBe(kind);
    expect(unknownClassText('no-such-class')).toContain(name);
  });

  test('owns every key it writes, so that a stale one is removed and none is copied from the stable Ingress', () => {
    for (const wish of WISHES)
      expect(Object.keys(kind.annotations(wish, PRESENT)).filter((key) => !kind.owns(key))).toEqual([]);
  });

  test('says the same for the same wish, and something else for another share', () => {
    for (const wish of WISHES) expect(kind.annotations(wish, PRESENT)).toEqual(kind.annotations(wish, PRESENT));
    expect(kind.annotations(desired(20), PRESENT)).not.toEqual(kind.annotations(desired(90), PRESENT));
  });

  test('S3-11: matches win over a weight', () => {
    for (const match of MATCHES) {
      expect(kind.annotations(desired(20, [match]), PRESENT)).toEqual(
        kind.annotations(desired(undefined, [match]), PRESENT),
      );
    }
  });

  test('X26: takes matches that it cannot read for nothing, and says what it can read', () => {
    expect(kind.reads).toContain('headers');
    expect(kind.annotations(desired(undefined, [NOTHING, {}]), PRESENT)).toEqual(
      kind.annotations(desired(undefined, [{}]), {}),
    );
    expect(kind.annotations(desired(undefined, [NOTHING, ...MATCHES]), PRESENT)).toEqual(
      kind.annotations(desired(undefined, MATCHES), PRESENT),
    );
  });

  test('asks for a value or a pattern, whatever other matches asked for', () => {
    const both = Object.keys(kind.annotations(desired(undefined, MATCHES), PRESENT)).filter((key) =>
      /-header-/.test(key),
    );
    expect(both).toEqual([expect.stringMatching(/-by-header-pattern$/)]);
  });

  test('leaves keys of users alone', () => {
    expect(kind.owns('kubernetes.io/ingress.class')).toBe(false);
    expect(kind.owns('cert-manager.io/cluster-issuer')).toBe(false);
  });
});
