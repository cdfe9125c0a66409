import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Condition } from '../../../src/api/kube.ts';
import {
  conditionOf,
  mergePatch,
  notBefore,
  timeText,
  withCondition,
  withoutCondition,
} from '../../../src/objects/status.ts';
import { merged } from '../core/rollout/model/api-server.ts';

const T1 = Date.parse('2026-03-01T10:00:00.500Z');
const T2 = T1 + 60_000;
const wanted = { type: 'Progressing', status: 'True', reason: 'Initializing', message: 'one' } as const;

describe('conditions', () => {
  it('X5: an update shows, with the time of its change', () => {
    const before = withCondition(undefined, wanted, T1);
    const after = withCondition(before, { ...wanted, reason: 'InRolling', message: 'two' }, T2);
    expect(after).toEqual([
      {
        ...wanted,
        reason: 'InRolling',
        message: 'two',
        lastUpdateTime: timeText(T2),
        lastTransitionTime: timeText(T2),
      },
    ]);
  });

  it('X5: a message alone moves the update time and not the transition time', () => {
    const [condition] = withCondition(withCondition([], wanted, T1), { ...wanted, message: 'two' }, T2);
    expect(condition).toMatchObject({ lastUpdateTime: timeText(T2), lastTransitionTime: timeText(T1) });
  });

  it('the same again changes nothing, whatever the time', () => {
    const before = withCondition([], wanted, T1);
    expect(withCondition(before, wanted, T2)).toEqual(before);
  });

  it('leaves the others alone and in their order', () => {
    const other: Condition = { type: 'Other', status: 'True', reason: '', message: '' };
    const list = withCondition([other], wanted, T1);
    expect(list.map(({ type }) => type)).toEqual(['Other', 'Progressing']);
    expect(conditionOf(withoutCondition(list, 'Progressing'), 'Progressing')).toBeUndefined();
    expect(withoutCondition(undefined, 'Progressing')).toEqual([]);
  });
});

describe('times', () => {
  it('are read never earlier than they were: whole seconds were cut', () => {
    expect(notBefore('2026-03-01T10:00:00Z')).toBe(Date.parse('2026-03-01T10:00:01Z'));
    expect(notBefore(timeText(T1))).toBe(T1);
    expect(notBefore(undefined)).toBeUndefined();
    expect(notBefore('yesterday')).toBeUndefined();
  });
});

describe('merge patches', () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('a', 'b', 0, 1, true),
      fc.array(fc.constantFrom('a', 1), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('x', 'y', 'z'), tie('value'), { maxKeys: 3 }),
    ),
  })).value;
  const object = fc.dictionary(fc.constantFrom('p', 'q', 'r'), json, { maxKeys: 3 });

  it('turn the one into the other, and are nothing when they are equal', () => {
    const property = fc.property(object, object, (from, to) => {
      const patch = mergePatch(from, to);
      expect(patch === undefined ? from : merged(from, patch)).toEqual(to);
      expect(mergePatch(to, to)).toBeUndefined();
    });
    fc.assert(property, { seed: 7, numRuns: 500 });
  });

  it('X37: name only what changed, so that what others write stays', () => {
    const from = { phase: 'Progressing', canaryStatus: { currentStepState: 'StepPaused', currentStepIndex: 1 } };
    const to = { phase: 'Progressing', canaryStatus: { currentStepState: 'StepPaused', currentStepIndex: 2 } };
    expect(mergePatch(from, to)).toEqual({ canaryStatus: { currentStepIndex: 2 } });
    expect(mergePatch(undefined, to)).toEqual(to);
  });
});
