import { describe, expect, it } from 'vitest';
import { namesOf } from '../../../src/cli/targets.ts';

describe('which Rollouts are meant', () => {
  it.each([
    ['', []],
    ['x', ['x']],
    ['x y', ['x', 'y']],
    ['rollout/x', ['x']],
    ['rollouts/x', ['x']],
    ['Rollout/x', ['x']],
    ['rollout.rollouts.kruise.io/x', ['x']],
    ['rollouts.v1beta1.rollouts.kruise.io/x', ['x']],
    ['rollouts.v1alpha1.rollouts.kruise.io/x', ['x']],
    ['rollout/x rollout/y', ['x', 'y']],
    ['rollout/x x', ['x']],
    ['rollouts', []],
    ['rollouts x', ['x']],
    ['rollout x y', ['x', 'y']],
    ['rollout/rollout', ['rollout']],
    ['rollouts rollout', ['rollout']],
  ])('%j', (line, names) => {
    expect(namesOf(line.split(' ').filter((word) => word !== ''))).toEqual(names);
  });

  it.each(['deployment/x', 'rollout/', 'rollout/x/y', 'rollout.apps/x'])(
    'refuses %s and says how to write it',
    (word) => {
      expect(() => namesOf([word])).toThrow(/write rollout\/NAME/);
    },
  );
});
