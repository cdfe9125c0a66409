// Everything that the plan of a TrafficRouting is made from. Routes are read live, because they are copied and put back; so are
// Rollouts that seem not to release any more, because a table that lags must not end their share.

import { ROLLOUTS } from '../api/resources.ts';
import type { Rollout } from '../api/rollout.ts';
import type { TrafficRouting } from '../api/traffic-routing.ts';
import type { RoutingObserved } from '../core/routing/routing-observed.ts';
import { routeRefOf } from '../core/routing/routing-traffic.ts';
import { releasesWith, usersOf } from '../core/routing/users.ts';
import type { Observer } from './observer.ts';
import { routesLive, serviceLive } from './live-routes.ts';

export async function observeRouting(
  observer: Observer,
  routing: TrafficRouting,
  signal: AbortSignal,
): Promise<RoutingObserved> {
  const { reader } = observer;
  const { namespace = '' } = routing.metadata;
  const ref = routeRefOf(routing);
  const [stale, stableService, routes] = await Promise.all([
    staleUsers(observer, routing, signal),
    serviceLive(reader, namespace, ref.service, signal),
    routesLive(reader, namespace, ref, signal),
  ]);
  return { now: observer.now(), routing, stale, stableService, routes, writtenAt: observer.writtenAt() };
}

/** Users that do not release with it, as a live look says. */
async function staleUsers(
  { reader, tables }: Observer,
  routing: TrafficRouting,
  signal: AbortSignal,
): Promise<string[]> {
  const { namespace = '', name } = routing.metadata;
  const looked = usersOf(routing).map(async (user) => {
    if (releasesWith(tables.rollouts.get(namespace, user) as Rollout | undefined, name)) return [];
    const live = await reader.get({ resource: ROLLOUTS, namespace, name: user }, { signal });
    return releasesWith(live as Rollout | undefined, name) ? [] : [user];
  });
  return (await Promise.all(looked)).flat();
}
