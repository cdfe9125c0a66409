// Routes of TrafficRoutings, put back: all requests go where they went without a release.

import { TRAFFIC_ROUTINGS } from '../../api/resources.ts';
import type { TrafficRouting } from '../../api/traffic-routing.ts';
import { targetOf, type Action } from '../../objects/actions.ts';
import { graceMsOf, routingOwner, routeRefOf } from '../../core/routing/routing-traffic.ts';
import { restorations } from '../../core/traffic/route-changes.ts';
import { routesLive } from '../../gather/live-routes.ts';
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
  const { namespace = '' } = routing.metadata;
  const ref = routeRefOf(routing);
  return restorations({ ref, routes: await routesLive(client, namespace, ref), owner: routingOwner(routing) });
}
