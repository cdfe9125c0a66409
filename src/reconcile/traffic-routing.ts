// Ties TrafficRoutings to the control pipe. Routes are read live, because they are copied and put back; so are Rollouts that
// seem not to release any more, because a table that lags must not end their share.

import type { Resource } from '../api/kube.ts';
import { splitKey } from '../api/object-key.ts';
import { ROLLOUTS, SERVICES } from '../api/resources.ts';
import type { Rollout } from '../api/rollout.ts';
import type { TrafficRouting } from '../api/traffic-routing.ts';
import type { RoutingObserved } from '../core/routing/observed.ts';
import { planRouting } from '../core/routing/plan.ts';
import { routeRefOf } from '../core/routing/routes.ts';
import { releasesWith, usersOf } from '../core/routing/users.ts';
import type { Reconciler } from '../runtime/controller.ts';
import { providersFor } from '../traffic/index.ts';
import type { Observer } from './observe.ts';
import { perform, Refusals, type Performer } from './perform.ts';

/** Users that do not release with it, as a live look says. */
async function staleUsers(
  { client, tables }: Observer,
  routing: TrafficRouting,
  signal: AbortSignal,
): Promise<string[]> {
  const { namespace = '', name } = routing.metadata;
  const looked = await Promise.all(
    usersOf(routing).map(async (user) => {
      if (releasesWith(tables.rollouts.get(namespace, user) as Rollout | undefined, name)) return [];
      const live = await client.get({ resource: ROLLOUTS, namespace, name: user }, { signal });
      return releasesWith(live as Rollout | undefined, name) ? [] : [user];
    }),
  );
  return looked.flat();
}

async function observe(observer: Observer, routing: TrafficRouting, signal: AbortSignal): Promise<RoutingObserved> {
  const { namespace = '' } = routing.metadata;
  const ref = routeRefOf(routing);
  const get = (resource: Resource, name: string) => observer.client.get({ resource, namespace, name }, { signal });
  const refs = providersFor(ref).flatMap((provider) => provider.refs(ref));
  const [stale, stableService, ...found] = await Promise.all([
    staleUsers(observer, routing, signal),
    get(SERVICES, ref.service),
    ...refs.map(({ resource, name }) => get(resource, name)),
  ]);
  return {
    now: observer.now(),
    routing,
    stale,
    stableService,
    routes: Object.fromEntries(refs.map(({ as }, index) => [as, found[index]])),
    writtenAt: observer.writtenAt(),
  };
}

export function trafficRoutingReconciler(observer: Observer, performer: Performer): Reconciler {
  const refusals = new Refusals();
  return {
    name: 'trafficrouting',
    async reconcile(key, signal) {
      const [namespace, name] = splitKey(key);
      const routing = observer.tables.trafficRoutings.get(namespace, name) as TrafficRouting | undefined;
      if (routing === undefined) return {};
      const plan = planRouting({ ...(await observe(observer, routing, signal)), refused: refusals.of(key) });
      return refusals.watch(key, () => perform(performer, routing, plan, signal));
    },
  };
}
