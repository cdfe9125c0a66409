// TrafficRoutings, taken apart: their routes first, their finalizers when no release needs them any more. They stay, without
// effect, as Rollouts do.

import { FINALIZER, rolloutOfProgressFinalizer } from '../../api/names.ts';
import type { Resource } from '../../api/kube.ts';
import { TRAFFIC_ROUTINGS } from '../../api/resources.ts';
import type { TrafficRouting } from '../../api/traffic-routing.ts';
import { patch, targetOf, type Action } from '../../objects/actions.ts';
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

const isOurs = (finalizer: string): boolean =>
  finalizer === FINALIZER.trafficRouting || rolloutOfProgressFinalizer(finalizer) !== undefined;

/** They can be deleted, and do not tell of a release that nobody carries on. */
export const freeRoutings = (work: Work, routings: readonly TrafficRouting[]): Promise<void> =>
  forEach(routings, async (routing) => {
    const target = targetOf(TRAFFIC_ROUTINGS, routing);
    await settle(work, placeOf(target), async () => {
      const live = (await work.client.get(target)) as TrafficRouting | undefined;
      if (live === undefined) return [];
      if (live.status !== undefined) {
        return [patch(TRAFFIC_ROUTINGS, live, { status: null }, 'nobody carries it on', 'status')];
      }
      const { finalizers = [] } = live.metadata;
      const kept = finalizers.filter((finalizer) => !isOurs(finalizer));
      if (kept.length === finalizers.length) return [];
      return [patch(TRAFFIC_ROUTINGS, live, { metadata: { finalizers: kept } }, 'nobody is left to restore it')];
    });
  });
