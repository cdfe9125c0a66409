// Ties Rollouts to the control pipe: key -> observe -> plan -> apply.

import { splitKey } from '../api/object-key.ts';
import type { Rollout } from '../api/rollout.ts';
import { planRollout } from '../core/rollout/plan.ts';
import type { Observer } from '../gather/observer.ts';
import { isKindAwaited, observeRollout } from '../gather/rollout.ts';
import type { Reconciler } from '../runtime/controller.ts';
import { perform, Refusals, type Performer } from './perform.ts';

export function rolloutReconciler(observer: Observer, performer: Performer): Reconciler {
  const refusals = new Refusals();
  return {
    name: 'rollout',
    async reconcile(key, signal) {
      const [namespace, name] = splitKey(key);
      const rollout = observer.tables.rollouts.get(namespace, name) as Rollout | undefined;
      if (rollout === undefined || isKindAwaited(observer, rollout)) return {};
      const observed = await observeRollout(observer, rollout, signal);
      const plan = planRollout({ ...observed, refused: refusals.of(key) });
      return refusals.watch(key, () => perform(performer, rollout, plan, signal));
    },
  };
}
