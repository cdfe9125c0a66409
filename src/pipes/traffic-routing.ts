// TrafficRoutings: routes that several Rollouts share.

import type { KubeObject } from '../api/kube.ts';
import { FINALIZER, rolloutOfProgressFinalizer } from '../api/names.ts';
import { keyIn, keyOf, splitKey } from '../api/object-key.ts';
import { ROLLOUTS, TRAFFIC_ROUTINGS } from '../api/resources.ts';
import { trafficRoutingRefOf } from '../api/rollout-view.ts';
import type { TrafficRouting } from '../api/traffic-routing.ts';
import type { RoutingObserved } from '../core/routing/routing-observed.ts';
import { planRouting } from '../core/routing/plan-routing.ts';
import { routeRefOf } from '../core/routing/routing-traffic.ts';
import { usersOf } from '../core/routing/users.ts';
import { observeRouting } from '../gather/traffic-routing.ts';
import { may, READ } from '../install/rights.ts';
import { withoutRecords } from '../objects/kept.ts';
import { INDEX, namespaceOf } from '../tables/keys.ts';
import { routeKeys } from '../tables/route-keys.ts';
import type { Tables } from '../tables/tables.ts';
import type { Pipe } from './pipe.ts';
import { itself, keysOf, traffic } from './wakes.ts';

function trafficOf(routing: TrafficRouting): string[] {
  const ref = routeRefOf(routing);
  return routeKeys(namespaceOf(routing), ref, [ref.service]);
}

/** The TrafficRouting that the Rollout names, and those that still show its share. */
function sharedBy(rollout: KubeObject, { trafficRoutings }: Tables): Set<string> {
  const name = trafficRoutingRefOf(rollout);
  const named = name === '' ? [] : [keyIn(namespaceOf(rollout), name)];
  return new Set([...named, ...keysOf(trafficRoutings.by(INDEX.users, keyOf(rollout)))]);
}

export const TRAFFIC_ROUTING: Pipe<RoutingObserved> = {
  name: 'trafficrouting',
  workers: { setting: 'trafficRouting', byDefault: 3 },
  tables: [
    {
      resource: TRAFFIC_ROUTINGS,
      project: withoutRecords,
      indexes: {
        [INDEX.traffic]: (object) => trafficOf(object as TrafficRouting),
        [INDEX.users]: (object) => usersOf(object).map((name) => keyIn(namespaceOf(object), name)),
      },
    },
  ],
  wakes: [
    itself(TRAFFIC_ROUTINGS),
    { on: ROLLOUTS, keys: sharedBy },
    traffic((key, { trafficRoutings }) => keysOf(trafficRoutings.by(INDEX.traffic, key))),
  ],
  all: ({ trafficRoutings }) => keysOf(trafficRoutings.list()),
  async observe(key, observer, signal) {
    const routing = observer.tables.trafficRoutings.get(...splitKey(key)) as TrafficRouting | undefined;
    return routing === undefined ? undefined : observeRouting(observer, routing, signal);
  },
  plan: (observed, { refused, hasFailed, announced }) =>
    planRouting({
      ...observed,
      refused,
      hasFailed,
      announced: announced('trafficrouting', observed.routing.status?.message),
    }),
  about: ({ routing }) => routing,
  // `update` on finalizers is what owner references that block deletion ask for.
  rights: [
    may(TRAFFIC_ROUTINGS, [...READ, 'patch']),
    may(TRAFFIC_ROUTINGS, ['patch'], '/status'),
    may(TRAFFIC_ROUTINGS, ['update'], '/finalizers'),
  ],
  farewell: {
    resource: TRAFFIC_ROUTINGS,
    outdated: (routing) =>
      (routing as TrafficRouting).status === undefined ? undefined : { why: 'nobody carries it on' },
    isOurs: (finalizer) =>
      finalizer === FINALIZER.trafficRouting || rolloutOfProgressFinalizer(finalizer) !== undefined,
    why: 'nobody is left to restore it',
  },
};
