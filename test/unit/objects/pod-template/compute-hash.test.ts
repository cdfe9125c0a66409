// The revision of a pod template is the one OpenKruise Rollouts computes, for every kind of template we could think of.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PodTemplate } from '../../../../src/api/kube.ts';
import { STRUCTS } from '../../../../src/objects/pod-template/fields.ts';
import { computeHash } from '../../../../src/objects/revision.ts';
import { COLLISIONS, hashes, templates } from './fixtures.ts';

const production = templates['a service as they are in production']!;
const one = fc.constantFrom(...Object.values(templates));

/** What the API server never returns, because storage rewrites it: see the template of that name. */
const REWRITTEN = new Set([
  'creationTimestamp with a fraction and a zone',
  'null among values',
  'resources with fractions',
  'resources of zero and less',
  'resources beyond int64',
  'resources not in canonical form',
  'resources too small',
  'resources as numbers',
]);

const hasEmptyList = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.length === 0 || value.some(hasEmptyList);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasEmptyList);
};

/** Fields whose keys the author chooses: none of them is unknown. */
const MAPS = /^(labels|matchLabels|annotations|nodeSelector|limits|requests|overhead|volumeAttributes|options)$/;

/** The same template with its keys in reverse, a null and an unknown field in every typed object. */
function disturbed(value: unknown, field = ''): unknown {
  if (field === 'fieldsV1') return value; // kept as it was spelled
  if (Array.isArray(value)) return value.map((item) => disturbed(item));
  if (typeof value !== 'object' || value === null) return value;
  const reversed = Object.entries(value).reverse();
  const copy = Object.fromEntries(reversed.map(([key, item]) => [key, disturbed(item, key)]));
  return MAPS.test(field) ? copy : { ...copy, futureField: { x: [1] }, otherFutureField: null };
}

describe('computeHash', () => {
  it('has an expectation for every template', () => {
    expect(Object.keys(templates).sort()).toEqual(Object.keys(hashes).sort());
    expect(Object.keys(templates).length).toBeGreaterThan(150);
  });

  it.each(Object.keys(templates))('is the hash that OpenKruise computes: %s', (name) => {
    expect(computeHash(templates[name])).toBe(hashes[name]?.hash);
    expect(computeHash(templates[name], COLLISIONS)).toBe(hashes[name]?.salted);
  });

  it('is the same for a controller that reads protobuf, unless storage rewrites the template', () => {
    const differing = Object.keys(templates).filter((name) => computeHash(templates[name]) !== hashes[name]?.stored);
    const expected = Object.keys(templates).filter((name) => REWRITTEN.has(name) || hasEmptyList(templates[name]));
    expect(differing.filter((name) => !expected.includes(name))).toEqual([]);
    expect([...REWRITTEN].filter((name) => !differing.includes(name))).toEqual([]);
  });

  it('is tried on every field of every struct', () => {
    const met = new Set(
      Object.values(templates).flatMap((template) => JSON.stringify(template).match(/"\w+":/g) ?? []),
    );
    const fields = STRUCTS.trim()
      .split(/\s+/)
      .map((word) => word.split(':')[2] ?? '');
    expect(fields.filter((field) => field !== '' && !met.has(`"${field}":`))).toEqual([]);
  });

  it('ignores the order of keys, unknown fields and nulls', () => {
    fc.assert(
      fc.property(one, (template) => {
        expect(computeHash(disturbed(template) as PodTemplate)).toBe(computeHash(template));
      }),
    );
  });

  it('is the same for a Deployment and its ReplicaSet, whose template it leaves alone', () => {
    const labels = { ...production.metadata?.labels, 'pod-template-hash': '66b6c48dd5' };
    const ofReplicaSet = { ...production, metadata: { ...production.metadata, labels } };
    expect(computeHash(ofReplicaSet)).toBe(computeHash(production));
    expect(labels['pod-template-hash']).toBe('66b6c48dd5');
  });

  it('differs for a list that is there and empty, as it does in Go', () => {
    const args = (list?: string[]) =>
      computeHash({ spec: { containers: [{ name: 'a', ...(list && { args: list }) }] } });
    expect(args([])).not.toBe(args());
  });

  it('of no template is the one of an empty template', () => {
    expect(computeHash(undefined)).toBe(hashes['empty object']?.hash);
  });

  it('gives a name whatever it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), one, fc.integer({ min: 0 }), (junk, template, collisions) => {
        const broken = { ...template, metadata: junk, spec: { ...template.spec, volumes: junk, containers: [junk] } };
        expect(computeHash(broken as unknown as PodTemplate, collisions)).toMatch(/^[b-df-hj-np-tv-xz2-9]{1,10}$/);
        expect(computeHash(junk as unknown as PodTemplate)).toMatch(/^[b-df-hj-np-tv-xz2-9]{1,10}$/);
      }),
    );
  });

  it('takes less than a millisecond for a template of 5 KB', () => {
    expect(JSON.stringify(production).length).toBeGreaterThan(4000);
    const rounds = Array.from({ length: 30 }, () => {
      const start = performance.now();
      for (let i = 0; i < 20; i++) computeHash(production);
      return (performance.now() - start) / 20;
    });
    expect(Math.min(...rounds)).toBeLessThan(1);
  });
});
