// What the scenario table makes of the states that a watch shows: which stories it accepts, and what it says of the others.

import { describe, expect, test } from 'vitest';
import type { RolloutStatus } from '../../../src/api/rollout.ts';
import { shownIn } from '../../scenarios/shown.ts';
import { passing, Told, type Wanted } from '../../scenarios/told.ts';

const WANTED: readonly Wanted[] = [
  'Healthy',
  'Progressing 1 BeforeStepUpgrade',
  'Progressing 1 StepUpgrade',
  'Progressing 1 StepPaused',
  passing('Progressing 2 BeforeStepUpgrade'),
  passing('Progressing 2 StepUpgrade'),
  'Progressing 2 Completed',
  'Healthy 2 Completed',
];
const ALL = WANTED.map((one) => (typeof one === 'string' ? one : one.passes));

interface Parts {
  updated?: number;
  revision?: string;
  reason?: string;
}

function statusOf(state: string, { updated = 0, revision = 'v2', reason = 'InRolling' }: Parts = {}): RolloutStatus {
  const [phase = '', index, currentStepState = ''] = state.split(' ');
  const step = index === undefined ? {} : { currentStepIndex: Number(index), currentStepState };
  const conditions = [{ type: 'Progressing', status: 'True', reason, message: '' }];
  return { phase, ...step, conditions, canaryStatus: { canaryRevision: revision, canaryReplicas: updated } };
}

function lacks(states: readonly string[]): string[] {
  const told = new Told();
  for (const state of states) told.look(statusOf(state));
  return told.lacks(WANTED);
}
const without = (...states: string[]): string[] => ALL.filter((state) => !states.includes(state));
const withAfter = (state: string, more: string): string[] =>
  ALL.flatMap((one) => (one === state ? [one, more] : [one]));

describe('states as a watch shows them', () => {
  test.each([
    ['all of them', ALL],
    ['some of them twice in a row', ALL.flatMap((state) => [state, state])],
    ['none of those that may pass', without('Progressing 2 BeforeStepUpgrade', 'Progressing 2 StepUpgrade')],
    ['one of those that may pass', without('Progressing 2 BeforeStepUpgrade')],
  ])('are good: %s', (_, states) => {
    expect(lacks(states)).toEqual([]);
  });

  test.each([
    [
      'one is missing',
      without('Progressing 1 StepUpgrade'),
      'a watch showed Progressing 1 StepPaused where Progressing 1 StepUpgrade was due',
    ],
    ['the end is missing', without('Healthy 2 Completed'), 'a watch never showed Healthy 2 Completed'],
    ['nothing was shown', [], 'a watch never showed Healthy'],
    [
      'two have changed places',
      ALL.toSpliced(2, 2, 'Progressing 1 StepPaused', 'Progressing 1 StepUpgrade'),
      'a watch showed Progressing 1 StepPaused where Progressing 1 StepUpgrade was due',
    ],
    [
      'those that may pass have changed places',
      ALL.toSpliced(4, 2, 'Progressing 2 StepUpgrade', 'Progressing 2 BeforeStepUpgrade'),
      'a watch showed Progressing 2 BeforeStepUpgrade again where Progressing 2 Completed was due',
    ],
    [
      'one is told beside them',
      withAfter('Progressing 1 StepUpgrade', 'Progressing 1 StepTrafficRouting'),
      'a watch showed Progressing 1 StepTrafficRouting where Progressing 1 StepPaused was due',
    ],
    [
      'the state of a step goes back',
      withAfter('Progressing 1 StepPaused', 'Progressing 1 StepUpgrade'),
      'a watch showed Progressing 1 StepUpgrade again where Progressing 2 Completed was due',
    ],
    [
      'the step goes back',
      withAfter('Progressing 2 StepUpgrade', 'Progressing 1 StepPaused'),
      'a watch showed Progressing 1 StepPaused again where Progressing 2 Completed was due',
    ],
    [
      'it goes on after the end',
      [...ALL, 'Progressing 1 BeforeStepUpgrade'],
      'a watch showed Progressing 1 BeforeStepUpgrade again after the end',
    ],
  ])('are wrong: %s', (_, states, why) => {
    expect(lacks(states)).toEqual([`${why}: ${states.join(', ')}`]);
  });
});

describe('pods that run the update', () => {
  const STATE = 'Progressing 1 StepUpgrade';
  const counted = (...parts: Parts[]): string[] => {
    const told = new Told();
    for (const part of parts) told.look(statusOf(STATE, part));
    told.look(statusOf('Healthy 1 Completed'));
    return told.lacks([STATE, 'Healthy 1 Completed']);
  };

  test('become more, and none at the end', () => {
    expect(counted({ updated: 0 }, { updated: 1 }, { updated: 1 }, { updated: 4 })).toEqual([]);
  });

  test('are not taken back while a release goes forward', () => {
    expect(counted({ updated: 2 }, { updated: 1 }, { updated: 2 })).toEqual([`in ${STATE} 2 updated pods became 1`]);
  });

  test('are taken back by a rollback, and begin again with another revision', () => {
    expect(counted({ updated: 2 }, { updated: 0, reason: 'Cancelling' })).toEqual([]);
    expect(counted({ updated: 2 }, { updated: 0, revision: 'v3' }, { updated: 1, revision: 'v3' })).toEqual([]);
  });
});

describe('states of a step', () => {
  const step = { pods: 25, requests: 25 };
  const entered = { isBegin: false, isRouted: true, hasPods: false };

  test('of one that begins the release, with requests and without', () => {
    const states = ['Progressing 1 BeforeStepUpgrade', 'Progressing 1 StepUpgrade'];
    const begin = { ...entered, isBegin: true };
    expect(shownIn(1, step, begin)).toEqual([
      ...states,
      'Progressing 1 StepTrafficRouting',
      'Progressing 1 StepPaused',
    ]);
    expect(shownIn(1, step, { ...begin, isRouted: false })).toEqual([...states, 'Progressing 1 StepPaused']);
  });

  test('of one whose pods are there', () => {
    expect(shownIn(2, { pods: 25, requests: 50 }, { ...entered, hasPods: true })).toEqual([
      passing('Progressing 2 BeforeStepUpgrade'),
      passing('Progressing 2 StepUpgrade'),
      'Progressing 2 StepTrafficRouting',
      'Progressing 2 StepPaused',
    ]);
  });

  test('of the last one, which gives requests back first where they were steered', () => {
    const end = ['Progressing 3 StepUpgrade', 'Progressing 3 Completed'];
    expect(shownIn(3, { pods: 100 }, entered)).toEqual(['Progressing 3 BeforeStepUpgrade', ...end]);
    expect(shownIn(3, { pods: 100 }, { ...entered, isRouted: false })).toEqual([
      passing('Progressing 3 BeforeStepUpgrade'),
      ...end,
    ]);
  });
});
