// Every name that clients, users or other processes can see: groups, labels, annotations, finalizers, object names and
// paths. States, reasons and texts are in states.ts, re-exported here. Nobody writes such a string a second time.

import { nameWith } from '../lib/label-value.ts';

export * from './states.ts';

/** API group of the four compatible kinds. */
export const GROUP = 'rollouts.kruise.io';
/** Prefix of our own labels and annotations, and our own API group. */
export const OUR_GROUP = 'sluice.dev';
export const V1ALPHA1 = 'v1alpha1';
export const V1BETA1 = 'v1beta1';
export const API_VERSION = {
  v1alpha1: `${GROUP}/${V1ALPHA1}`,
  v1beta1: `${GROUP}/${V1BETA1}`,
} as const;
/** Name under which our writes appear in managedFields. */
export const FIELD_MANAGER = 'sluice';

export const LABEL = {
  /** On workloads: style of the Rollout that manages it, or ESCAPE. Ours. */
  enrolled: `${OUR_GROUP}/enrolled`,
  /** On workloads: cloneset | deployment | statefulset | daemonset. */
  workloadType: `${GROUP}/workload-type`,
  /** On workloads and pods: release id. */
  rolloutId: `${GROUP}/rollout-id`,
  /** On pods: 1-based step. */
  rolloutBatchId: `${GROUP}/rollout-batch-id`,
  /** On pods: release id of a rollback in batches that need not touch them. */
  noNeedUpdate: `${GROUP}/no-need-update`,
  /** On canary Deployments: name of the stable one. */
  canaryDeployment: `${GROUP}/canary-deployment`,
  /** On Deployments: pod-template-hash of the stable ReplicaSet. */
  stableRevision: `${GROUP}/stable-revision`,
  /** On partition Deployments under way: "true". */
  controlledByAdvancedDeployment: `${GROUP}/controlled-by-advanced-deployment-controller`,
  /** On RolloutHistory objects. */
  rolloutName: `${GROUP}/rollout-name`,
  podTemplateHash: 'pod-template-hash',
  controllerRevisionHash: 'controller-revision-hash',
  controlPlane: 'control-plane',
  /** On ClusterRoles, "true": our account gets their rules too. Ours. */
  aggregateToManager: `${OUR_GROUP}/aggregate-to-manager`,
} as const;

/** Value of LABEL.enrolled by which a person takes a workload away from us, at once and in every layer. */
export const ESCAPE = 'false';

/** Values of LABEL.workloadType that we write. */
export const WORKLOAD_TYPE = {
  deployment: 'deployment',
  statefulset: 'statefulset',
} as const;

export const ANNOTATION = {
  /** On workloads: name of the Rollout that enrolled it. Ours. */
  rollout: `${OUR_GROUP}/rollout`,
  /** On workloads: we set LABEL.workloadType, so we take it away again. Ours. */
  workloadTypeOwned: `${OUR_GROUP}/workload-type-owned`,
  /** On a BatchRelease whose Rollout takes the update back: it goes no further, also when its revision returns. Ours. */
  halted: `${OUR_GROUP}/halted`,
  /** On workloads: the generation whose next template the webhook has let pass unheld, so that the guard does too. Ours. */
  letPass: `${OUR_GROUP}/let-pass`,
  /** On workloads: JSON of the fields a hold replaced, for restoring them. Ours. */
  heldFields: `${OUR_GROUP}/held-fields`,
  /** On HTTPRoutes: the user's rules as they were before the first change, and what each release wants of them. Ours. */
  originalRules: `${OUR_GROUP}/original-rules`,
  /** On objects served as v1alpha1: what only v1beta1 can say. Ours. */
  stashV1beta1: `${OUR_GROUP}/v1beta1`,
  /** On objects served as v1beta1: what only v1alpha1 can say. Ours. */
  stashV1alpha1: `${OUR_GROUP}/v1alpha1`,
  /** On workloads: `{"rolloutName":"x"}`, or a bare value set by a client. */
  inProgressing: `${GROUP}/in-progressing`,
  /** On workloads: release id as the webhook compares it. The label has the same key. */
  rolloutId: `${GROUP}/rollout-id`,
  /** On Rollouts: strategyHash. */
  hash: `${GROUP}/hash`,
  /** On workloads and canary Deployments: JSON OwnerReference to the BatchRelease. */
  controlInfo: 'batchrelease.rollouts.kruise.io/control-info',
  /** On partition Deployments: `{rollingStyle,rollingUpdate,paused,partition}`. */
  deploymentStrategy: `${GROUP}/deployment-strategy`,
  /** On partition Deployments: `{updatedReadyReplicas,expectedUpdatedReplicas}`. */
  deploymentExtraStatus: `${GROUP}/deployment-extra-status`,
  /** On Rollouts (by the user) and BatchReleases: "true". */
  rollbackInBatch: `${GROUP}/rollback-in-batch`,
  /** On v1alpha1 Rollouts and BatchReleases: canary | partition | bluegreen. */
  rollingStyle: `${GROUP}/rolling-style`,
  /** On Rollouts: name of the TrafficRouting object in use. */
  trafficRouting: `${GROUP}/trafficrouting`,
  deploymentRevision: 'deployment.kubernetes.io/revision',
  /** Why a revision was made, in a person's words. */
  changeCause: 'kubernetes.io/change-cause',
  /** On pod templates: when somebody asked for new pods of the same version. */
  restartedAt: 'kubectl.kubernetes.io/restartedAt',
  /** On ReplicaSets: spec.replicas of their Deployment when they were sized last. */
  desiredReplicas: 'deployment.kubernetes.io/desired-replicas',
  /** On ReplicaSets: the same with maxSurge. */
  maxReplicas: 'deployment.kubernetes.io/max-replicas',
  lastApplied: 'kubectl.kubernetes.io/last-applied-configuration',
} as const;

