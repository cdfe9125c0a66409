// Which kinds a process knows.

import { describe, expect, it } from 'vitest';
import type { Resource } from '../../../src/api/kube.ts';
import { DEFAULT_OPTIONS, policyObjects } from '../../../src/install/index.ts';
import { ADVANCED_DAEMON_SETS, ADVANCED_STATEFUL_SETS, CLONE_SETS, DAEMON_SETS } from '../../../src/api/resources.ts';
import { BUILT_IN, WORKLOADS } from '../../../src/workloads/index.ts';
import { Kinds } from '../../../src/workloads/kinds.ts';

const options = { ...DEFAULT_OPTIONS, endpoint: { url: 'https://127.0.0.1:9876' } };
const toys: Resource = { group: 'toys.example.com', version: 'v1', plural: 'toys', kind: 'Toy', namespaced: true };
const balls: Resource = { ...toys, plural: 'balls', kind: 'Ball' };

describe('kinds of the registry', () => {
  it('are one a group, kind and style', () => {
    const keys = WORKLOADS.map(({ group, kind, style }) => `${group}/${kind}/${style}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('are known already', () => {
    const kinds = new Kinds(WORKLOADS);
    const statefulSets = WORKLOADS.find(({ kind }) => kind === 'StatefulSet');
    expect(kinds.learn((statefulSets as { resource: Resource }).resource)).toBe(false);
    expect(kinds.learned).toEqual([]);
  });
});

describe('a kind of the cluster', () => {
  it('is not learned where its update strategy is known to be another one', () => {
    const kinds = new Kinds(WORKLOADS);
    for (const resource of [CLONE_SETS, DAEMON_SETS, ADVANCED_DAEMON_SETS]) expect(kinds.learn(resource)).toBe(false);
    expect(kinds.isUnknown('apps.kruise.io', 'CloneSet')).toBe(false);
    expect(kinds.learn(ADVANCED_STATEFUL_SETS)).toBe(true);
  });

  it('is unsupported until it is learned, and then released like a StatefulSet', () => {
    const kinds = new Kinds(WORKLOADS);
    expect(kinds.byRef('toys.example.com/v1', 'Toy', 'partition')).toBeUndefined();
    expect(kinds.unsupportedText('toys.example.com/v1', 'Toy', 'partition')).toMatch(
      /Toy .* not supported; supported kinds: apps/,
    );
    expect(kinds.learn(toys)).toBe(true);
    expect(kinds.learn(toys)).toBe(false);
    expect(kinds.byRef('toys.example.com/v1', 'Toy', 'partition')?.resource).toEqual(toys);
    expect(kinds.byRef('toys.example.com/v2', 'Toy', 'partition'), 'whatever the version').toBeDefined();
    expect(kinds.unsupportedText('toys.example.com/v1', 'Toy', 'canary')).toMatch(/supported styles: partition/);
    expect(kinds.resources).toContainEqual(toys);
    expect(BUILT_IN.resources, 'another value knows nothing of it').not.toContainEqual(toys);
  });

  it('shares one set of policies with all others of its make, under names that are known before', () => {
    const kinds = new Kinds(WORKLOADS);
    const before = policyObjects(options, kinds.all).map(({ metadata }) => metadata.name);
    kinds.learn(toys);
    kinds.learn(balls);
    const after = policyObjects(options, kinds.all);
    const added = after.filter(({ metadata }) => !before.includes(metadata.name));
    expect(added).toHaveLength(6);
    expect(new Set(added.map(({ metadata }) => metadata.name.split('.').slice(0, 2).join('.')))).toEqual(
      new Set(['statefulset-like.partition']),
    );
    const [policy] = added as unknown as { spec: { matchConstraints: { resourceRules: { resources: string[] }[] } } }[];
    expect(policy?.spec.matchConstraints.resourceRules.flatMap(({ resources }) => resources)).toEqual([
      'toys',
      'balls',
    ]);
  });
});
