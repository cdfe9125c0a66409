// An Ingress of class nginx: a second Ingress with a weight carries the share of new pods.

import { INGRESSES, SERVICES } from '../../../src/api/resources.ts';
import { PORT, service, type Route } from '../route.ts';
import { NAME } from '../subject.ts';

const WEIGHT = 'nginx.ingress.kubernetes.io/canary-weight';
const backend = { service: { name: NAME, port: { number: PORT } } };

export const ingress: Route = {
  name: 'Ingress',
  provider: 'ingress',
  routing: { service: NAME, gracePeriodSeconds: 0, ingress: { classType: 'nginx', name: NAME } },
  resources: [SERVICES, INGRESSES],
  objects: (namespace) => [
    service(namespace),
    {
      resource: INGRESSES,
      body: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: NAME, namespace, annotations: { 'kubernetes.io/ingress.class': 'nginx', team: 'shop' } },
        spec: { rules: [{ host: 'shop.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
      },
    },
  ],
  share(stage, namespace) {
    const canary = stage.table(INGRESSES).get(namespace, `${NAME}-canary`);
    return canary?.metadata.deletionTimestamp === undefined ? Number(canary?.metadata.annotations?.[WEIGHT] ?? 0) : 0;
  },
};
