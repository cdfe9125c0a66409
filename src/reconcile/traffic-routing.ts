// Ties TrafficRoutings to the control pipe: key -> observe -> plan -> apply.

import { splitKey } from '../api/object-key.ts';
import type { TrafficRouting } from '../api/traffic-routing.ts';
import { planRouting } from '../core/routing/plan.ts';
import type { Observer } from '../gather/observer.ts';
import { observeRouting } from '../gather/traffic-routing.ts';
import type { Reconciler } from '../runtime/controller.ts';
import { perform, Refusals, type Performer } from './perform.ts';

export function trafficRoutingReconciler(observer: Observer, performer: Performer): Reconciler {
  const refusals = new Refusals();
  return {
    name: 'trafficrouting',
    async reconcile(key, signal) {
      const [namespace, name] = splitKey(key);
      const routing = observer.tables.trafficRoutings.get(namespace, name) as TrafficRouting | undefined;
      if (routing === undefined) return {};
      const plan = planRouting({ ...(await observeRouting(observer, routing, signal)), refused: refusals.of(key) });
      return refusals.watch(key, () => perform(performer, routing, plan, signal));
    },
  };
}
