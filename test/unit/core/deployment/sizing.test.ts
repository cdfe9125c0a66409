import { describe, expect, it } from 'vitest';
import type { Part, Parts } from '../../../../src/core/deployment/replica-set-roles.ts';
import { roll } from '../../../../src/core/deployment/roll.ts';
import { Sizing } from '../../../../src/core/deployment/sizing.ts';

const part = (size: number, available = size): Part => ({ object: undefined, size, available, desired: undefined });

/** The last of `old` is the stable one. */
const partsWith = (fresh: Part, ...old: Part[]): Parts => ({ fresh, old, stable: old.at(-1), isStableKnown: true });

const bounds = { replicas: 10, surge: 3, minAvailable: 8, limit: 10 };

const sizesOf = (sizing: Sizing): number[] => [sizing.parts.fresh, ...sizing.parts.old].map((each) => sizing.of(each));

/** How many pods serve in the worst case: of each ReplicaSet those that do not serve went first. */
const servingOf = (sizing: Sizing): number =>
  [sizing.parts.fresh, ...sizing.parts.old].reduce((sum, each) => sum + Math.min(sizing.of(each), each.available), 0);

describe('new pods that go', () => {
  it('are missed when old ones go in the same pass: enough available pods remain of both together', () => {
    const sizing = new Sizing(partsWith(part(5), part(3), part(5, 4)), bounds);
    roll(sizing, 2);
    expect(sizesOf(sizing)).toEqual([2, 2, 5]);
    expect(servingOf(sizing)).toBe(bounds.minAvailable);
  });

  it('go at any time when they do not serve, also where no pod that serves may go', () => {
    const sizing = new Sizing(partsWith(part(3, 0), part(8)), bounds);
    sizing.shrinkFresh(3);
    expect(sizesOf(sizing)).toEqual([0, 8]);
  });

  it('go as far as enough others serve', () => {
    const sizing = new Sizing(partsWith(part(5), part(5)), bounds);
    sizing.shrinkFresh(4);
    expect(sizesOf(sizing)).toEqual([3, 5]);
  });

  it('stay where too few serve already', () => {
    const sizing = new Sizing(partsWith(part(4, 3), part(3)), bounds);
    sizing.shrinkFresh(4);
    expect(sizesOf(sizing)).toEqual([3, 3]);
  });
});

describe('old pods that go', () => {
  it('are missed when those of another revision go in the same pass', () => {
    const stable = part(5, 2);
    const [first, second] = [part(4), part(3)];
    const sizing = new Sizing(partsWith(part(0), first, second, stable), { ...bounds, minAvailable: 6 });
    expect([sizing.shrink(first, 4), sizing.shrink(second, 3)]).toEqual([3, 0]);
    expect(servingOf(sizing)).toBe(6);
  });

  it('are counted also when they do not serve: the new ones may never do', () => {
    const [first, second] = [part(4, 1), part(4, 1)];
    const sizing = new Sizing(partsWith(part(3), first, second), bounds);
    expect([sizing.shrinkUnavailable(first, 3), sizing.shrinkUnavailable(second, 3)]).toEqual([3, 0]);
  });
});

it('what should grow where there is no room stays as it is', () => {
  const [middle, stable] = [part(4), part(0)];
  const sizing = new Sizing(partsWith(part(11), middle, stable), bounds);
  sizing.grow(middle, 6);
  sizing.grow(stable, 6);
  expect(sizesOf(sizing)).toEqual([11, 4, 0]);
});
