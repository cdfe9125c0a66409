// Keys of the Services and route objects that a reference to traffic stands for: what the index `traffic` is made of.

import type { TrafficRoutingRef } from '../api/rollout.ts';
import { SERVICES } from '../api/resources.ts';
import { routeRefsOf } from '../traffic/index.ts';
import { trafficKey } from './keys.ts';

export function routeKeys(namespace: string, ref: TrafficRoutingRef, services: readonly string[]): string[] {
  return [
    ...services.map((name) => trafficKey(SERVICES.plural, namespace, name)),
    ...routeRefsOf(ref).map(({ resource, name }) => trafficKey(resource.plural, namespace, name)),
  ];
}
