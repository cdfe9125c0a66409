// One test over the whole registry of admission judges.

import { describe, expect, test } from 'vitest';
import { ourUserName } from '../../src/api/names.ts';
import type { AskedReviews, Judge } from '../../src/core/admission/judge.ts';
import { JUDGES } from '../../src/core/admission/judges/index.ts';
import type { Review, Snapshot } from '../../src/core/admission/types.ts';
import { webhookConfigurations } from '../../src/install/webhooks.ts';
import { DEFAULT_OPTIONS } from '../../src/install/index.ts';
import { WORKLOADS } from '../../src/workloads/index.ts';

const requests = JUDGES.flatMap((judge) =>
  judge
    .webhooks(WORKLOADS)
    .flatMap(({ phase, on }) =>
      on.flatMap((asked) => asked.operations.map((operation) => ({ id: judge.id, judge, phase, asked, operation }))),
    ),
);

const sparse = (asked: AskedReviews, operation: AskedReviews['operations'][number]): Review => ({
  uid: 'uid',
  operation,
  group: asked.resource.group,
  version: asked.resource.version,
  resource: asked.resource.plural,
  kind: asked.resource.kind,
  subresource: asked.subresource ?? '',
  namespace: asked.resource.namespaced ? 'shop' : '',
  name: 'one',
  username: 'jane',
  groups: [],
  dryRun: false,
  object: operation === 'DELETE' ? undefined : { metadata: { name: 'one' } },
  oldObject: operation === 'CREATE' ? undefined : { metadata: { name: 'one' } },
});
const KNOWN: Snapshot = {
  identity: ourUserName(DEFAULT_OPTIONS.namespace),
  rollouts: [],
  related: {},
  live: false,
  namespaceTerminating: false,
};
const answersOf = (judge: Judge, review: Review) => [
  judge.judge(review, KNOWN, 0),
  judge.judge(review, { ...KNOWN, liveError: 'no answer' }, 0),
  judge.judge(review, { ...KNOWN, live: true }, 0),
];

test('each has an id of its own, fit for a path and a name', () => {
  expect(new Set(JUDGES.map(({ id }) => id)).size).toBe(JUDGES.length);
  for (const { id } of JUDGES) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
});

describe('webhooks', () => {
  test('have names of their own that the API server takes, and conditions of their own', () => {
    const options = { ...DEFAULT_OPTIONS, endpoint: { url: 'https://127.0.0.1' } };
    const all = webhookConfigurations(options, JUDGES, WORKLOADS).flatMap(
      (object) => object['webhooks'] as unknown as { name: string; matchConditions: { name: string }[] }[],
    );
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { name, matchConditions } of all) {
      expect(name).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+){2,}$/);
      expect(new Set(matchConditions.map((one) => one.name)).size).toBe(matchConditions.length);
    }
  });

  test.each(requests.filter(({ operation }) => operation === 'DELETE'))(
    '$id $operation: no condition reads what a deletion has not',
    ({ judge }) => {
      const conditions = judge.webhooks(WORKLOADS).flatMap(({ conditions: own = [] }) => own);
      for (const { expression } of conditions) expect(expression).not.toMatch(/\bobject\.(?!\?)/);
    },
  );
});

describe.each(requests)('$id, $operation of $asked.resource.plural', ({ judge, phase, asked, operation }) => {
  const review = sparse(asked, operation);

  test('answers the same each time, changes nothing, and a validating one never patches', () => {
    const before = structuredClone(review);
    const answers = answersOf(judge, review);
    expect(answersOf(judge, review)).toEqual(answers);
    expect(review).toEqual(before);
    for (const { is, reason } of answers) {
      expect(reason).toMatch(/^[a-z0-9-]+$/);
      if (phase === 'validating') expect(is).not.toBe('patch');
    }
  });

  test('asks nothing any more once the API server was asked, in vain or not', () => {
    for (const { is } of answersOf(judge, review).slice(1)) expect(is).not.toBe('asks');
  });
});
