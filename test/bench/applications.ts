// Many applications of one replica, as large as common ones, with a Rollout each; and a watch that tells when they are idle.

import type { KubeObject } from '../../src/api/kube.ts';
import { LABEL } from '../../src/api/names.ts';
import { DEPLOYMENTS, ROLLOUTS } from '../../src/api/resources.ts';
import type { Client } from '../../src/kube/port.ts';
import { Store, type Table } from '../../src/kube/store.ts';
import { startWatch } from '../../src/kube/watch.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { deployment, rollout } from '../cluster/support/objects.ts';
import type { World } from '../cluster/support/world.ts';

export const NAMESPACE = 'bench';
/** `kubectl apply` takes so many at once in reasonable time. */
const BATCH = 200;

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

function application(name: string, image: string) {
  const plain = deployment({ name, namespace: NAMESPACE, replicas: 1 });
  return { ...plain, spec: { ...plain.spec, template: template(name, image) } };
}

/** `steps`: of each Rollout. */
export async function createApplications(world: World, count: number, steps: object[]): Promise<void> {
  await world.kubectl.do(['create', 'namespace', NAMESPACE]);
  const names = Array.from({ length: count }, (_, index) => nameOf(index));
  for (let from = 0; from < count; from += BATCH) {
    const batch = names.slice(from, from + BATCH);
    await world.kubectl.apply(...batch.map((name) => application(name, 'cilium/echoserver:1.10.2')));
    await world.kubectl.apply(...batch.map((name) => rollout({ name, namespace: NAMESPACE, traffic: false, steps })));
  }
}

export interface Seen {
  rollouts: Table;
  /** Resolves when so many are Healthy and their workloads enrolled. */
  idle(count: number, withinMs: number): Promise<void>;
  stop(): Promise<void>;
}

const isEnrolled = ({ metadata }: KubeObject): boolean => metadata.labels?.[LABEL.enrolled] !== undefined;

export function watchApplications(client: Client): Seen {
  const store = new Store();
  const scope = { namespace: NAMESPACE };
  const rollouts = store.define(ROLLOUTS, { scope });
  const deployments = store.define(DEPLOYMENTS, { scope, project: ({ metadata }) => ({ metadata }) });
  const watches = [rollouts, deployments].map((table) => startWatch({ client, table, clock: systemClock }));
  const found = (): [number, number] => [
    rollouts.list().filter((object) => phaseOf(object) === 'Healthy').length,
    deployments.list().filter(isEnrolled).length,
  ];
  return {
    rollouts,
    async idle(count, withinMs) {
      const late = AbortSignal.timeout(withinMs);
      await new Promise<void>((resolve, reject) => {
        const look = (): void => {
          const [healthy, enrolled] = found();
          if (healthy >= count && enrolled >= count) resolve();
        };
        for (const table of [rollouts, deployments]) table.onChange(look);
        late.addEventListener('abort', () => {
          const [healthy, enrolled] = found();
          reject(new Error(`after ${withinMs} ms ${healthy} of ${count} are Healthy and ${enrolled} enrolled`));
        });
        look();
      });
    },
    stop: async () => void (await Promise.all(watches.map((watch) => watch.stop()))),
  };
}
