import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidatesWith, claims, governing, refersTo } from '../../../../src/core/workload/governing.ts';
import { rollout, type RolloutParts } from '../../workloads/objects.ts';

/** Under the rules as they are by default. */
const candidateOf = candidatesWith();

const nameOf = (parts: RolloutParts[], holder?: string): string | undefined =>
  governing(
    parts.map((part) => candidateOf(rollout(part))),
    holder,
  )?.rollout.metadata.name;

describe('the Rollout that governs a workload', () => {
  const young = { name: 'a', created: '2026-01-03T00:00:00Z' };
  const old = { name: 'b', created: '2026-01-01T00:00:00Z' };
  const twin = { name: 'c', created: '2026-01-01T00:00:00Z' };

  it.each([
    ['the holder stays', [old, young], 'a', 'a'],
    ['without a holder the oldest', [young, old], undefined, 'b'],
    ['of one age the first by name', [twin, old], undefined, 'b'],
    ['a holder that is disabled gives way', [{ ...young, disabled: true }, old], 'a', 'b'],
    ['a holder that is being deleted gives way', [{ ...young, deleting: true }, old], 'a', 'b'],
    [
      'an unsupported style never',
      [{ ...old, style: 'bluegreen' as const, steps: [{ replicas: '100%' }] }, young],
      'b',
      'a',
    ],
    ['an invalid one never', [{ ...old, steps: [] }, young], undefined, 'a'],
    ['a holder that is gone does not count', [young], 'gone', 'a'],
    ['nobody', [], 'gone', undefined],
  ])('%s', (_title, parts, holder, wanted) => {
    expect(nameOf(parts, holder)).toBe(wanted);
  });

  it('X45 does not depend on the order of the list', () => {
    const parts = [young, old, twin, { name: 'd', disabled: true }];
    fc.assert(
      fc.property(
        fc.shuffledSubarray(parts, { minLength: 4 }),
        fc.constantFrom(undefined, 'a', 'c', 'd', 'x'),
        (list, holder) => {
          expect(nameOf(list, holder)).toBe(nameOf(parts, holder));
        },
      ),
    );
  });

  it('X22 refers by group, kind and name, whatever the version', () => {
    expect(refersTo(rollout(), 'apps', 'Deployment', 'web')).toBe(true);
    expect(refersTo(rollout(), 'extensions', 'Deployment', 'web')).toBe(false);
    expect(refersTo(rollout(), 'apps', 'StatefulSet', 'web')).toBe(false);
    expect(refersTo(rollout(), 'apps', 'Deployment', 'api')).toBe(false);
  });
});

describe('a candidate', () => {
  it.each([
    ['eligible', {}, /^$/],
    ['terminating', { deleting: true }, /being deleted/],
    ['disabled', { disabled: true }, /spec\.disabled is true/],
    ['invalid', { steps: [] }, /at least one step.*add a step/],
    ['unsupported', { style: 'bluegreen' as const, steps: [{ replicas: '100%' }] }, /style bluegreen is not supported/],
  ])('%s, and says why', (standing, parts, why) => {
    const candidate = candidateOf(rollout(parts));
    expect(candidate.standing).toBe(standing);
    expect(candidate.problems.join()).toMatch(why);
  });

  it('is judged by the settings of the rules', () => {
    const partition = rollout({ style: 'partition', traffic: true, steps: [{ replicas: '80%', traffic: '80%' }] });
    const standing = (partitionPercentLimit: number) =>
      candidatesWith({ partitionPercentLimit, filterWorkloadType: true })(partition).standing;
    expect([standing(50), standing(100)]).toEqual(['invalid', 'eligible']);
  });

  it.each([
    ['Disabled', { disabled: true, status: { phase: 'Disabled' } }, false],
    ['Disabling', { disabled: true, status: { phase: 'Disabling' } }, true],
    ['terminating', { deleting: true }, true],
    ['healthy', {}, true],
    ['enabled again', { status: { phase: 'Disabled' } }, true],
  ])('%s: claims a held workload: %s', (_title, parts, wanted) => {
    expect(claims(candidateOf(rollout(parts)))).toBe(wanted);
  });
});
