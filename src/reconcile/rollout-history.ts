// Ties the histories of Rollouts to the control pipe: key -> observe -> plan -> apply. Only there with the gate RolloutHistory.

import { splitKey } from '../api/object-key.ts';
import { planHistories } from '../core/history/plan.ts';
import type { Observer } from '../gather/observer.ts';
import { observeHistories } from '../gather/rollout-history.ts';
import type { Table } from '../kube/store.ts';
import type { Reconciler } from '../runtime/controller.ts';
import { perform, type Performer } from './perform.ts';

export const rolloutHistoryReconciler = (observer: Observer, performer: Performer, table: Table): Reconciler => ({
  name: 'rollouthistory',
  async reconcile(key, signal) {
    const [namespace, name] = splitKey(key);
    const plan = planHistories(await observeHistories(observer, table, [namespace, name], signal));
    const about = observer.tables.rollouts.get(namespace, name) ?? { metadata: { name, namespace } };
    return perform(performer, about, plan, signal);
  },
});
