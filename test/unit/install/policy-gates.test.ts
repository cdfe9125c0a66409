// What a write of an enrolled workload costs the API server while nothing is asked of us: for each kind and style it looks at
// three policies, whose gates are all false, and evaluates nothing beyond them. The gates are read by their structure; a real
// API server counts the same in test/cluster/policy.test.ts.

import { describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS, policyObjects, type InstallOptions } from '../../../src/install/index.ts';
import { WORKLOADS } from '../../../src/workloads/index.ts';

const options: InstallOptions = { ...DEFAULT_OPTIONS, endpoint: { url: 'https://127.0.0.1:9876/' } };

interface Policy {
  matchConstraints: {
    objectSelector: { matchExpressions: { key: string; operator: string; values: string[] }[] };
    resourceRules: { apiGroups: string[]; resources: string[] }[];
  };
  matchConditions: { name: string; expression: string }[];
  validations?: { expression: string }[];
  mutations?: unknown[];
}

const POLICIES = policyObjects(options)
  .filter(({ kind }) => kind?.endsWith('AdmissionPolicy'))
  .map((object) => ({ name: object.metadata.name, spec: object['spec'] as unknown as Policy }));

/** How many brackets are open after each character; those in quotes do not count. */
function depths(expression: string): number[] {
  let depth = 0;
  let quoted = false;
  return [...expression].map((sign) => {
    if (sign === "'") quoted = !quoted;
    if (!quoted) depth += '([{'.includes(sign) ? 1 : ')]}'.includes(sign) ? -1 : 0;
    return quoted ? Infinity : depth;
  });
}

/** Parts of an expression between `operator` outside of brackets and quotes. */
function split(expression: string, operator: string): string[] {
  const depth = depths(expression);
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < expression.length; at += 1) {
    if (depth[at] !== 0 || at < from || !expression.startsWith(operator, at)) continue;
    parts.push(expression.slice(from, at));
    from = at + operator.length;
  }
  return [...parts, expression.slice(from)].map((part) => part.trim());
}

const isEnclosed = (text: string): boolean => text.startsWith('(') && depths(text).indexOf(0) === text.length - 1;

/** What is true of no idle write: a mark of a release or an escape. */
const NEVER = [
  /^(object|oldObject)\.metadata\.\?annotations\[\?'rollouts\.kruise\.io\/in-progressing'\]\.hasValue\(\)$/,
  /^object\.metadata\.\?annotations\[\?'rollouts\.kruise\.io\/in-progressing'\]\.orValue\(''\) != ''$/,
  /^object\.metadata\.\?labels\[\?'sluice\.dev\/enrolled'\]\.orValue\(''\) == 'false'$/,
];

/** One field of the object before and after; an idle write changes none that a gate reads. */
function comparesBeforeAndAfter(term: string): boolean {
  const [after = '', before = '', ...rest] = split(term, ' != ');
  return rest.length === 0 && after.startsWith('object.') && before === after.replaceAll(/\bobject\b/g, 'oldObject');
}

/** Known to be false without knowing more than that nothing of ours is touched and no release is under way. */
function isFalse(expression: string): boolean {
  const text = expression.trim();
  if (isEnclosed(text)) return isFalse(text.slice(1, -1));
  const alternatives = split(text, '||');
  const [condition, chosen] = split(text, ' ? ');
  if (alternatives.length > 1 && chosen === undefined) return alternatives.every(isFalse);
  if (condition !== undefined && chosen !== undefined) return split(chosen, ' : ').every(isFalse);
  const terms = split(text, '&&');
  if (terms.length > 1) return terms.some(isFalse);
  return NEVER.some((never) => never.test(text)) || comparesBeforeAndAfter(text);
}

describe('the reader of gates', () => {
  it.each([
    ["object.metadata.?labels[?'a'] != oldObject.metadata.?labels[?'a']", true],
    ["object.metadata.?labels[?'a'] != oldObject.metadata.?labels[?'b']", false],
    ['(object.spec.?a != oldObject.spec.?a) || true', false],
    ['(object.spec.?a != oldObject.spec.?a && true)\n|| (object.spec.?b != oldObject.spec.?b)', true],
    ['x ? object.spec.?a != oldObject.spec.?a : (object.spec.?b != oldObject.spec.?b)', true],
    ['x ? true : (object.spec.?b != oldObject.spec.?b)', false],
    ['!(object.spec.?a != oldObject.spec.?a)', false],
    ["oldObject.metadata.?labels[?'sluice.dev/enrolled'].orValue('') == 'false'", false],
  ])('%s', (expression, expected) => {
    expect(isFalse(expression)).toBe(expected);
  });
});

const placeOf = (root = '', field = '', key = ''): string =>
  root === 'metadata' ? `${root}.${field}.${key}` : `${root}.${field}`;

describe.each(WORKLOADS.map(({ resource, style }) => ({ resource, style })))(
  '$resource.plural, $style',
  ({ resource, style }) => {
    const selecting = POLICIES.filter(({ spec: { matchConstraints } }) => {
      const [selector] = matchConstraints.objectSelector.matchExpressions;
      const isMeant = matchConstraints.resourceRules.some(
        ({ apiGroups, resources }) => apiGroups.includes(resource.group) && resources.includes(resource.plural),
      );
      return isMeant && selector?.key === 'sluice.dev/enrolled' && selector.values.includes(style);
    });

    it('the API server looks at three policies of an enrolled object, of one expression each', () => {
      expect(selecting.map(({ name }) => name.split('.').at(-3))).toEqual(['guard', 'explain', 'hold']);
      for (const { spec } of selecting) expect((spec.mutations ?? []).length + (spec.validations ?? []).length).toBe(1);
    });

    it.each(selecting)('$name: a condition is false for an idle write', ({ spec }) => {
      expect(spec.matchConditions.some(({ expression }) => isFalse(expression))).toBe(true);
    });

    it('what keeps a release reads of the new object only what opens the gate', () => {
      const keep = WORKLOADS.find((one) => one.resource === resource && one.style === style)?.cel.keep ?? [];
      const opens = new Set([
        'spec.template',
        ...keep.map(({ path: [root, field, key] }) => placeOf(root, field, key)),
      ]);
      const text = keep.map(({ value = '', when = '' }) => `${value} ${when}`).join(' ');
      const fields = [...text.matchAll(/\bobject\.spec\.\??(\w+)/g)].map(([, field]) => placeOf('spec', field));
      const marks = [...text.matchAll(/\bobject\.metadata\.\??(\w+)\[\?'([^']+)'\]/g)].map(([, map, key]) =>
        placeOf('metadata', map, key),
      );
      expect(fields.length + marks.length).toBe(text.match(/\bobject\./g)?.length ?? 0);
      expect([...fields, ...marks].filter((place) => !opens.has(place))).toEqual([]);
    });

    it.each(selecting)('$name: beyond its gate nothing is found out', ({ spec }) => {
      for (const { expression } of spec.validations ?? []) expect(expression).toBe('false');
    });
  },
);
