// The registry of traffic providers: one line each. Watches and RBAC are derived from it.

import type { TrafficRoutingRef } from '../api/rollout.ts';
import { gatewayHttpRoute } from './gateway-httproute.ts';
import { ingress } from './ingress.ts';
import type { TrafficProvider } from './provider.ts';

export const PROVIDERS: readonly TrafficProvider[] = [ingress, gatewayHttpRoute];

export const providersFor = (ref: TrafficRoutingRef): TrafficProvider[] =>
  PROVIDERS.filter((provider) => provider.handles(ref));

/** Route kinds that a reference names and nobody here serves; never a silent default. */
export function unsupportedRoutes(ref: TrafficRoutingRef, at = 'trafficRoutings[0]'): string[] {
  const named = { ingress: ref.ingress, gateway: ref.gateway, customNetworkRefs: ref.customNetworkRefs?.[0] };
  return Object.entries(named).flatMap(([field, value]) =>
    value === undefined ||
    PROVIDERS.some((provider) => provider.handles({ service: ref.service, [field]: ref[field as 'ingress'] }))
      ? []
      : [`${at}.${field} is not supported; supported providers: ${PROVIDERS.map(({ id }) => id).join(', ')}`],
  );
}
