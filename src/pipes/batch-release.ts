// BatchReleases: a workload brought to the size of one step.

import type { BatchRelease } from '../api/batch-release.ts';
import { splitKey } from '../api/object-key.ts';
import { BATCH_RELEASES, PODS } from '../api/resources.ts';
import type { BatchObserved } from '../core/batch/batch-observed.ts';
import { planBatchRelease } from '../core/batch/plan-batch-release.ts';
import { observeBatchRelease } from '../gather/batch-release.ts';
import { ALL, may } from '../install/rights.ts';
import { withoutRecords } from '../objects/kept.ts';
import { INDEX, workloadOfRelease } from '../tables/keys.ts';
import type { Pipe } from './pipe.ts';
import { itself, keysOf, workloads } from './wakes.ts';

export const BATCH_RELEASE: Pipe<Omit<BatchObserved, 'nameTaken'>> = {
  name: 'batchrelease',
  workers: { setting: 'batchRelease', byDefault: 3 },
  tables: [
    {
      resource: BATCH_RELEASES,
      project: withoutRecords,
      indexes: { [INDEX.workload]: (object) => [workloadOfRelease(object)] },
    },
  ],
  wakes: [
    itself(BATCH_RELEASES),
    // One that waits for another to let go of the workload.
    {
      on: BATCH_RELEASES,
      keys: (object, { batchReleases }) => keysOf(batchReleases.by(INDEX.workload, workloadOfRelease(object))),
    },
    ...workloads((key, { batchReleases }) => keysOf(batchReleases.by(INDEX.workload, key))),
  ],
  all: ({ batchReleases }) => keysOf(batchReleases.list()),
  async observe(key, observer, signal) {
    const batchRelease = observer.tables.batchReleases.get(...splitKey(key)) as BatchRelease | undefined;
    return batchRelease === undefined ? undefined : observeBatchRelease(observer, batchRelease, signal);
  },
  plan: (observed, { refused, nameTaken, announced }) =>
    planBatchRelease({
      ...observed,
      refused,
      nameTaken,
      announced: announced('batchrelease', observed.batchRelease.status?.message),
    }),
  about: ({ batchRelease }) => batchRelease,
  // Pods are in no table, so a write to one wakes nobody.
  looksAgain: ({ actions }) => actions.some(({ target }) => target.resource === PODS),
  // `update` on finalizers is what owner references that block deletion ask for.
  rights: [
    may(BATCH_RELEASES, ALL),
    may(BATCH_RELEASES, ['patch'], '/status'),
    may(BATCH_RELEASES, ['update'], '/finalizers'),
  ],
};
