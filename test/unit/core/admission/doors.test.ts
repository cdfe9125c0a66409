// Who judges what is sent to a path.

import { describe, expect, test } from 'vitest';
import { PATH } from '../../../../src/api/names.ts';
import { DEPLOYMENTS, PODS, type STATEFUL_SETS } from '../../../../src/api/resources.ts';
import { doorsOf, type Door } from '../../../../src/core/admission/doors.ts';
import { ownWebhook, type AskedReviews, type Judge } from '../../../../src/core/admission/judge.ts';
import { holdJudge } from '../../../../src/core/admission/judges/hold.ts';
import { rolloutJudge } from '../../../../src/core/admission/judges/rollout-rules.ts';
import type { Review } from '../../../../src/core/admission/types.ts';
import { allow } from '../../../../src/core/admission/verdicts.ts';
import { workloadWebhooks } from '../../../../src/core/admission/workload-webhooks.ts';
import { Kinds } from '../../../../src/workloads/kinds.ts';
import { BUILT_IN, WORKLOADS } from '../../../../src/workloads/index.ts';
import { deployment, review } from '../../workloads/objects.ts';

const KNOWN: readonly Judge[] = [holdJudge, rolloutJudge];
const update = review(deployment(), deployment());
const pod = (parts: Partial<Review>): Review => ({
  ...update,
  group: '',
  resource: 'pods',
  kind: 'Pod',
  ...parts,
});
const judgeOf = (id: string, ...on: AskedReviews[]): Judge => ({
  id,
  webhooks: () => [ownWebhook(id, 'validating', on)],
  judge: () => allow(id),
});
const at = (doors: readonly Door[], path: string, asked: Review): string[] =>
  (doors.find((door) => door.path === path)?.judgesOf(asked) ?? []).map(({ id }) => id);

describe('the hold and the rules for Rollouts', () => {
  const doors = doorsOf(KNOWN, BUILT_IN);

  test('answers at the paths of OpenKruise and at our own', () => {
    expect(doors.map(({ path }) => path).sort()).toEqual(
      [
        PATH.mutateDeployment,
        PATH.mutateDaemonset,
        PATH.mutateCloneset,
        PATH.mutateAdvancedDaemonset,
        PATH.mutateUnified,
        PATH.mutateEnrolled,
        PATH.mutateOther,
        PATH.validateRollout,
      ].sort(),
    );
  });

  test('asks the hold about updates of workloads at every mutating path, and about nothing else', () => {
    for (const { path } of doors.filter((door) => door.path !== PATH.validateRollout)) {
      expect(at(doors, path, update)).toEqual(['hold']);
      expect(at(doors, path, { ...update, operation: 'CREATE' })).toEqual([]);
      expect(at(doors, path, { ...update, subresource: 'status' })).toEqual([]);
      expect(at(doors, path, pod({}))).toEqual([]);
    }
    expect(at(doors, PATH.validateRollout, update)).toEqual([]);
  });

  test.each(['v1beta1', 'v1alpha1'])('asks the rules about Rollouts that are made or changed in %s', (version) => {
    const rollout = { ...update, group: 'rollouts.kruise.io', resource: 'rollouts', kind: 'Rollout', version };
    expect(at(doors, PATH.validateRollout, rollout)).toEqual(['rollout-rules']);
    expect(at(doors, PATH.validateRollout, { ...rollout, operation: 'CREATE' })).toEqual(['rollout-rules']);
    expect(at(doors, PATH.validateRollout, { ...rollout, operation: 'DELETE' })).toEqual([]);
  });

  test('asks the hold about a kind from the moment it is learned', () => {
    const kinds = new Kinds(WORKLOADS);
    const own = doorsOf(KNOWN, kinds);
    const learned = { ...update, group: 'example.com', resource: 'databases', kind: 'Database' };
    expect(at(own, PATH.mutateOther, learned)).toEqual([]);
    const resource: typeof STATEFUL_SETS = {
      group: 'example.com',
      version: 'v1',
      plural: 'databases',
      kind: 'Database',
      namespaced: true,
    };
    expect(kinds.learn(resource)).toBe(true);
    expect(at(own, PATH.mutateOther, learned)).toEqual(['hold']);
    expect(at(own, PATH.mutateOther, update)).toEqual(['hold']);
  });
});

describe('more judges', () => {
  test('are asked by operation, resource and subresource, each at its own path', () => {
    const doors = doorsOf(
      [
        ...KNOWN,
        judgeOf('made', { operations: ['CREATE'], resource: PODS }),
        judgeOf('gone', { operations: ['DELETE'], resource: PODS }),
        judgeOf('evicted', { operations: ['CREATE'], resource: PODS, subresource: 'eviction' }),
        judgeOf('told', { operations: ['UPDATE'], resource: DEPLOYMENTS, subresource: 'status' }),
      ],
      BUILT_IN,
    );
    expect(at(doors, '/judge-made', pod({ operation: 'CREATE' }))).toEqual(['made']);
    expect(at(doors, '/judge-made', pod({ operation: 'CREATE', subresource: 'eviction' }))).toEqual([]);
    expect(at(doors, '/judge-evicted', pod({ operation: 'CREATE', subresource: 'eviction' }))).toEqual(['evicted']);
    expect(at(doors, '/judge-gone', pod({ operation: 'DELETE' }))).toEqual(['gone']);
    expect(at(doors, '/judge-gone', pod({ operation: 'CREATE' }))).toEqual([]);
    expect(at(doors, '/judge-told', { ...update, subresource: 'status' })).toEqual(['told']);
    expect(at(doors, '/judge-told', update)).toEqual([]);
    expect(at(doors, PATH.mutateOther, update)).toEqual(['hold']);
  });

  test('that share a webhook are asked in the order of the registry, once each', () => {
    const sharing = (id: string): Judge => ({
      id,
      webhooks: (workloads) => workloadWebhooks(workloads, () => []),
      judge: () => allow(id),
    });
    const doors = doorsOf([sharing('before'), ...KNOWN, sharing('after')], BUILT_IN);
    expect(at(doors, PATH.mutateOther, update)).toEqual(['before', 'hold', 'after']);
    expect(at(doors, PATH.mutateEnrolled, update)).toEqual(['before', 'hold', 'after']);
    expect(at(doors, PATH.mutateDeployment, update), 'a path that only the hold names').toEqual(['hold']);
  });
});
