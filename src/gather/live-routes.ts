// Services and route objects that a reference names, live: plans copy them and put them back. And what providers look at beside
// them, which an account without the right for it goes without.

import type { KubeObject } from '../api/kube.ts';
import { SERVICES } from '../api/resources.ts';
import type { TrafficRoutingRef } from '../api/rollout.ts';
import type { Reader } from '../kube/port.ts';
import { field } from '../lib/json.ts';
import { followedRefsOf, routeRefsOf } from '../traffic/index.ts';
import type { RouteRef, Routes } from '../traffic/provider.ts';

export const serviceLive = (
  reader: Reader,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<KubeObject | undefined> =>
  reader.get({ resource: SERVICES, namespace, name }, signal === undefined ? {} : { signal });

/** By the names that its providers give them. */
export async function routesLive(
  reader: Reader,
  namespace: string,
  ref: TrafficRoutingRef,
  signal?: AbortSignal,
): Promise<Routes> {
  const read = async (refs: readonly RouteRef[], mayLack = false): Promise<Routes> => {
    const found = refs.map(async ({ as, resource, name }): Promise<[string, KubeObject | undefined]> => {
      const target = { resource, namespace: resource.namespaced ? namespace : '', name };
      const object = reader.get(target, signal === undefined ? {} : { signal });
      return [as, await (mayLack ? object.catch(withoutRight) : object)];
    });
    return Object.fromEntries(await Promise.all(found));
  };
  const routes = await read(routeRefsOf(ref));
  const followed = followedRefsOf(ref, routes);
  return followed.length === 0 ? routes : { ...routes, ...(await read(followed, true)) };
}

const FORBIDDEN = 403;

function withoutRight(error: unknown): undefined {
  if (field(error, 'status') === FORBIDDEN) return undefined;
  throw error;
}
