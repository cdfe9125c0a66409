import { describe, expect, it } from 'vitest';
import type { TrafficRoutingRef } from '../../../src/api/rollout.ts';
import { entriesOf, refusals, servedEntries } from '../../../src/traffic/entries.ts';
import { PROVIDERS, providersFor, routeRefsOf, unsupportedRoutes } from '../../../src/traffic/index.ts';
import type { Entry, TrafficProvider, Wish } from '../../../src/traffic/provider.ts';
import { INGRESSES } from '../../../src/api/resources.ts';
import { owner } from './httproute.ts';

const object = (kind: string, name = 'shop') => ({ apiVersion: 'mesh.example.com/v1', kind, name });
const ref = (more: Partial<TrafficRoutingRef>): TrafficRoutingRef => ({ service: 'shop', ...more });
const wish: Wish = { owner, base: 'shop', branches: [] };

/** Serves objects of kind Mesh. */
const mesh: TrafficProvider = {
  id: 'mesh',
  resources: [INGRESSES],
  makes: [],
  handles: (entry) => entry.object?.kind === 'Mesh',
  refs: (entry) => [{ as: entry.at, resource: INGRESSES, name: entry.object?.name ?? '', required: true }],
  plan: () => [],
  verify: (entry) => ({ is: 'pending', reason: `${entry.at} of ${entry.object?.name ?? ''}` }),
};
const WITH_MESH = [...PROVIDERS, mesh];
const refused = (more: Partial<TrafficRoutingRef>): string[] => refusals(ref(more), 'at[0]', WITH_MESH);
const known = (providers: readonly TrafficProvider[]): string =>
  `supported providers: ${providers.map(({ id }) => id).join(', ')}`;
const SUPPORTED = known(WITH_MESH);

describe('a reference', () => {
  it('has an entry for each route object that it names', () => {
    const all = ref({
      ingress: { name: 'a' },
      gateway: { httpRouteName: 'b' },
      customNetworkRefs: [object('Mesh', 'c'), object('Mesh', 'd')],
    });
    expect(entriesOf(all)).toEqual<Entry[]>([
      { at: 'ingress', ingress: { name: 'a' } },
      { at: 'gateway', gateway: { httpRouteName: 'b' } },
      { at: 'customNetworkRefs[0]', object: object('Mesh', 'c') },
      { at: 'customNetworkRefs[1]', object: object('Mesh', 'd') },
    ]);
  });

  it('without a route object has none, and nothing is refused', () => {
    for (const one of [ref({}), ref({ customNetworkRefs: [] })]) {
      expect(entriesOf(one)).toEqual([]);
      expect(providersFor(one)).toEqual([]);
      expect(unsupportedRoutes(one)).toEqual([]);
    }
  });
});

describe('each entry', () => {
  it('is served by its provider, in the order of the reference', () => {
    const refs = routeRefsOf(ref({ gateway: { httpRouteName: 'b' }, ingress: { name: 'a' } }));
    expect(refs.map(({ resource, name }) => `${resource.kind} ${name}`)).toEqual([
      'Ingress a',
      'Ingress a-canary',
      'HTTPRoute b',
    ]);
  });

  it('of two of one kind is served by itself', () => {
    const served = servedEntries(ref({ customNetworkRefs: [object('Mesh', 'c'), object('Mesh', 'd')] }), WITH_MESH);
    expect(served.flatMap(({ refs }) => refs.map(({ as, name }) => [as, name]))).toEqual([
      ['customNetworkRefs[0]', 'c'],
      ['customNetworkRefs[1]', 'd'],
    ]);
    expect(served.map((one) => one.verify({}, wish))).toEqual([
      { is: 'pending', reason: 'customNetworkRefs[0] of c' },
      { is: 'pending', reason: 'customNetworkRefs[1] of d' },
    ]);
  });
});

describe('what nobody serves is refused by name', () => {
  it('alone, as a field', () => {
    expect(unsupportedRoutes(ref({ customNetworkRefs: [object('Mesh')] }))).toEqual([
      `trafficRoutings[0].customNetworkRefs is not supported; ${known(PROVIDERS)}`,
    ]);
    expect(refused({ customNetworkRefs: [object('Other'), object('Third')] })).toEqual([
      `at[0].customNetworkRefs is not supported; ${SUPPORTED}`,
    ]);
  });

  it('beside another field that is served', () => {
    const other = { ingress: { name: 'a' }, customNetworkRefs: [object('Other')] };
    expect(refused(other)).toEqual([`at[0].customNetworkRefs is not supported; ${SUPPORTED}`]);
    expect(refusals(ref({ ...other, gateway: { httpRouteName: 'b' } }), 'x', [mesh])).toEqual([
      'x.ingress is not supported; supported providers: mesh',
      'x.gateway is not supported; supported providers: mesh',
      'x.customNetworkRefs is not supported; supported providers: mesh',
    ]);
  });

  it.each([
    ['after', [object('Mesh'), object('Other', 'web')], 1],
    ['before', [object('Other', 'web'), object('Mesh')], 0],
  ])('%s an element of its list that is served', (_where, customNetworkRefs, index) => {
    expect(refused({ customNetworkRefs })).toEqual([
      `at[0].customNetworkRefs[${index}] (Other web of mesh.example.com/v1) is not supported; ${SUPPORTED}`,
    ]);
    expect(servedEntries(ref({ customNetworkRefs }), WITH_MESH)).toHaveLength(1);
  });

  it('and what is served is not', () => {
    expect(refused({ ingress: { name: 'a' }, customNetworkRefs: [object('Mesh'), object('Mesh', 'd')] })).toEqual([]);
  });
});
