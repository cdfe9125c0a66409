// The applications that cluster tests release, as users would write them.

export const DEMO_IMAGE = 'cilium/echoserver';

export interface AppOptions {
  name?: string;
  namespace: string;
  image?: string;
  replicas?: number;
}

export const deployment = ({
  name = 'echoserver',
  namespace,
  image = `${DEMO_IMAGE}:1.10.2`,
  replicas = 5,
}: AppOptions) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace, labels: { app: name } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name, image, ports: [{ containerPort: 8080 }], env: [{ name: 'PORT', value: '8080' }] }] },
    },
  },
});

export const service = ({ name = 'echoserver', namespace }: AppOptions) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace, labels: { app: name } },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 8080, protocol: 'TCP', targetPort: 8080 }] },
});

export const ingress = ({ name = 'echoserver', namespace }: AppOptions) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace, annotations: { 'kubernetes.io/ingress.class': 'nginx' } },
  spec: {
    rules: [
      {
        host: `${name}.example.com`,
        http: {
          paths: [
            { path: '/', pathType: 'ImplementationSpecific', backend: { service: { name, port: { number: 8080 } } } },
          ],
        },
      },
    ],
  },
});

export interface RolloutOptions extends AppOptions {
  steps?: object[];
  grace?: number;
  traffic?: boolean;
  strategy?: object;
  canary?: object;
}

export const rollout = ({
  name = 'echoserver',
  namespace,
  steps,
  grace = 1,
  traffic = true,
  strategy,
  canary,
}: RolloutOptions) => ({
  apiVersion: 'rollouts.kruise.io/v1beta1',
  kind: 'Rollout',
  metadata: { name, namespace },
  spec: {
    workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    strategy: {
      canary: {
        enableExtraWorkloadForCanary: true,
        steps: steps ?? [
          { replicas: '20%', ...(traffic ? { traffic: '20%' } : {}) },
          { replicas: '90%', ...(traffic ? { traffic: '90%' } : {}) },
        ],
        ...(traffic
          ? { trafficRoutings: [{ service: name, gracePeriodSeconds: grace, ingress: { classType: 'nginx', name } }] }
          : {}),
        ...canary,
      },
      ...strategy,
    },
  },
});
