// What a platform reads that asks at once: after an update was answered with its hold, nobody finds the Rollout Healthy, also when its
// plan is patched in the same moment. SLUICE_READS=500 tries as many.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { DEPLOYMENTS, ROLLOUTS } from '../../src/api/resources.ts';
import type { RolloutStatus } from '../../src/api/rollout.ts';
import { connect, type UserConnection } from '../../src/kube/auth.ts';
import { createClient, type Client } from '../../src/kube/client.ts';
import { deployment, rollout } from './support/objects.ts';
import { until } from './support/until.ts';
import { at, NAME, V2 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const READS = Number(process.env['SLUICE_READS'] ?? 40);
const LATEST_MS = 20;
/** Updates in flight, as on a busy machine. */
const AT_ONCE = 8;

const world = useWorld('answered');
let connection: UserConnection;
let client: Client;

beforeAll(async () => {
  connection = await connect({ kubeconfig: world.cluster.kubeconfig });
  client = createClient(connection);
});
afterAll(() => connection?.close());

const phaseOf = (object: KubeObject | undefined): unknown => at(object, 'status', 'phase');

async function applications(prefix: string): Promise<{ namespace: string; names: string[] }> {
  const namespace = await world.namespace(prefix);
  const names = Array.from({ length: READS }, (_, index) => `app-${index}`);
  await world.kubectl.apply(...names.map((name) => deployment({ name, namespace, replicas: 1 })));
  await world.kubectl.apply(...names.map((name) => rollout({ name, namespace, traffic: false })));
  await until(
    'all are idle and enrolled, and serve: the update of a workload without a revision is its first',
    async () => {
      const enrolled = await world.list('deployments', namespace, 'sluice.dev/enrolled');
      const serving = enrolled.filter((one) => at(one, 'status', 'availableReplicas') === 1).length;
      const healthy = (await world.list('rollouts', namespace)).filter((one) => phaseOf(one) === 'Healthy').length;
      if (serving < READS || healthy < READS) throw new Error(JSON.stringify({ serving, healthy }));
      return true;
    },
    120_000,
  );
  return { namespace, names };
}

const waits = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Found {
  isHeld: boolean;
  phase: unknown;
}

/** What is read so long after the answer, and whether that was a hold. */
async function readAfter(namespace: string, name: string, ms: number): Promise<Found> {
  const spec = { template: { spec: { containers: [{ name, image: V2 }] } } };
  const answer = await client.mergePatch({ resource: DEPLOYMENTS, namespace, name }, { spec });
  if (ms > 0) await waits(ms);
  const phase = phaseOf(await client.get({ resource: ROLLOUTS, namespace, name }));
  return { isHeld: at(answer, 'spec', 'paused') === true, phase };
}

/** What the log says of holds that could not be told. */
const untold = (): string =>
  world.sluice.log
    .split('\n')
    .filter((line) => line.includes('could not be told'))
    .join('\n');

function expectTold(found: readonly Found[]): void {
  const others = found.filter(({ isHeld, phase }) => !isHeld || phase !== 'Progressing');
  expect(others, untold()).toEqual([]);
}

async function each(names: string[], does: (name: string, index: number) => Promise<void>): Promise<void> {
  const waiting = names.map((name, index) => [name, index] as const);
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await does(...next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

test('who reads 0 to 20 ms after the answer never finds it Healthy', { timeout: 180_000 + READS * 1_000 }, async () => {
  const { namespace, names } = await applications('read');
  const found: Found[] = [];
  await each(names, async (name, index) => {
    found.push(await readAfter(namespace, name, index % (LATEST_MS + 1)));
  });
  expectTold(found);
});

test(
  'nor does who patches the Rollout in the same moment, and the edit counts',
  { timeout: 180_000 + READS * 1_000 },
  async () => {
    const { namespace, names } = await applications('patch');
    const found: Found[] = [];
    const steps = [{ replicas: '20%' }, { replicas: '50%' }, { replicas: '100%' }];
    await each(names, async (name, index) => {
      const plan = { spec: { strategy: { canary: { steps } } } };
      const edit = client.mergePatch({ resource: ROLLOUTS, namespace, name }, plan);
      found.push(await readAfter(namespace, name, index % (LATEST_MS + 1)));
      await edit;
    });
    expectTold(found);
    await until(
      'all pause in step 1 of 3',
      async () => {
        const all = await world.list('rollouts', namespace);
        const messages = all.map((one) => String(at(one, 'status', 'message')));
        const others = messages.filter((message) => !message.startsWith('Rollout is in step(1/3), and you need'));
        if (others.length > 0) throw new Error(others[0]);
        return true;
      },
      30_000 + READS * 300,
    );
  },
);

test('an update that is refused after its hold was answered leaves the Rollout Healthy again, without an Event', async () => {
  const namespace = await world.namespace('refused');
  await world.app(namespace, { traffic: false, replicas: 2 });
  const name = 'refuses-v2.sluice.test';
  const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] };
  await world.kubectl.apply(
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          resourceRules: [rule],
        },
        validations: [
          { expression: `object.spec.template.spec.containers.all(c, c.image != '${V2}')`, message: 'no v2' },
        ],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  );
  const image = ['set', 'image', `deployment/${NAME}`, `${NAME}=${V2}`, '-n', namespace];
  await until('it is refused', async () => (await world.kubectl.try([...image, '--dry-run=server'])).code !== 0);
  const events = (await world.list('events', namespace)).length;
  const { code } = await world.kubectl.try(image);
  expect(code).not.toBe(0);
  expect(await world.phase(namespace)).toBe('Progressing');
  await world.in(namespace, {
    phase: 'Healthy',
    message: 'workload deployment is completed',
    currentStepState: 'Completed',
  });
  expect((await world.list('events', namespace)).length).toBe(events);
});

test('a dry run tells nothing', async () => {
  const namespace = await world.namespace('dry');
  await world.app(namespace, { traffic: false, replicas: 2 });
  // Its version may rise by itself: the name of its first revision may come only now.
  const told = async (): Promise<unknown> => {
    const { status } = (await world.get('rollouts', NAME, namespace)) as KubeObject & { status: RolloutStatus };
    const { phase, currentStepIndex, currentStepState, conditions = [] } = status;
    return { phase, currentStepIndex, currentStepState, isOpen: conditions.some(({ type }) => type === 'PlanOpen') };
  };
  const before = await told();
  expect(before).toMatchObject({ phase: 'Healthy', isOpen: false });
  await world.kubectl.do(['set', 'image', `deployment/${NAME}`, `${NAME}=${V2}`, '-n', namespace, '--dry-run=server']);
  expect(await told()).toEqual(before);
});
