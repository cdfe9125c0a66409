// The process inside the cluster: its Deployment, the Services by which the API server reaches it, and how many of its pods
// may be away at once. manifests/deploy says the same by hand; a test compares the two.

import type { Json, JsonObject, KubeObject, Strings } from '../api/kube.ts';
import {
  CONVERSION_SERVICE_NAME,
  DEFAULT_HEALTH_PORT,
  DEFAULT_HTTP_METRICS_PORT,
  DEPLOYMENT_NAME,
  ENV,
  LABEL,
  PATH,
  SERVICE_ACCOUNT_NAME,
  SERVICE_PORT,
  WEBHOOK_PORT,
  WEBHOOK_SERVICE_NAME,
} from '../api/names.ts';
import { DEPLOYMENTS, POD_DISRUPTION_BUDGETS, SERVICES } from '../api/resources.ts';
import { objectOf, OUR_LABELS, type InstallOptions } from './options.ts';

/** What users may choose about the process. */
export interface Pods {
  image: string;
  replicas: number;
  /** Kinds that no registry line names are released too. */
  learns?: boolean;
}

/** One leads and both answer, so that one may restart. */
export const DEFAULT_REPLICAS = 2;

const CONTROL_PLANE = 'controller-manager';
/** Not those of OpenKruise's Deployment: pods of both could otherwise stand behind one Service. */
export const SELECTOR: Strings = { 'app.kubernetes.io/name': 'sluice', [LABEL.controlPlane]: CONTROL_PLANE };
const LABELS: Strings = { ...OUR_LABELS, [LABEL.controlPlane]: CONTROL_PLANE };

const service = (options: InstallOptions, name: string, extra: JsonObject): KubeObject =>
  objectOf(
    SERVICES,
    { name, namespace: options.namespace, labels: { ...OUR_LABELS } },
    {
      spec: {
        selector: { ...SELECTOR },
        ports: [{ name: 'webhook', port: SERVICE_PORT, protocol: 'TCP', targetPort: 'webhook' }],
        ...extra,
      },
    },
  );

/** Admission waits for readiness; conversion does not, because caches can only sync through it. */
export const serviceObjects = (options: InstallOptions): KubeObject[] => [
  service(options, WEBHOOK_SERVICE_NAME, {}),
  service(options, CONVERSION_SERVICE_NAME, { publishNotReadyAddresses: true }),
];

const probe = (path: string, timing: JsonObject): JsonObject => ({
  httpGet: { path, port: 'health' },
  timeoutSeconds: 2,
  ...timing,
});

/** Of `serve`. */
export const LEARN = '--filter-workload-type=false';

const container = ({ image, learns = false }: Pods): JsonObject => ({
  name: 'manager',
  image,
  args: ['serve', '--leader-elect', '--feature-gates=AdvancedDeployment=true', ...(learns ? [LEARN] : [])],
  env: [{ name: ENV.namespace, valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
  ports: [
    { name: 'webhook', containerPort: WEBHOOK_PORT, protocol: 'TCP' },
    { name: 'metrics', containerPort: DEFAULT_HTTP_METRICS_PORT, protocol: 'TCP' },
    { name: 'health', containerPort: DEFAULT_HEALTH_PORT, protocol: 'TCP' },
  ],
  startupProbe: probe(PATH.healthz, { periodSeconds: 1, failureThreshold: 60 }),
  livenessProbe: probe(PATH.healthz, { periodSeconds: 10, failureThreshold: 3 }),
  readinessProbe: probe(PATH.readyz, { periodSeconds: 2, failureThreshold: 3 }),
  // No limit on CPU: a throttled webhook delays the writes of others.
  resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
});

const spread = (topologyKey: string): JsonObject => ({
  topologyKey,
  maxSkew: 1,
  // A small cluster runs both on one node rather than one of them nowhere.
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector: { matchLabels: { ...SELECTOR } },
});

const podSpec = (pods: Pods): JsonObject => ({
  serviceAccountName: SERVICE_ACCOUNT_NAME,
  // After SIGTERM the process serves on for 10 s while its endpoint disappears everywhere, then finishes what is under way.
  terminationGracePeriodSeconds: 30,
  enableServiceLinks: false,
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 65532,
    runAsGroup: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  },
  topologySpreadConstraints: [spread('kubernetes.io/hostname'), spread('topology.kubernetes.io/zone')],
  containers: [container(pods)],
});

function deployment(options: InstallOptions, pods: Pods): KubeObject {
  const annotations: Strings = {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': String(DEFAULT_HTTP_METRICS_PORT),
    'prometheus.io/path': PATH.metrics,
  };
  return objectOf(
    DEPLOYMENTS,
    { name: DEPLOYMENT_NAME, namespace: options.namespace, labels: { ...LABELS } },
    {
      spec: {
        replicas: pods.replicas,
        selector: { matchLabels: { ...SELECTOR } },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: { metadata: { labels: { ...LABELS }, annotations }, spec: podSpec(pods) } as unknown as Json,
      },
    },
  );
}

/** A pod that is not ready serves nobody, so it never keeps a node from being drained. */
const disruptionBudget = (options: InstallOptions): KubeObject =>
  objectOf(
    POD_DISRUPTION_BUDGETS,
    { name: DEPLOYMENT_NAME, namespace: options.namespace, labels: { ...OUR_LABELS } },
    {
      spec: {
        maxUnavailable: 1,
        selector: { matchLabels: { ...SELECTOR } },
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      },
    },
  );

/** Comes last: what it starts needs everything else. */
export const processObjects = (options: InstallOptions, pods: Pods): KubeObject[] => [
  disruptionBudget(options),
  deployment(options, pods),
];
