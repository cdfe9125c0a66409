// What a review is judged by: the tables, or one live look that is as complete.

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import type { Absence } from '../../../src/core/admission/absence.ts';
import type { Judge } from '../../../src/core/admission/judge.ts';
import { snapshotLive, snapshotOf } from '../../../src/gather/admission.ts';
import { holdJudge } from '../../../src/core/admission/judges/hold.ts';
import { rolloutJudge } from '../../../src/core/admission/judges/rollout-rules.ts';
import { UNTIL_DONE, observerOf, type Seen } from '../support/observer.ts';
import { deployment, replicaSet, review, rollout } from '../workloads/objects.ts';

const update = review(deployment(), deployment({ image: 'v2' }));
const shop = rollout() as unknown as KubeObject;
const others: KubeObject[] = [
  rollout({ name: 'other', target: 'api' }),
  { ...shop, metadata: { ...shop.metadata, namespace: 'elsewhere' } },
];
const objects = [shop, ...others, deployment(), replicaSet('v1', 5, 1), replicaSet('v9', 5, 9, { uid: 'foreign' })];
const observer = (seen: Seen, absence: Absence = 'known') => ({
  ...observerOf(seen),
  identity: 'sluice',
  absence: () => absence,
});

const known = (seen: Seen, judges: readonly Judge[] = [holdJudge]) => snapshotOf(observer(seen), update, judges);
const live = (seen: Seen, judges: readonly Judge[] = [holdJudge]) =>
  snapshotLive(observer(seen), update, judges, UNTIL_DONE);

const names = (found: readonly KubeObject[] | undefined) => found?.map(({ metadata }) => metadata.name);

describe.each([
  ['known', (seen: readonly KubeObject[]) => Promise.resolve(known({ known: seen, live: [] }))],
  ['live', (seen: readonly KubeObject[]) => live({ known: [], live: seen })],
])('what is %s', (how, look) => {
  test('Rollouts of this workload, and the revisions that it owns', async () => {
    const seen = await look(objects);
    expect(names(seen.rollouts)).toEqual(['shop']);
    expect(names(seen.related['replicaSets'])).toEqual(['web-v1']);
    expect(seen.live).toBe(how === 'live');
  });

  test('nothing where there is nothing', async () => {
    const seen = await look([]);
    expect([seen.rollouts, seen.related]).toEqual([[], { replicaSets: [] }]);
  });
});

test('what the tables lack exists or not, as the observer says; a live look needs no such word', async () => {
  const seen = { known: [], live: [] };
  expect(snapshotOf(observer(seen, 'watch-silent'), update, [holdJudge]).absence).toBe('watch-silent');
  expect((await live(seen)).absence).toBeUndefined();
});

test('the namespace is going away, for both', async () => {
  const namespace: KubeObject = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', uid: 'ns', resourceVersion: '1', deletionTimestamp: '2026-01-01T00:00:00Z' },
  };
  const seen = { known: [namespace], live: [] };
  expect(known(seen).namespaceTerminating).toBe(true);
  expect((await live(seen)).namespaceTerminating).toBe(true);
});

test.each([
  ['a judge of siblings sees all of the namespace', [rolloutJudge], ['shop', 'other'], []],
  ['of both sees both', [holdJudge, rolloutJudge], ['shop', 'other'], ['replicaSets']],
  ['one that looks at nothing sees nothing', [], [], []],
])('%s', (_, judges, rollouts, related) => {
  const seen = known({ known: objects, live: [] }, judges);
  expect(names(seen.rollouts)).toEqual(rollouts);
  expect(Object.keys(seen.related)).toEqual(related);
});

test('a live look for a judge of siblings sees all of the namespace', async () => {
  expect(names((await live({ known: [], live: objects }, [rolloutJudge])).rollouts)?.sort()).toEqual(['other', 'shop']);
});
