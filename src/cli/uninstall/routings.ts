// Routes of TrafficRoutings, put back: all requests go where they went without a release.

import type { Resource } from '../../api/kube.ts';
import { TRAFFIC_ROUTINGS } from '../../api/resources.ts';
import type { TrafficRouting } from '../../api/traffic-routing.ts';
import { targetOf, type Action } from '../../objects/actions.ts';
import { graceMsOf, ownRoutes, routeRefOf, stableRoute } from '../../core/routing/routes.ts';
import { providersFor, routeRefsOf } from '../../traffic/index.ts';
import type { Routes } from '../../traffic/provider.ts';
import { placeOf } from '../install/objects.ts';
import { forEach, settle, type Work } from './settle.ts';

/** Milliseconds until everybody has noticed; 0 when nothing had to be changed. */
export async function restoreRoutings(work: Work, routings: readonly TrafficRouting[]): Promise<number> {
  let graceMs = 0;
  await forEach(routings, async (routing) => {
    const place = placeOf(targetOf(TRAFFIC_ROUTINGS, routing));
    const writes = await settle(work, `routes of ${place}`, () => routeActions(work, routing));
    if (writes === 0) return;
    graceMs = Math.max(graceMs, graceMsOf(routing));
    work.say(`${place} all requests go to Service ${routeRefOf(routing).service} again`);
  });
  return graceMs;
}

async function routeActions({ client }: Work, routing: TrafficRouting): Promise<Action[]> {
  const ref = routeRefOf(routing);
  const namespace = routing.metadata.namespace ?? '';
  const read = (resource: Resource, name: string) => client.get({ resource, namespace, name });
  const routes: Routes = {};
  for (const { as, resource, name } of routeRefsOf(ref)) {
    routes[as] = await read(resource, name);
  }
  const own = ownRoutes({ routing, routes });
  return providersFor(ref).flatMap((provider) => provider.plan(own, stableRoute(routing)));
}
