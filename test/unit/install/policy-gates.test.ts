// What a write of an enrolled workload costs the API server while nothing is asked of us: for each kind and style it looks at
// three policies, whose gates are all false, and evaluates nothing beyond them. All of their conditions are evaluated each time,
// so their number is bounded too, and how often they come to what is expensive in them, the comparison of templates. The gates are
// read by their structure; a real API server counts evaluations in test/cluster/policy.test.ts.

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

/** An annotation of a Deployment raises it, and what is idle may be an annotation. */
const RAISED = 'object.metadata.?generation';

/** One field of the object before and after; an idle write changes none that a gate reads, except the generation. */
function comparesBeforeAndAfter(term: string): boolean {
  const [after = '', before = '', ...rest] = split(term, ' != ');
  if (rest.length > 0 || !after.startsWith('object.') || after === RAISED) return false;
  return before === after.replaceAll(/\bobject\b/g, 'oldObject');
}

/** The template before and after, or the largest part of it. */
const COMPARES_TEMPLATES = /\bobject\.spec\.\??template(\.\??spec)? != oldObject\.spec\.\??template/g;
const countOfTemplates = (text: string): number => text.match(COMPARES_TEMPLATES)?.length ?? 0;

/** What an idle write makes of an expression. */
interface Reading {
  /** Known without knowing more than that nothing of ours is touched and no release is under way. */
  isFalse: boolean;
  /** Templates that are compared until then, at most: terms are tried from left to right. */
  templates: number;
}

const sumOf = (readings: readonly Reading[]): number => readings.reduce((sum, { templates }) => sum + templates, 0);

function read(expression: string): Reading {
  const text = expression.trim();
  if (isEnclosed(text)) return read(text.slice(1, -1));
  const alternatives = split(text, '||');
  const [condition, chosen] = split(text, ' ? ');
  if (alternatives.length > 1 && chosen === undefined) return readAlternatives(alternatives.map(read));
  if (condition !== undefined && chosen !== undefined) return readChoice(condition, split(chosen, ' : '));
  const terms = split(text, '&&');
  if (terms.length > 1) return readTerms(terms.map(read));
  const isFalse = NEVER.some((never) => never.test(text)) || comparesBeforeAndAfter(text);
  return { isFalse, templates: countOfTemplates(text) };
}

const readAlternatives = (readings: readonly Reading[]): Reading => ({
  isFalse: readings.every(({ isFalse }) => isFalse),
  templates: sumOf(readings),
});

function readChoice(condition: string, ways: readonly string[]): Reading {
  const readings = ways.map(read);
  const most = Math.max(...readings.map(({ templates }) => templates));
  return { isFalse: readings.every(({ isFalse }) => isFalse), templates: read(condition).templates + most };
}

function readTerms(terms: readonly Reading[]): Reading {
  const end = terms.findIndex(({ isFalse }) => isFalse);
  return { isFalse: end !== -1, templates: sumOf(end === -1 ? terms : terms.slice(0, end + 1)) };
}

const isFalse = (expression: string): boolean => read(expression).isFalse;

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
    ['object.metadata.?generation != oldObject.metadata.?generation', false],
  ])('%s', (expression, expected) => {
    expect(isFalse(expression)).toBe(expected);
  });

  const SAME = 'object.spec.template != oldObject.spec.template';
  it.each([
    [`x && ${SAME} && ${SAME}`, 1],
    [`object.spec.?a != oldObject.spec.?a && ${SAME}`, 0],
    [`(${SAME}) || x || (x && ${SAME})`, 2],
    [`x ? ${SAME} : (${SAME} || x || ${SAME})`, 2],
    [`!(x || ${SAME} || ${SAME})`, 2],
    ['has(object.spec.template) && object.spec.?template != oldObject.spec.?template', 1],
    ["object.metadata.?annotations[?'a'] != oldObject.metadata.?annotations[?'a']", 0],
  ])('%s compares %i templates', (expression, templates) => {
    expect(read(expression).templates).toBe(templates);
  });
});

/**
 * What is true today. Each condition costs something at each write, and whoever adds one adds it to every style. Of the two
 * templates that are compared one is for the hold, and one for the guard, which is asked where the generation was raised alone.
 */
const MOST = { conditions: 9, withTemplates: 3, comparedTemplates: 2 };

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

    it('an idle write has a bounded number of conditions, and comparisons of templates among them', () => {
      const expressions = selecting.flatMap(({ spec }) => spec.matchConditions.map((one) => one.expression));
      const withTemplates = expressions.filter((one) => countOfTemplates(one) > 0);
      const comparedTemplates = sumOf(expressions.map(read));
      expect(expressions.length).toBeLessThanOrEqual(MOST.conditions);
      expect(withTemplates.length).toBeLessThanOrEqual(MOST.withTemplates);
      expect(comparedTemplates).toBeLessThanOrEqual(MOST.comparedTemplates);
      // The hold is found no other way, so none at all would mean that they are spelled in a way that is not counted here.
      expect(comparedTemplates).toBeGreaterThan(0);
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
