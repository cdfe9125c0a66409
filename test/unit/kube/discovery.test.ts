import { expect, it } from 'vitest';
import type { KubeObject, Resource } from '../../../src/api/kube.ts';
import { retryWhenDefined } from '../../../src/kube/discovery.ts';
import { Table } from '../../../src/kube/table.ts';
import type { Watch } from '../../../src/kube/watch-contract.ts';
import { DEPLOYMENTS } from './connect.ts';

const CRDS: Resource = {
  ...DEPLOYMENTS,
  group: 'apiextensions.k8s.io',
  plural: 'customresourcedefinitions',
  namespaced: false,
};
const ROUTES: Resource = {
  ...DEPLOYMENTS,
  group: 'gateway.networking.k8s.io',
  plural: 'httproutes',
  kind: 'HTTPRoute',
};

it('wakes the watch whose definition appears or becomes established, and no other', () => {
  const definitions = new Table(CRDS);
  const woken: string[] = [];
  const watchOf = (resource: Resource): Watch =>
    ({ table: new Table(resource), retry: () => woken.push(resource.plural) }) as unknown as Watch;
  const routes = watchOf(ROUTES);
  const end = retryWhenDefined(definitions, [routes, watchOf(DEPLOYMENTS)]);
  const definition = (name: string, version: number): KubeObject => ({
    metadata: { name, resourceVersion: String(version) },
  });
  definitions.putWatched(definition('httproutes.gateway.networking.k8s.io', 1));
  definitions.putWatched(definition('virtualservices.networking.istio.io', 2));
  expect(woken).toEqual(['httproutes']);
  definitions.putWatched(definition('httproutes.gateway.networking.k8s.io', 3));
  expect(woken).toEqual(['httproutes', 'httproutes']);
  routes.table.replace([], '4');
  definitions.putWatched(definition('httproutes.gateway.networking.k8s.io', 5));
  definitions.removeAt('', 'httproutes.gateway.networking.k8s.io', '6');
  end();
  expect(woken).toHaveLength(2);
});
