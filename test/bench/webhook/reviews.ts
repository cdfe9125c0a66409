// AdmissionReviews as an API server sends them for `kubectl set image` on an ordinary Deployment: about 19 KB, object and
// oldObject with managedFields and last-applied-configuration, the template changed, so the verdict is a hold.

import type { KubeObject } from '../../../src/api/kube.ts';

export const NAMESPACE = 'shop';
export const APPLICATIONS = 32;
const IDENTITY_LABELS = (name: string) => ({ app: name, 'app.kubernetes.io/part-of': 'shop', tier: 'backend' });

const variables = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: `SETTING_NUMBER_${index}`,
    value: `value-of-setting-${index}`,
  }));

const probe = (path: string) => ({
  httpGet: { path, port: 'http', scheme: 'HTTP' },
  initialDelaySeconds: 5,
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
});

const container = (name: string, image: string, settings: number) => ({
  name,
  image,
  imagePullPolicy: 'IfNotPresent',
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  env: variables(settings),
  envFrom: [{ configMapRef: { name: `${name}-settings` } }, { secretRef: { name: `${name}-secrets`, optional: true } }],
  resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
  livenessProbe: probe('/healthz'),
  readinessProbe: probe('/readyz'),
  volumeMounts: [
    { name: 'data', mountPath: '/var/lib/data' },
    { name: 'settings', mountPath: '/etc/settings', readOnly: true },
  ],
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
});

const template = (name: string, image: string) => ({
  metadata: {
    labels: IDENTITY_LABELS(name),
    annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9090' },
  },
  spec: {
    containers: [container('app', image, 14), container('proxy', 'registry.example/proxy:2.4.1', 5)],
    volumes: [
      { name: 'data', emptyDir: {} },
      { name: 'settings', configMap: { name: `${name}-settings`, defaultMode: 420 } },
    ],
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: { labelSelector: { matchLabels: { app: name } }, topologyKey: 'kubernetes.io/hostname' },
          },
        ],
      },
    },
    serviceAccountName: name,
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: { fsGroup: 1000 },
    schedulerName: 'default-scheduler',
  },
});

/** The tree of `f:` keys that the API server keeps for an object. */
function fieldsOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    const keyed = value.map((item) => [
      `k:${JSON.stringify({ name: (item as { name?: string }).name ?? '' })}`,
      fieldsOf(item),
    ]);
    return { '.': {}, ...(Object.fromEntries(keyed) as object) };
  }
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [`f:${key}`, fieldsOf(child)]));
}

const entry = (manager: string, subresource: string, fields: unknown) => ({
  manager,
  operation: 'Update',
  apiVersion: 'apps/v1',
  time: '2026-05-04T09:12:44Z',
  fieldsType: 'FieldsV1',
  fieldsV1: fields,
  ...(subresource === '' ? {} : { subresource }),
});

const nameOf = (index: number): string => `checkout-${index}`;
const uidOf = (index: number): string => `6f0e1c5a-3f0b-4f9c-9d42-${String(index).padStart(12, '0')}`;

export function deployment(index: number, image: string, generation: number): KubeObject {
  const name = nameOf(index);
  const status = {
    observedGeneration: 7,
    replicas: 5,
    updatedReplicas: 5,
    readyReplicas: 5,
    availableReplicas: 5,
    conditions: ['Available', 'Progressing'].map((type) => ({
      type,
      status: 'True',
      reason: type === 'Available' ? 'MinimumReplicasAvailable' : 'NewReplicaSetAvailable',
      message: `Deployment has reported ${type}.`,
      lastUpdateTime: '2026-05-04T09:12:44Z',
      lastTransitionTime: '2026-05-04T09:12:44Z',
    })),
  };
  const spec = {
    replicas: 5,
    selector: { matchLabels: { app: name } },
    template: template(name, image),
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: NAMESPACE,
      uid: uidOf(index),
      resourceVersion: String(812_345 + index),
      generation,
      creationTimestamp: '2026-03-01T10:00:00Z',
      labels: {
        ...IDENTITY_LABELS(name),
        'sluice.dev/enrolled': 'canary',
        'rollouts.kruise.io/workload-type': 'deployment',
      },
      annotations: { 'deployment.kubernetes.io/revision': '4', 'sluice.dev/rollout': name },
      managedFields: [
        entry('kubectl-client-side-apply', '', {
          'f:spec': fieldsOf({ ...spec, template: { spec: { containers: spec.template.spec.containers } } }),
        }),
        entry('kube-controller-manager', 'status', { 'f:status': fieldsOf(status) }),
      ],
    },
    spec,
    status,
  };
}

export const OLD_IMAGE = 'registry.example/shop/checkout:1.41.0';
export const NEW_IMAGE = 'registry.example/shop/checkout:1.42.0';

/** One review for each application, as text. */
export const reviews = (): string[] =>
  Array.from({ length: APPLICATIONS }, (_, index) =>
    JSON.stringify({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      request: {
        uid: `b1f3a0a4-0c1d-4f4e-8b7e-${String(index).padStart(12, '0')}`,
        kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
        resource: { group: 'apps', version: 'v1', resource: 'deployments' },
        requestKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
        requestResource: { group: 'apps', version: 'v1', resource: 'deployments' },
        name: nameOf(index),
        namespace: NAMESPACE,
        operation: 'UPDATE',
        userInfo: { username: 'deployer', groups: ['developers', 'system:authenticated'] },
        object: deployment(index, NEW_IMAGE, 8),
        oldObject: deployment(index, OLD_IMAGE, 7),
        dryRun: false,
        options: { kind: 'UpdateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'kubectl-set' },
      },
    }),
  );

/** The ReplicaSet that serves each of them. */
export const replicaSet = (index: number): KubeObject => {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${nameOf(index)}-5d9c7b8f6`,
      namespace: NAMESPACE,
      resourceVersion: '1',
      uid: `rs-${index}`,
      labels: { ...IDENTITY_LABELS(nameOf(index)), 'pod-template-hash': '5d9c7b8f6' },
      annotations: { 'deployment.kubernetes.io/revision': '4' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: nameOf(index), uid: uidOf(index), controller: true },
      ],
    },
    spec: { replicas: 5, template: template(nameOf(index), OLD_IMAGE) },
    status: { replicas: 5, readyReplicas: 5, availableReplicas: 5 },
  };
};

export const rollout = (index: number): KubeObject => ({
  apiVersion: 'rollouts.kruise.io/v1beta1',
  kind: 'Rollout',
  metadata: {
    name: nameOf(index),
    namespace: NAMESPACE,
    resourceVersion: '1',
    creationTimestamp: '2026-03-01T10:00:00Z',
  },
  spec: {
    workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: nameOf(index) },
    strategy: {
      canary: {
        enableExtraWorkloadForCanary: true,
        steps: [
          { replicas: '20%', traffic: '20%', pause: {} },
          { replicas: '100%', traffic: '100%' },
        ],
        trafficRoutings: [{ service: nameOf(index), ingress: { name: nameOf(index) } }],
      },
    },
  },
  status: { phase: 'Healthy', currentStepIndex: 2, currentStepState: 'Completed' },
});
