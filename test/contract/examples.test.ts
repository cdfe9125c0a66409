// Every YAML in examples/: well-formed, valid by schema and rules, and complete, so that applying a folder gives a release.

import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { convert } from '../../src/api/convert/index.ts';
import type { KubeObject } from '../../src/api/kube.ts';
import { API_VERSION } from '../../src/api/names.ts';
import { styleOf, trafficRoutingRefOf, trafficRoutingsOf, workloadRefOf } from '../../src/api/rollout-view.ts';
import type { Rollout, TrafficRoutingRef } from '../../src/api/rollout.ts';
import type { TrafficRouting } from '../../src/api/traffic-routing.ts';
import { formatViolations, validateRollout } from '../../src/core/admission/rules/index.ts';
import { providersFor, routeRefsOf, unsupportedRoutes } from '../../src/traffic/index.ts';
import { BUILT_IN } from '../../src/workloads/index.ts';
import { isOurs, schemaErrors } from './crd-validator.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../examples');
const SETTINGS = { partitionPercentLimit: 50, filterWorkloadType: true };

interface Example {
  path: string;
  folder: string;
  objects: KubeObject[];
}

function load(path: string): Example {
  const documents = parseAllDocuments(readFileSync(join(EXAMPLES, path), 'utf8'));
  const broken = documents.flatMap(({ errors }) => errors);
  if (broken[0] !== undefined) throw broken[0];
  return { path, folder: dirname(path), objects: documents.map((document) => document.toJS() as KubeObject) };
}

const examples = globSync('**/*.{yaml,yml}', { cwd: EXAMPLES }).sort().map(load);
const allOurs = examples.flatMap(({ path, folder, objects }) =>
  objects.filter(isOurs).map((object) => ({ path, folder, object, name: `${path}: ${object.metadata.name}` })),
);
const ours = allOurs.filter(({ object }) => object.kind === 'Rollout');
const routings = allOurs.filter(({ object }) => object.kind === 'TrafficRouting');
const neighbours = (folder: string): KubeObject[] =>
  examples.filter((example) => example.folder === folder).flatMap(({ objects }) => objects);
const stored = (object: KubeObject): Rollout => convert(object, API_VERSION.v1beta1) as Rollout;

const find = (folder: string, kind: string, name: string): KubeObject | undefined =>
  neighbours(folder).find((object) => object.kind === kind && object.metadata.name === name);

test('there are examples, and a Rollout in every folder', () => {
  const folders = new Set(examples.map(({ folder }) => folder));
  expect([...folders]).not.toHaveLength(0);
  expect([...folders].filter((folder) => !ours.some((each) => each.folder === folder))).toEqual([]);
});

test('every folder with examples is in the table of the README', () => {
  const readme = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
  const missing = examples.filter(({ folder }) => !readme.includes(`| \`${basename(folder)}\` |`));
  expect(missing).toEqual([]);
});

test.each(examples)('$path holds named objects only', ({ objects }) => {
  expect(objects).not.toHaveLength(0);
  for (const { apiVersion, kind, metadata } of objects) {
    for (const text of [apiVersion, kind, metadata?.name]) expect(text).toEqual(expect.stringMatching(/./));
  }
});

describe.each(ours)('$name', ({ folder, object }) => {
  test('is accepted by the schema of its CRD', () => {
    expect(schemaErrors(object)).toEqual([]);
  });

  test('breaks no rule', () => {
    const v1alpha1 = object.apiVersion === API_VERSION.v1alpha1 ? { v1alpha1: object } : {};
    const violations = validateRollout({ rollout: stored(object), siblings: [], settings: SETTINGS, ...v1alpha1 });
    expect(formatViolations(violations)).toBe('');
  });

  test('refers to a workload beside it, of a kind and style that are supported', () => {
    const rollout = stored(object);
    const { apiVersion, kind, name } = workloadRefOf(rollout);
    expect(find(folder, kind, name)?.apiVersion).toBe(apiVersion);
    expect(BUILT_IN.byRef(apiVersion, kind, styleOf(rollout))).toBeDefined();
  });

  test('routes through a Service that selects its pods, and route objects beside it', () => {
    const rollout = stored(object);
    const { kind, name } = workloadRefOf(rollout);
    const workload = find(folder, kind, name) as unknown as { spec: { template: { metadata: { labels: object } } } };
    for (const ref of trafficRoutingsOf(rollout)) {
      const service = find(folder, 'Service', ref.service) as unknown as { spec: { selector: object } } | undefined;
      expect(workload.spec.template.metadata.labels).toMatchObject(service?.spec.selector ?? { missing: ref.service });
      expectRoutes(folder, ref);
    }
  });

  test('shares a TrafficRouting beside it, if any', () => {
    const shared = trafficRoutingRefOf(stored(object));
    if (shared !== '') expect(find(folder, 'TrafficRouting', shared)).toBeDefined();
  });
});

function expectRoutes(folder: string, ref: TrafficRoutingRef): void {
  expect(unsupportedRoutes(ref)).toEqual([]);
  expect(providersFor(ref)).not.toHaveLength(0);
  for (const { resource, name: route, required } of routeRefsOf(ref)) {
    if (required) expect(find(folder, resource.kind, route), `${resource.kind} ${route}`).toBeDefined();
  }
}

describe.each(routings)('$name', ({ folder, object }) => {
  test('S3-1: is accepted by the schema, and names a Service and route objects beside it', () => {
    expect(schemaErrors(object)).toEqual([]);
    const { spec } = object as TrafficRouting;
    for (const ref of spec.objectRef) {
      expect(find(folder, 'Service', ref.service)).toBeDefined();
      expectRoutes(folder, ref);
    }
  });

  test('S3-2: is shared by a Rollout of each version', () => {
    const sharers = ours.filter(({ object: rollout }) => trafficRoutingRefOf(stored(rollout)) === object.metadata.name);
    expect(sharers.map(({ object: { apiVersion } }) => apiVersion).sort()).toEqual([
      API_VERSION.v1alpha1,
      API_VERSION.v1beta1,
    ]);
  });
});

test('the two versions of a folder are two ways to release the same workload', () => {
  const refs = ours.filter(({ folder }) => folder === 'echoserver').map(({ object }) => workloadRefOf(stored(object)));
  expect(refs).toHaveLength(2);
  expect(refs[0]).toEqual(refs[1]);
});
