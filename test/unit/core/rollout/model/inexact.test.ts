// Numbers that reading has rounded are never written again: what copies a template makes no pod of it, and says which field it is.

import { describe, expect, it } from 'vitest';
import { PODS } from '../../../../../src/api/resources.ts';
import { roundedNumberAt } from '../../../../../src/lib/json.ts';
import { World } from './world.ts';

describe('a number beyond 2^53', () => {
  it.each([
    [{ a: [{ b: 2 ** 53 }] }, 'a[0].b'],
    [[1, [2, -(2 ** 60)]], '[1][1]'],
    [{ a: 2 ** 53 - 1, b: 0.5, c: 'x', d: null }, undefined],
  ])('%j is found at %s', (value, path) => {
    expect(roundedNumberAt(value)).toBe(path);
  });

  it('case 08: in the template of a canary release, its field is named, and no pod is made', async () => {
    const world = await World.of();
    const before = world.server.list(PODS).length;
    world.setImage('v2');
    world.update({ spec: { template: { spec: { terminationGracePeriodSeconds: 2 ** 53 } } } });
    await world.advanceUntilQuiet();
    expect(world.status.message).toContain('spec.template.spec.terminationGracePeriodSeconds is a number beyond 2^53');
    expect(world.server.list(PODS)).toHaveLength(before);
    world.update({ spec: { template: { spec: { terminationGracePeriodSeconds: 30 } } } });
    await world.advanceUntilQuiet();
    expect(world.status.currentStepState).toBe('StepPaused');
  });
});
