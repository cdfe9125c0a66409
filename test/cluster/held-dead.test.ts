// Many updates while no Sluice process is alive, each of a workload that no release is under way of: every one is stored held, and none
// is refused. SLUICE_DEAD=1000 sends as many of each kind and style.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { ourUserName } from '../../src/api/names.ts';
import type { JsonObject, KubeObject, Resource } from '../../src/api/kube.ts';
import { DEPLOYMENTS, STATEFUL_SETS } from '../../src/api/resources.ts';
import { connect, type UserConnection } from '../../src/kube/auth.ts';
import { objectPath } from '../../src/kube/paths.ts';
import { Transport } from '../../src/kube/transport.ts';
import { impersonating } from './support/dry-runs.ts';
import { deployment, rollout } from './support/objects.ts';
import { until } from './support/until.ts';
import { at } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const UPDATES = Number(process.env['SLUICE_DEAD'] ?? 60);
const APPS = 6;
const IN_PROGRESSING = 'rollouts.kruise.io/in-progressing';

const world = useWorld('held-dead');
let connection: UserConnection;
let user: Transport;
let us: Transport;

interface Kind {
  resource: Resource;
  canary: boolean;
  isHeld(object: KubeObject): boolean;
  /** What ends a hold; our own account writes it. */
  letGo: JsonObject;
}
const marks = { annotations: { [IN_PROGRESSING]: null, 'sluice.dev/held-fields': null } };
const isMarked = ({ metadata }: KubeObject): boolean => metadata.annotations?.[IN_PROGRESSING] !== undefined;
const PAUSED: Pick<Kind, 'resource' | 'isHeld' | 'letGo'> = {
  resource: DEPLOYMENTS,
  isHeld: (object) => isMarked(object) && at(object, 'spec', 'paused') === true,
  letGo: { metadata: marks, spec: { paused: null } },
};
const KINDS: [string, Kind][] = [
  ['a Deployment, canary', { ...PAUSED, canary: true }],
  ['a Deployment, partition', { ...PAUSED, canary: false }],
  [
    'a StatefulSet',
    {
      resource: STATEFUL_SETS,
      canary: false,
      isHeld: (object) =>
        isMarked(object) && at(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') === 32_767,
      letGo: { metadata: marks, spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } },
    },
  ],
];

const nameOf = (index: number): string => `app-${index}`;

async function enrolled({ resource, canary }: Kind): Promise<string> {
  const namespace = await world.namespace('dead');
  const names = Array.from({ length: APPS }, (_, index) => nameOf(index));
  await world.kubectl.apply(
    ...names.flatMap((name) => {
      const { kind } = resource;
      const app = deployment({ name, namespace, replicas: 1 });
      const plan = rollout({ name, namespace, traffic: false, steps: [{ replicas: 1 }] });
      const workloadRef = { ...plan.spec.workloadRef, kind };
      const strategy = {
        canary: { ...plan.spec.strategy.canary, enableExtraWorkloadForCanary: canary },
      };
      const spec = kind === 'StatefulSet' ? { ...app.spec, serviceName: name } : app.spec;
      return [
        { ...app, kind, spec },
        { ...plan, spec: { workloadRef, strategy } },
      ];
    }),
  );
  await until('all are enrolled', async () => {
    const found = await world.list(resource.plural, namespace, 'sluice.dev/enrolled');
    return found.length === APPS;
  });
  return namespace;
}

beforeAll(async () => {
  connection = await connect({ kubeconfig: world.cluster.kubeconfig });
  user = new Transport(connection);
  us = new Transport(impersonating(connection, ourUserName('kruise-rollout')));
});
afterAll(() => connection?.close());

const patch = async (as: Transport, resource: Resource, namespace: string, name: string, body: object) => {
  const path = objectPath({ resource, namespace, name });
  const contentType = 'application/merge-patch+json';
  return (await as.json({ method: 'PATCH', path, body, contentType })) as KubeObject;
};

test.each(KINDS)(
  '%s: every update is held, and none is refused',
  { timeout: 90_000 + UPDATES * 200 },
  async (_title, kind) => {
    if (!world.sluice.running) await world.sluice.start();
    const { resource, isHeld, letGo } = kind;
    const namespace = await enrolled(kind);
    await world.sluice.stop('SIGKILL');
    let held = 0;
    let next = 0;
    const worker = async (app: number): Promise<void> => {
      const name = nameOf(app);
      for (let update = (next += 1); update <= UPDATES; update = next += 1) {
        const containers = [{ name, image: `cilium/echoserver:dead-${update}` }];
        const stored = await patch(user, resource, namespace, name, { spec: { template: { spec: { containers } } } });
        expect(isHeld(stored), JSON.stringify(stored)).toBe(true);
        held += 1;
        await patch(us, resource, namespace, name, letGo);
      }
    };
    await Promise.all(Array.from({ length: APPS }, (_, app) => worker(app)));
    expect(held).toBe(UPDATES);
  },
);
