// Services and route objects that a reference names, live: plans copy them and put them back.

import type { KubeObject } from '../api/kube.ts';
import { SERVICES } from '../api/resources.ts';
import type { TrafficRoutingRef } from '../api/rollout.ts';
import type { Reader } from '../kube/port.ts';
import { routeRefsOf } from '../traffic/index.ts';
import type { Routes } from '../traffic/provider.ts';

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
  const refs = routeRefsOf(ref);
  const found = refs.map(async ({ as, resource, name }): Promise<[string, KubeObject | undefined]> => {
    return [as, await reader.get({ resource, namespace, name }, signal === undefined ? {} : { signal })];
  });
  return Object.fromEntries(await Promise.all(found));
}
