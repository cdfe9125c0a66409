// A release in the middle of its first step, as the API server shows it.

import type { JsonObject, KubeObject } from '../../../src/api/kube.ts';
import type { FakeCluster } from './fake-cluster.ts';

const NAMESPACE = 'demo';
const CREATED = '2026-01-01T11:50:00Z';
const OLD = 'cilium/echoserver:1.10.2';
const NEW = 'cilium/echoserver:1.10.3';

const object = (
  apiVersion: string,
  kind: string,
  metadata: Partial<KubeObject['metadata']> & { name: string },
  body: object = {},
): KubeObject => ({
  apiVersion,
  kind,
  metadata: { namespace: NAMESPACE, creationTimestamp: CREATED, ...metadata },
  ...body,
});

const owner = (apiVersion: string, kind: string, plural: string, name: string) => ({
  ownerReferences: [{ apiVersion, kind, name, uid: `uid-${plural}/${NAMESPACE}/${name}`, controller: true }],
});
const ofDeployment = (name: string) => owner('apps/v1', 'Deployment', 'deployments', name);
const ofReplicaSet = (name: string) => owner('apps/v1', 'ReplicaSet', 'replicasets', name);
const ofRollout = owner('rollouts.kruise.io/v1beta1', 'Rollout', 'rollouts', 'echoserver');
const ofBatchRelease = owner('rollouts.kruise.io/v1beta1', 'BatchRelease', 'batchreleases', 'echoserver');

const template = (image: string, hash?: string) => ({
  metadata: { labels: { app: 'echoserver', ...(hash === undefined ? {} : { 'pod-template-hash': hash }) } },
  spec: { containers: [{ name: 'echoserver', image }] },
});

const counts = (replicas: number) => ({
  observedGeneration: 1,
  replicas,
  updatedReplicas: replicas,
  readyReplicas: replicas,
  availableReplicas: replicas,
});

/** `revision` as the Deployment's controller counts. */
export const replicaSet = (
  name: string,
  hash: string,
  image: string,
  replicas: number,
  { of, revision = 1, cause }: { of: string; revision?: number; cause?: string },
) =>
  object(
    'apps/v1',
    'ReplicaSet',
    {
      name,
      labels: { app: 'echoserver', 'pod-template-hash': hash },
      annotations: {
        'deployment.kubernetes.io/revision': String(revision),
        ...(cause === undefined ? {} : { 'kubernetes.io/change-cause': cause }),
      },
      ...ofDeployment(of),
    },
    { spec: { replicas, template: template(image, hash) }, status: counts(replicas) },
  );

const pod = (name: string, hash: string, of: string, ready = true) =>
  object(
    'v1',
    'Pod',
    { name, labels: { app: 'echoserver', 'pod-template-hash': hash }, ...ofReplicaSet(of) },
    {
      spec: { containers: [{ name: 'echoserver' }], nodeName: 'node-1' },
      status: {
        phase: ready ? 'Running' : 'Pending',
        podIP: '10.0.0.1',
        containerStatuses: [
          ready
            ? { ready, restartCount: 0 }
            : { ready, restartCount: 3, state: { waiting: { reason: 'ImagePullBackOff' } } },
        ],
      },
    },
  );

export interface RolloutParts {
  name?: string;
  namespace?: string;
  steps?: object[];
  spec?: JsonObject;
  strategy?: JsonObject;
  status?: object | undefined;
}

export const rollout = ({
  name = 'echoserver',
  namespace = NAMESPACE,
  steps,
  spec,
  strategy,
  status,
}: RolloutParts = {}) =>
  object(
    'rollouts.kruise.io/v1beta1',
    'Rollout',
    { name, namespace, finalizers: ['rollouts.kruise.io/rollout'] },
    {
      spec: {
        workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        strategy: {
          canary: {
            enableExtraWorkloadForCanary: true,
            steps: steps ?? [
              { replicas: '20%', traffic: '20%' },
              { replicas: '90%', traffic: '90%' },
            ],
            trafficRoutings: [{ service: name, gracePeriodSeconds: 5, ingress: { classType: 'nginx', name } }],
          },
          ...strategy,
        },
        ...spec,
      },
      ...(status === undefined ? {} : { status }),
    },
  );

export const PAUSED = {
  phase: 'Progressing',
  message: 'Rollout is in step(1/2), and you need manually confirm to enter the next step',
  currentStepIndex: 1,
  currentStepState: 'StepPaused',
  canaryStatus: {
    currentStepIndex: 1,
    nextStepIndex: 2,
    currentStepState: 'StepPaused',
    stableRevision: 'stable',
    podTemplateHash: 'canary',
    lastUpdateTime: '2026-01-01T11:55:00.000Z',
  },
};
export const IDLE = {
  phase: 'Healthy',
  message: 'workload deployment is completed',
  currentStepIndex: 2,
  currentStepState: 'Completed',
  canaryStatus: { currentStepIndex: 2, currentStepState: 'Completed' },
};

