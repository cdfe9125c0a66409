// Many applications of one replica, as large as common ones, with a Rollout each; and a watch that tells when they are idle.

import type { KubeObject } from '../../src/api/kube.ts';
import { ANNOTATION, LABEL, WORKLOAD_TYPE } from '../../src/api/names.ts';
import { DEPLOYMENTS, NAMESPACES, ROLLOUTS } from '../../src/api/resources.ts';
import type { Client } from '../../src/kube/port.ts';
import { Store, type Table } from '../../src/kube/store.ts';
import { startWatch } from '../../src/kube/watch.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { deployment, rollout } from '../cluster/support/objects.ts';

export const NAMESPACE = 'bench';
const WRITERS = 8;

export const nameOf = (index: number): string => `app-${index}`;

export const phaseOf = (object: KubeObject | undefined): unknown =>
  (object?.['status'] as { phase?: unknown } | undefined)?.phase;

const probe = (path: string) => ({
  httpGet: { path, port: 8080, scheme: 'HTTP' },
  periodSeconds: 10,
  timeoutSeconds: 1,
});

/** About 2 KB of JSON, as the API server keeps it. */
export function template(name: string, image: string) {
  const settings = Array.from({ length: 16 }, (_, index) => ({ name: `SETTING_${index}`, value: `value-of-${index}` }));
  const resources = { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } };
  const container = {
    ...{ name, image, ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }], env: settings, resources },
    ...{ livenessProbe: probe('/healthz'), readinessProbe: probe('/ready'), terminationMessagePolicy: 'File' },
    volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
  };
  const spec = { containers: [container], volumes: [{ name: 'scratch', emptyDir: {} }] };
  return { metadata: { labels: { app: name, 'app.kubernetes.io/part-of': 'bench' } }, spec };
}

interface Marks {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** With what `kubectl apply` leaves on an object: watches carry it, so it costs memory. */
const applied = <T extends { metadata: Marks & { name: string } }>(object: T): KubeObject => {
  const annotations = { ...object.metadata.annotations, [ANNOTATION.lastApplied]: `${JSON.stringify(object)}\n` };
  return { ...object, metadata: { ...object.metadata, annotations } } as unknown as KubeObject;
};

/** As Sluice has marked a Deployment. */
const enrolment = (name: string): Marks => ({
  labels: { app: name, [LABEL.enrolled]: 'canary', [LABEL.workloadType]: WORKLOAD_TYPE.deployment },
  annotations: { [ANNOTATION.rollout]: name, [ANNOTATION.workloadTypeOwned]: 'true' },
});

interface Made {
  /** Index of the first one, and of the first that is not made. */
  from: number;
  to: number;
  /** Otherwise scaled to zero since they were enrolled. Pods are in no table of ours: both take the same memory. */
  isRunning: boolean;
  /** Of each Rollout. */
  steps: object[];
}

/** In a namespace that is there. By several writers, because an API server answers many at once. */
export async function createApplications(client: Client, { from, to, isRunning, steps }: Made): Promise<void> {
  let next = from;
  const write = async (): Promise<void> => {
    while (next < to) {
      const name = nameOf(next);
      next += 1;
      const plain = deployment({ name, namespace: NAMESPACE, replicas: isRunning ? 1 : 0 });
      const spec = { ...plain.spec, template: template(name, 'cilium/echoserver:1.10.2') };
      const app = { ...plain, metadata: { ...plain.metadata, ...(isRunning ? {} : enrolment(name)) }, spec };
      const plan = rollout({ name, namespace: NAMESPACE, traffic: false, steps });
      // The Rollout first: enrolled and named by none, the Deployment would be let go.
      await client.create(ROLLOUTS, NAMESPACE, applied(plan));
      await client.create(DEPLOYMENTS, NAMESPACE, applied(app));
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
}

export const createNamespace = (client: Client): Promise<KubeObject> =>
  client.create(NAMESPACES, '', { metadata: { name: NAMESPACE } });

export interface Seen {
  rollouts: Table;
  /** Resolves when so many are Healthy and their workloads enrolled. */
  idle(count: number, withinMs: number): Promise<void>;
  stop(): Promise<void>;
}

const isEnrolled = ({ metadata }: KubeObject): boolean => metadata.labels?.[LABEL.enrolled] !== undefined;

/** How many objects of a table are as asked for, counted as they change: among 10,000 nobody looks at all of them each time. */
function counted(table: Table, isMeant: (object: KubeObject) => boolean): () => number {
  const names = new Set<string>();
  table.onChange((before, after) => {
    if (after !== undefined && isMeant(after)) names.add(after.metadata.name);
    else names.delete((after ?? before)?.metadata.name ?? '');
  });
  return () => names.size;
}

export function watchApplications(client: Client): Seen {
  const store = new Store();
  const scope = { namespace: NAMESPACE };
  const rollouts = store.define(ROLLOUTS, { scope });
  const deployments = store.define(DEPLOYMENTS, { scope, project: ({ metadata }) => ({ metadata }) });
  const healthy = counted(rollouts, (object) => phaseOf(object) === 'Healthy');
  const enrolled = counted(deployments, isEnrolled);
  const watches = [rollouts, deployments].map((table) => startWatch({ client, table, clock: systemClock }));
  return {
    rollouts,
    async idle(count, withinMs) {
      const late = AbortSignal.timeout(withinMs);
      const stops: (() => void)[] = [];
      await new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (healthy() >= count && enrolled() >= count) resolve();
        };
        for (const table of [rollouts, deployments]) stops.push(table.onChange(look));
        late.addEventListener('abort', () => {
          reject(new Error(`after ${withinMs} ms ${healthy()} of ${count} are Healthy and ${enrolled()} enrolled`));
        });
        look();
      }).finally(() => stops.forEach((stop) => stop()));
    },
    stop: async () => void (await Promise.all(watches.map((watch) => watch.stop()))),
  };
}