export const FINALIZER = {
  rollout: `${GROUP}/rollout`,
  batchRelease: `${GROUP}/batch-release-finalizer`,
  canaryDeployment: 'finalizer.rollouts.kruise.io/batch-release',
  trafficRouting: `${GROUP}/trafficrouting`,
} as const;
const PROGRESS_FINALIZER = 'progressing.rollouts.kruise.io/';
/** Finalizer that a Rollout holds on a shared TrafficRouting while it releases. */
export const trafficRoutingProgressFinalizer = (rolloutName: string): string => PROGRESS_FINALIZER + rolloutName;
/** The other way round; undefined for any other finalizer. */
export const rolloutOfProgressFinalizer = (finalizer: string): string | undefined =>
  finalizer.startsWith(PROGRESS_FINALIZER) ? finalizer.slice(PROGRESS_FINALIZER.length) : undefined;

/** Objects of the installation. The names are those of OpenKruise, so that two controllers can never both act. */
export const DEFAULT_NAMESPACE = 'kruise-rollout';
export const LEASE_NAME = '71ddec2c.kruise.io';
export const WEBHOOK_SECRET_NAME = 'kruise-rollout-webhook-certs';
export const WEBHOOK_SERVICE_NAME = 'kruise-rollout-webhook-service';
/** Own Service with publishNotReadyAddresses: caches sync through /convert before the pod is ready. */
export const CONVERSION_SERVICE_NAME = 'kruise-rollout-conversion-service';
export const SERVICE_ACCOUNT_NAME = 'kruise-rollout-controller-manager';
/** ClusterRole that collects those with LABEL.aggregateToManager. */
export const AGGREGATED_ROLE_NAME = 'kruise-rollout-controller-manager-workloads';
/** Image of the process, without a tag; manifests/deploy replaces it. */
export const IMAGE_NAME = 'sluice';
export const DEPLOYMENT_NAME = 'kruise-rollout-controller-manager';
export const MUTATING_WEBHOOK_CONFIGURATION = 'kruise-rollout-mutating-webhook-configuration';
export const VALIDATING_WEBHOOK_CONFIGURATION = 'kruise-rollout-validating-webhook-configuration';
export const WEBHOOK_PORT = 9876;
export const SERVICE_PORT = 443;
/** The user name under which our own writes arrive at admission. */
export const ourUserName = (namespace: string): string => `system:serviceaccount:${namespace}:${SERVICE_ACCOUNT_NAME}`;

/** Our own namespace and kube-system never depend on us: their pods must come back unaided. */
export const leftOutNamespaces = (namespace: string): string[] => ['kube-system', namespace];

/** How the webhook and the path of a judge are named that has them for itself. */
export const judgeWebhook = (id: string): string => `${id}.${OUR_GROUP}`;
export const judgePath = (id: string): string => `/judge-${id}`;

/** Names of single webhooks inside the configurations. */
export const WEBHOOK = {
  enrolled: `enrolled.${OUR_GROUP}`,
  other: `other.${OUR_GROUP}`,
  rollout: 'vrollout.kb.io',
} as const;

/** Admission policies inside the API server (cluster-scoped objects and their bindings). */
export const POLICY = {
  hold: `hold.${OUR_GROUP}`,
  guard: `guard.${OUR_GROUP}`,
  explain: `explain.${OUR_GROUP}`,
} as const;
/** Mutating ones of earlier versions, which whoever leads takes away. */
export const RETIRED_POLICY = { keep: `keep.${OUR_GROUP}` } as const;

export const PATH = {
  convert: '/convert',
  validateRollout: '/validate-rollouts-kruise-io-rollout',
  mutateDeployment: '/mutate-apps-v1-deployment',
  mutateDaemonset: '/mutate-apps-v1-daemonset',
  mutateCloneset: '/mutate-apps-kruise-io-v1alpha1-cloneset',
  mutateAdvancedDaemonset: '/mutate-apps-kruise-io-v1alpha1-daemonset',
  mutateUnified: '/mutate-unified-workload',
  mutateEnrolled: '/mutate-enrolled',
  mutateOther: '/mutate-other',
  healthz: '/healthz',
  readyz: '/readyz',
  metrics: '/metrics',
} as const;

export const FEATURE_GATES = [
  'RolloutHistory',
  'AdvancedDeployment',
  'AppendPodSelector',
  'KeepWorkloadPausedOnRolloutDeletion',
] as const;
export type FeatureGate = (typeof FEATURE_GATES)[number];
/** Which of them are on. */
export type Gates = Readonly<Record<FeatureGate, boolean>>;

/** Environment variables read by src/config.ts. */
export const ENV = {
  namespace: 'POD_NAMESPACE',
  webhookPort: 'WEBHOOK_PORT',
  webhookHost: 'WEBHOOK_HOST',
  webhookCertDir: 'WEBHOOK_CERT_DIR',
  secretName: 'SECRET_NAME',
  serviceName: 'SERVICE_NAME',
} as const;

/** Defaults of flags that other parts need too. */
export const DEFAULT_PARTITION_PERCENT_LIMIT = 50;
export const DEFAULT_GRACE_PERIOD_SECONDS = 3;
export const DEFAULT_HTTP_METRICS_PORT = 8080;
export const DEFAULT_HEALTH_PORT = 8081;

/** Canary Ingress of a stable one. */
export const canaryNameOf = (stable: string): string => `${stable}-canary`;
/** Canary Service of a stable one; names of Services have at most 63 characters. */
export const canaryServiceNameOf = (stable: string): string => nameWith(stable, '-canary');
/** Branch of a route that leads to the new version. */
export const CANARY_BRANCH = 'canary';
