// The objects of the case: a Deployment, its Service and its Ingress as a user wrote them, with fields that nobody here
// knows, and the Rollout.

import type { JsonObject, KubeObject } from '../../../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../../../src/api/names.ts';
import type { RolloutStep } from '../../../../../src/api/rollout.ts';

export const WEB = 'web';
/** Name of the TrafficRouting, when there is one. */
export const LANE = 'lane';
export const GRACE_SECONDS = 3;

const applied = { 'kubectl.kubernetes.io/last-applied-configuration': '{"a":1}', 'user.example/note': 'keep me' };

export const template = (image: string) => ({
  metadata: { labels: { app: WEB }, annotations: { 'user.example/pod': 'x' } },
  spec: { containers: [{ name: 'main', image: `web:${image}`, futureField: { deep: [1, 2] } }], futurePodField: 1 },
});

export const deployment = (): KubeObject => ({
  metadata: {
    name: WEB,
    labels: { app: WEB, [LABEL.enrolled]: 'canary', [LABEL.workloadType]: 'deployment' },
    annotations: { ...applied, [ANNOTATION.rollout]: WEB },
  },
  spec: {
    replicas: 5,
    selector: { matchLabels: { app: WEB } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    template: template('v1'),
    futureSpecField: { keep: true },
  },
});

/** With the same pods, released in place. */
export const statefulSet = (): KubeObject => {
  const { metadata, spec } = deployment() as KubeObject & { spec: JsonObject };
  const { strategy: _strategy, ...kept } = spec;
  return {
    metadata: { ...metadata, labels: { app: WEB, [LABEL.enrolled]: 'partition', [LABEL.workloadType]: 'statefulset' } },
    spec: { ...kept, serviceName: WEB, podManagementPolicy: 'OrderedReady' },
  };
};

export const service = (): KubeObject => ({
  metadata: { name: WEB, labels: { app: WEB }, annotations: applied },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.0.0.7',
    clusterIPs: ['10.0.0.7'],
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    selector: { app: WEB },
    futureServiceField: 'keep',
  },
});

export const ingress = (): KubeObject => ({
  metadata: {
    name: WEB,
    labels: { app: WEB },
    annotations: { ...applied, 'kubernetes.io/ingress.class': 'nginx', 'nginx.ingress.kubernetes.io/limit-rps': '5' },
  },
  spec: {
    tls: [{ hosts: ['web.example.com'], secretName: 'tls' }],
    rules: [
      {
        host: 'web.example.com',
        http: {
          paths: [
            {
              path: '/',
              pathType: 'ImplementationSpecific',
              backend: { service: { name: WEB, port: { number: 80 } } },
            },
            { path: '/other', pathType: 'Prefix', backend: { service: { name: 'other', port: { number: 80 } } } },
            {
              path: '/bucket',
              pathType: 'Prefix',
              backend: { resource: { kind: 'Bucket', name: 'b', apiGroup: 'x' } },
            },
          ],
        },
      },
      { host: 'no-http.example.com' },
    ],
  },
});

export const httpRoute = (): KubeObject => ({
  metadata: { name: WEB, labels: { app: WEB }, annotations: applied },
  spec: {
    parentRefs: [{ name: 'front' }],
    hostnames: ['web.example.com'],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/other' } }],
        backendRefs: [{ name: 'other', port: 80, weight: 1 }],
      },
      { backendRefs: [{ name: WEB, port: 80, weight: 3, futureRefField: 'keep' }], futureRuleField: { keep: [1] } },
    ],
    futureSpecField: 'keep',
  },
});

export interface RolloutParts {
  /** Through an HTTPRoute instead of an Ingress. */
  gateway?: boolean;
  /** Released in place, where given; without routing. */
  kind?: 'StatefulSet';
  steps?: RolloutStep[];
  grace?: number;
  /** false: no trafficRoutings. */
  traffic?: boolean;
  canary?: JsonObject;
  /** Strategy of a TrafficRouting that the Rollout releases with, instead of trafficRoutings. */
  shared?: JsonObject;
}

export const STEPS: RolloutStep[] = [
  { replicas: '20%', traffic: '20%', pause: {} },
  { replicas: '90%', traffic: '90%', pause: {} },
];

export const trafficRouting = ({ grace, shared = {} }: RolloutParts): KubeObject => ({
  metadata: { name: LANE, annotations: { 'user.example/note': 'keep me' } },
  spec: {
    objectRef: [
      {
        service: WEB,
        ingress: { name: WEB, classType: 'nginx' },
        ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
      },
    ],
    strategy: shared,
  },
});

export const rollout = ({
  kind,
  shared,
  steps = shared === undefined ? STEPS : [{ replicas: 1, pause: {} }],
  grace,
  gateway = false,
  traffic = shared === undefined && kind === undefined,
  canary = {},
}: RolloutParts = {}): KubeObject => ({
  metadata: { name: WEB, labels: { team: 'shop' } },
  spec: {
    workloadRef: { apiVersion: 'apps/v1', kind: kind ?? 'Deployment', name: WEB },
    strategy: {
      canary: {
        enableExtraWorkloadForCanary: kind === undefined,
        steps,
        ...(traffic
          ? {
              trafficRoutings: [
                {
                  service: WEB,
                  ...(gateway ? { gateway: { httpRouteName: WEB } } : { ingress: { name: WEB, classType: 'nginx' } }),
                  ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
                },
              ],
            }
          : {}),
        ...(shared === undefined ? {} : { trafficRoutingRef: LANE }),
        ...canary,
      },
    },
  },
});
