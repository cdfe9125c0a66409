// A reference read as entries, and each entry given to the one provider that serves it. An entry that nobody serves is refused
// by name, whatever stands beside it; there is no silent default.

import type { TrafficRoutingRef } from '../api/rollout.ts';
import type { Action } from '../objects/actions.ts';
import type { Entry, RouteRef, Routes, TrafficProvider, RouteVerdict, Wish } from './provider.ts';

const CUSTOM = 'customNetworkRefs';

export const entriesOf = ({ ingress, gateway, [CUSTOM]: custom = [] }: TrafficRoutingRef): Entry[] => [
  ...(ingress === undefined ? [] : [{ at: 'ingress', ingress }]),
  ...(gateway === undefined ? [] : [{ at: 'gateway', gateway }]),
  ...(Array.isArray(custom) ? custom : []).map((object, index): Entry => ({ at: `${CUSTOM}[${index}]`, object })),
];

/** One entry of a reference with its provider. */
export interface ServedEntry {
  refs: RouteRef[];
  follows(routes: Routes): RouteRef[];
  plan(routes: Routes, wish: Wish): Action[];
  verify(routes: Routes, wish: Wish): RouteVerdict;
}

const providerOf = (entry: Entry, providers: readonly TrafficProvider[]): TrafficProvider | undefined =>
  providers.find((provider) => provider.handles(entry));

export const servedEntries = (ref: TrafficRoutingRef, providers: readonly TrafficProvider[]): ServedEntry[] =>
  entriesOf(ref).flatMap((entry): ServedEntry[] => {
    const provider = providerOf(entry, providers);
    if (provider === undefined) return [];
    return [
      {
        refs: provider.refs(entry),
        follows: (routes) => provider.follows?.(entry, routes) ?? [],
        plan: (routes, wish) => provider.plan(entry, routes, wish),
        verify: (routes, wish) => provider.verify(entry, routes, wish),
      },
    ];
  });

/** A list of which nobody serves any element is refused as a whole. `at`: where the reference stands. */
export function refusals(ref: TrafficRoutingRef, at: string, providers: readonly TrafficProvider[]): string[] {
  const remedy = `supported providers: ${providers.map(({ id }) => id).join(', ')}`;
  const entries = entriesOf(ref);
  const refused = entries.filter((entry) => providerOf(entry, providers) === undefined);
  const listed = entries.filter(({ object }) => object !== undefined);
  const isWhole = listed.every((entry) => refused.includes(entry));
  const places = refused.map((entry) =>
    entry.object === undefined ? entry.at : isWhole ? CUSTOM : elementText(entry),
  );
  return [...new Set(places)].map((place) => `${at}.${place} is not supported; ${remedy}`);
}

const elementText = ({ at, object }: Entry): string =>
  `${at} (${object?.kind ?? ''} ${object?.name ?? ''} of ${object?.apiVersion ?? ''})`;
