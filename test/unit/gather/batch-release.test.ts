// What the plan of a BatchRelease is made from: the live workload, and which pods are the new ones.

import { expect, test } from 'vitest';
import { BATCH_RELEASES } from '../../../src/api/resources.ts';
import type { BatchRelease } from '../../../src/api/batch-release.ts';
import { observeBatchRelease } from '../../../src/gather/batch-release.ts';
import { UNTIL_DONE, observerOf, type Seen } from '../support/observer.ts';
import { deployment } from '../workloads/objects.ts';
import { batchRelease, pod, revisionOf, statefulSet } from './objects.ts';

const look = (release: BatchRelease, seen: Partial<Seen>) => {
  const observer = observerOf({ live: [], known: [], ...seen });
  observer.store.put(BATCH_RELEASES, release);
  return observeBatchRelease(observer, release, UNTIL_DONE);
};
const names = (pods: readonly { metadata: { name: string } }[] | undefined) =>
  pods?.map(({ metadata }) => metadata.name);

test('the workload is whole and live, whatever the table says', async () => {
  const live = deployment({ image: 'v2' });
  const observed = await look(batchRelease('Deployment', 'web'), { live: [live], known: [deployment()] });
  expect(observed.workload?.object).toEqual(live);
});

test('a workload that is gone has nothing but what was made for it', async () => {
  const canary = deployment({
    labels: { 'rollouts.kruise.io/canary-deployment': 'web' },
    metadata: { name: 'web-x', uid: 'canary' },
  });
  const observed = await look(batchRelease('Deployment', 'web'), { known: [deployment(), canary] });
  expect([observed.workload, observed.pods]).toEqual([undefined, []]);
  expect(names(observed.related['canaries'])).toEqual(['web-x']);
});

test('new pods are those of the update; where pods may have to be cleared away all of the workload are told too', async () => {
  const live = [
    statefulSet(),
    pod('db-0', revisionOf('db-1')),
    pod('db-2', revisionOf('db-2')),
    pod('other-0', { app: 'other' }),
  ];
  const observed = await look(batchRelease('StatefulSet', 'db'), { live });
  expect(names(observed.pods)).toEqual(['db-2']);
  expect(names(observed.allPods)).toEqual(['db-0', 'db-2']);
});

test('siblings are the BatchReleases of the same workload, itself included', async () => {
  const other = batchRelease('Deployment', 'web', {
    metadata: { name: 'by-hand', namespace: 'shop', uid: 'b2', resourceVersion: '61' },
  });
  const foreign = batchRelease('StatefulSet', 'web', {
    metadata: { name: 'foreign', namespace: 'shop', uid: 'b3', resourceVersion: '62' },
  });
  const observed = await look(batchRelease('Deployment', 'web'), { known: [other, foreign] });
  expect(names(observed.siblings)?.sort()).toEqual(['by-hand', 'web']);
});
