// Ties BatchReleases to the control pipe: key -> observe -> plan -> apply.

import type { BatchRelease } from '../api/batch-release.ts';
import { splitKey } from '../api/object-key.ts';
import { PODS } from '../api/resources.ts';
import { planBatchRelease } from '../core/batch/plan.ts';
import { observeBatchRelease } from '../gather/batch-release.ts';
import type { Observer } from '../gather/observer.ts';
import type { Reconciler } from '../runtime/controller.ts';
import { perform, Refusals, type Performer } from './perform.ts';

export function batchReleaseReconciler(observer: Observer, performer: Performer): Reconciler {
  /** Keys whose last create found its name in use; lost on a restart, which only repeats that create. */
  const taken = new Set<string>();
  const refusals = new Refusals();
  return {
    name: 'batchrelease',
    async reconcile(key, signal) {
      const [namespace, name] = splitKey(key);
      const batchRelease = observer.tables.batchReleases.get(namespace, name) as BatchRelease | undefined;
      if (batchRelease === undefined) return {};
      const observed = await observeBatchRelease(observer, batchRelease, taken.delete(key), signal);
      const plan = planBatchRelease({ ...observed, refused: refusals.of(key) });
      const done = await refusals.watch(key, () => perform(performer, batchRelease, plan, signal));
      const { nameTaken, ...result } = done;
      if (nameTaken) taken.add(key);
      // Pods are in no table, so a write to one wakes nobody.
      const stamped = plan.actions.some(({ target }) => target.resource === PODS);
      return stamped ? { ...result, again: true } : result;
    },
  };
}
