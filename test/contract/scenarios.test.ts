// The scenario table covers the registries, and docs/conformance.md shows the table with every mark.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../src/traffic/index.ts';
import { WORKLOADS } from '../../src/workloads/index.ts';
import { render } from '../scenarios/conformance.ts';
import { ROUTES, SUBJECTS, TABLE } from '../scenarios/table.ts';

/** Lines of the registries that have no adapter yet. */
const MISSING: readonly string[] = [];

describe('the scenario table', () => {
  it('plays every kind and style of the registry', () => {
    const registered = WORKLOADS.map(({ group, kind, style }) => `${group}/${kind}/${style}`);
    const played = SUBJECTS.flatMap((subject) => subject.registered ?? []);
    expect(registered.filter((key) => !played.includes(key) && !MISSING.includes(key))).toEqual([]);
    expect(played.filter((key) => !registered.includes(key))).toEqual([]);
  });

  it('plays a kind that no registry knows', () => {
    const unknown = SUBJECTS.filter(({ registered }) => registered === undefined);
    const known = WORKLOADS.map(({ group, kind }) => `${group}/${kind}`);
    expect(unknown.map(({ resource }) => known.includes(`${resource.group}/${resource.kind}`))).toEqual([false]);
  });

  it('plays every traffic provider, and none', () => {
    expect(ROUTES.map(({ provider }) => provider ?? 'none').sort()).toEqual(
      [...PROVIDERS.map(({ id }) => id), 'none'].sort(),
    );
  });

  it('gives each cell a title of its own', () => {
    expect(new Set(TABLE.map(({ title }) => title)).size).toBe(TABLE.length);
  });

  it('is what docs/conformance.md shows, every mark a good one', () => {
    const path = new URL('../../docs/conformance.md', import.meta.url);
    const held = new Map(TABLE.map(({ title }) => [title, true]));
    expect(readFileSync(path, 'utf8')).toBe(render(held));
  });
});
