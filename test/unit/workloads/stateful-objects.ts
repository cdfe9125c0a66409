// A StatefulSet and its revisions as the API server sends them, small.

import type { KubeObject, Strings } from '../../../src/api/kube.ts';
import { template, UID } from './objects.ts';

export interface StatefulParts {
  image?: string;
  replicas?: number;
  labels?: Strings;
  annotations?: Strings;
  /** spec.updateStrategy; null = absent. */
  strategy?: object | null;
  status?: object;
  metadata?: object;
}

export const AS_DEFAULTED = { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };

export function statefulSet(parts: StatefulParts = {}): KubeObject {
  const { image = 'v1', replicas = 5, labels, annotations, strategy = AS_DEFAULTED, status, metadata } = parts;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: UID,
      resourceVersion: '10',
      generation: 3,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...metadata,
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: template(image),
      ...(strategy === null ? {} : { updateStrategy: strategy }),
    },
    status: {
      observedGeneration: 3,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
      currentRevision: 'v1',
      updateRevision: 'v1',
      ...status,
    },
  } as KubeObject;
}

export const controllerRevision = (image: string, revision: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: {
    name: image,
    namespace: 'shop',
    uid: `cr-${image}`,
    resourceVersion: '7',
    creationTimestamp: `2026-01-01T00:00:0${revision}Z`,
    labels: { app: 'web' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: UID, controller: true }],
  },
  revision,
  data: { spec: { template: { ...template(image), $patch: 'replace' } } },
});
