// Ingresses at random: rules with and without http, resource backends, a default backend; and other ones that users apply.

import fc from 'fast-check';
import type { ProviderFixture } from './provider-fixture.ts';

const backend = fc.constantFrom(
  { service: { name: 'shop', port: { number: 80 } } },
  { service: { name: 'shop', port: { name: 'http' }, futureField: { kept: true } } },
  { service: { name: 'other', port: { number: 80 } } },
  { resource: { apiGroup: 'example.com', kind: 'Bucket', name: 'shop' } },
);
const path = fc.record({
  path: fc.constantFrom('/', '/a', '/b'),
  pathType: fc.constantFrom('Prefix', 'Exact', 'ImplementationSpecific'),
  backend,
});
const ingressRule = fc.record(
  {
    host: fc.constantFrom('a.example.com', 'b.example.com'),
    http: fc.oneof(fc.constant(null), fc.record({ paths: fc.array(path, { maxLength: 4 }) })),
    futureField: fc.constant([1, { deep: true }]),
  },
  { requiredKeys: [] },
);
const ingressSpec = fc.record(
  {
    rules: fc.array(ingressRule, { maxLength: 4 }),
    defaultBackend: backend,
    ingressClassName: fc.constant('front'),
    tls: fc.constant([{ hosts: ['a.example.com'], secretName: 'tls' }]),
    futureField: fc.constant({ kept: null }),
  },
  { requiredKeys: ['rules'] },
);
const annotations = fc.dictionary(
  fc.constantFrom('team', 'nginx.ingress.kubernetes.io/limit-rps', 'nginx.ingress.kubernetes.io/canary-weight'),
  fc.constantFrom('1', '2'),
);

export const ingressFixture: ProviderFixture = {
  ref: { service: 'shop', ingress: { name: 'shop', classType: 'nginx' } },
  branches: 1,
  object: fc.record({ annotations, spec: ingressSpec }).map(({ annotations: present, spec }) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'shop', namespace: 'store', uid: 'i1', resourceVersion: '3', annotations: present },
    spec,
    futureTop: 'kept',
  })),
  edit: fc.record({ annotations, spec: ingressSpec }).map(({ annotations: added, spec }) => (_live, theirs) => {
    const next = { ...theirs, metadata: { ...theirs.metadata, annotations: added }, spec };
    return { live: next, theirs: next };
  }),
};
