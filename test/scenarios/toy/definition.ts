// The CustomResourceDefinition of Toy: what a StatefulSet has that a release works with, and no more.

import type { Resource } from '../../../src/api/kube.ts';

export const TOYS: Resource = {
  group: 'toys.example.com',
  version: 'v1',
  plural: 'toys',
  kind: 'Toy',
  namespaced: true,
};

const integer = { type: 'integer', format: 'int32' };
const text = { type: 'string' };
const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const object = (properties: object, required: string[] = []): object => ({ type: 'object', properties, required });

const SCHEMA = object({
  spec: object(
    {
      replicas: { ...integer, default: 1, minimum: 0 },
      selector: anything,
      template: anything,
      updateStrategy: object({ rollingUpdate: object({ partition: { ...integer, minimum: 0 } }) }),
    },
    ['selector', 'template'],
  ),
  status: object({
    observedGeneration: { type: 'integer', format: 'int64' },
    currentRevision: text,
    updateRevision: text,
    replicas: integer,
    updatedReplicas: integer,
    readyReplicas: integer,
  }),
});

export const toyDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${TOYS.plural}.${TOYS.group}` },
  spec: {
    group: TOYS.group,
    scope: 'Namespaced',
    names: { plural: TOYS.plural, singular: 'toy', kind: TOYS.kind },
    versions: [
      {
        name: TOYS.version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: SCHEMA },
        subresources: { status: {} },
      },
    ],
  },
};
