// What the table needs to know of a kind of route: the objects that a user has, and how to read which share of the requests
// goes to new pods. One adapter a file in routes/.

import type { Resource } from '../../src/api/kube.ts';
import { SERVICES } from '../../src/api/resources.ts';
import type { Needs, Stage } from './stage.ts';
import { NAME } from './subject.ts';

export interface Route extends Needs {
  /** In titles: `release of StatefulSet with Ingress`. */
  name: string;
  /** Id of its provider in the registry; undefined: requests are not steered. */
  provider: string | undefined;
  /** trafficRoutings of the Rollout. */
  routing: object | undefined;
  /** Whatever of these the user has is there in the end as it was in the beginning, and nothing else of their kinds. */
  resources: readonly Resource[];
  /** As a user writes them, the Service included. */
  objects(namespace: string): { resource: Resource; body: object }[];
  /** Percent of the requests that go to new pods; 0 when none do. */
  share(stage: Stage, namespace: string): number;
}

export const PORT = 8080;

export const service = (namespace: string): { resource: Resource; body: object } => ({
  resource: SERVICES,
  body: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: NAME, namespace, labels: { app: NAME }, annotations: { team: 'shop' } },
    spec: { selector: { app: NAME }, ports: [{ name: 'http', port: PORT, protocol: 'TCP', targetPort: PORT }] },
  },
});
