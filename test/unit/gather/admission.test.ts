// What a review is judged by: the tables, or one live look that is as complete.

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { snapshotLive, snapshotOf } from '../../../src/gather/admission.ts';
import { UNTIL_DONE, observerOf, type Seen } from '../support/observer.ts';
import { deployment, replicaSet, review, rollout } from '../workloads/objects.ts';

const update = review(deployment(), deployment({ image: 'v2' }));
const shop = rollout() as unknown as KubeObject;
const others: KubeObject[] = [
  rollout({ name: 'other', target: 'api' }),
  { ...shop, metadata: { ...shop.metadata, namespace: 'elsewhere' } },
];
const objects = [shop, ...others, deployment(), replicaSet('v1', 5, 1), replicaSet('v9', 5, 9, { uid: 'foreign' })];
const observer = (seen: Seen) => ({ ...observerOf(seen), identity: 'sluice' });

const names = (found: readonly KubeObject[] | undefined) => found?.map(({ metadata }) => metadata.name);

describe.each([
  ['known', (seen: readonly KubeObject[]) => Promise.resolve(snapshotOf(observer({ known: seen, live: [] }), update))],
  ['live', (seen: readonly KubeObject[]) => snapshotLive(observer({ known: [], live: seen }), update, UNTIL_DONE)],
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

test('the namespace is going away, for both', async () => {
  const namespace: KubeObject = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', uid: 'ns', resourceVersion: '1', deletionTimestamp: '2026-01-01T00:00:00Z' },
  };
  const seen = observer({ known: [namespace], live: [] });
  expect(snapshotOf(seen, update).namespaceTerminating).toBe(true);
  expect((await snapshotLive(seen, update, UNTIL_DONE)).namespaceTerminating).toBe(true);
});
