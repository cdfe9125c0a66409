// An HTTPRoute of the Gateway API: weights in the user's own object.

import { HTTP_ROUTES, SERVICES } from '../../../src/api/resources.ts';
import { readAt } from '../../../src/lib/json.ts';
import { PORT, service, type Route } from '../route.ts';
import { NAME } from '../subject.ts';

interface Rule {
  backendRefs?: { name: string; weight?: number }[];
}

/** Of the requests that the first rule takes. */
function shareOf(rules: Rule[]): number {
  const refs = rules[0]?.backendRefs ?? [];
  const weightOf = (refs: { weight?: number }[]): number => refs.reduce((sum, { weight = 1 }) => sum + weight, 0);
  return (100 * weightOf(refs.filter(({ name }) => name !== NAME))) / Math.max(1, weightOf(refs));
}

export const httpRoute: Route = {
  name: 'HTTPRoute',
  provider: 'gateway',
  routing: { service: NAME, gracePeriodSeconds: 0, gateway: { httpRouteName: NAME } },
  resources: [SERVICES, HTTP_ROUTES],
  objects: (namespace) => [
    service(namespace),
    {
      resource: HTTP_ROUTES,
      body: {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: NAME, namespace, annotations: { team: 'shop' } },
        spec: { parentRefs: [{ name: 'front' }], rules: [{ backendRefs: [{ name: NAME, port: PORT }] }] },
      },
    },
  ],
  share: (stage, namespace) =>
    shareOf((readAt(stage.table(HTTP_ROUTES).get(namespace, NAME) ?? {}, ['spec', 'rules']) ?? []) as Rule[]),
  async prepare(stage) {
    await stage.world.installGatewayApi();
    return undefined;
  },
};