export const ENROLLED = {
  labels: {
    app: 'echoserver',
    'sluice.dev/enrolled': 'canary',
    'rollouts.kruise.io/workload-type': 'deployment',
    'rollouts.kruise.io/stable-revision': 'stable',
  },
  annotations: { 'sluice.dev/rollout': 'echoserver', 'sluice.dev/workload-type-owned': 'true', mine: 'kept' },
};
export const HELD = {
  labels: ENROLLED.labels,
  annotations: { ...ENROLLED.annotations, 'rollouts.kruise.io/in-progressing': '{"rolloutName":"echoserver"}' },
};

export const deployment = (metadata: Partial<KubeObject['metadata']>, image: string, paused: boolean): KubeObject =>
  object(
    'apps/v1',
    'Deployment',
    { name: 'echoserver', generation: 1, ...metadata },
    {
      spec: {
        replicas: 2,
        ...(paused ? { paused } : {}),
        selector: { matchLabels: { app: 'echoserver' } },
        template: template(image),
      },
      status: { ...counts(2), updatedReplicas: paused ? 0 : 2 },
    },
  );

const service = (name: string, revision: string | undefined, of = {}) =>
  object(
    'v1',
    'Service',
    { name, ...of },
    { spec: { selector: { app: 'echoserver', ...(revision === undefined ? {} : { 'pod-template-hash': revision }) } } },
  );

function ingress(name: string, backend: string, annotations = {}, of = {}): KubeObject {
  const paths = [{ path: '/', pathType: 'Prefix', backend: { service: { name: backend, port: { number: 8080 } } } }];
  const rules = [{ host: 'echoserver.example.com', http: { paths } }];
  return object('networking.k8s.io/v1', 'Ingress', { name, annotations, ...of }, { spec: { rules } });
}

/** Deployment, Service and Ingress without a release. */
export function addApp(cluster: FakeCluster): void {
  cluster.put(rollout({ status: IDLE }));
  cluster.put(deployment({ ...ENROLLED }, OLD, false));
  cluster.put(replicaSet('echoserver-stable', 'stable', OLD, 2, { of: 'echoserver' }));
  for (const name of ['a', 'b']) cluster.put(pod(`echoserver-stable-${name}`, 'stable', 'echoserver-stable'));
  cluster.put(service('echoserver', undefined));
  cluster.put(ingress('echoserver', 'echoserver'));
}

/** The same with a release in its first step. */
export function addRelease(cluster: FakeCluster): void {
  addApp(cluster);
  cluster.put(rollout({ status: PAUSED }));
  cluster.put(deployment({ ...HELD }, NEW, true));
  cluster.put(service('echoserver', 'stable'));
  cluster.put(service('echoserver-canary', 'canary', ofRollout));
  cluster.put(
    ingress(
      'echoserver-canary',
      'echoserver-canary',
      { 'nginx.ingress.kubernetes.io/canary': 'true', 'nginx.ingress.kubernetes.io/canary-weight': '20' },
      ofRollout,
    ),
  );
  cluster.put(
    object(
      'rollouts.kruise.io/v1beta1',
      'BatchRelease',
      { name: 'echoserver', finalizers: ['rollouts.kruise.io/batch-release-finalizer'], ...ofRollout },
      {
        spec: {
          workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'echoserver' },
          releasePlan: { batches: [{ canaryReplicas: '20%' }], batchPartition: 0, rollingStyle: 'Canary' },
        },
      },
    ),
  );
  cluster.put(
    object(
      'apps/v1',
      'Deployment',
      {
        name: 'echoserver-x7k2p',
        labels: { 'rollouts.kruise.io/canary-deployment': 'echoserver' },
        finalizers: ['finalizer.rollouts.kruise.io/batch-release'],
        ...ofBatchRelease,
      },
      {
        spec: { replicas: 1, selector: { matchLabels: { app: 'echoserver' } }, template: template(NEW) },
        status: counts(1),
      },
    ),
  );
  cluster.put(replicaSet('echoserver-x7k2p-canary', 'canary', NEW, 1, { of: 'echoserver-x7k2p' }));
  cluster.put(pod('echoserver-x7k2p-canary-c', 'canary', 'echoserver-x7k2p-canary'));
}

export const troubledPod = (): KubeObject => pod('echoserver-stable-z', 'stable', 'echoserver-stable', false);
