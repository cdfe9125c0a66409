// A Rollout and a new image that arrive together: the race that a cache loses.

import { expect, test } from 'vitest';
import { DEPLOYMENTS, ROLLOUTS } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/api/kube.ts';
import { connect } from '../../src/kube/auth.ts';
import { createClient } from '../../src/kube/client.ts';
import { deployment, rollout } from './support/objects.ts';
import { until } from './support/until.ts';
import { isHeld, V2 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const ROUNDS = 500;
const world = useWorld('race');

/** What the process logged about this object, and how often the API server has given up asking it. */
async function whatWasSaid(name: string): Promise<string> {
  const lines = world.sluice.log.split('\n').filter((line) => line.includes(`"${name}"`));
  const metrics = (await world.kubectl.do(['get', '--raw', '/metrics'])).split('\n');
  return [...lines, ...metrics.filter((line) => line.startsWith('apiserver_admission_webhook_fail_open_count'))].join(
    '\n',
  );
}

test('HZ-07 SC-07: an update sent 0 to 30 ms after the Rollout was created is held, 500 times of 500', async () => {
  const namespace = await world.namespace('race');
  const connection = await connect({ kubeconfig: world.cluster.kubeconfig });
  const client = createClient(connection);
  const names = Array.from({ length: ROUNDS }, (_, index) => `app-${index}`);
  await world.kubectl.apply(...names.map((name) => deployment({ name, namespace, replicas: 1 })));
  await until(
    'every pod runs',
    async () => {
      const { items } = await client.list(DEPLOYMENTS, { namespace });
      return items.every(
        (item) => (item['status'] as { availableReplicas?: number } | undefined)?.availableReplicas === 1,
      );
    },
    180_000,
  );
  const missed: string[] = [];
  for (const [index, name] of names.entries()) {
    await client.create(
      ROLLOUTS,
      namespace,
      rollout({ name, namespace, traffic: false, strategy: { paused: true } }) as unknown as KubeObject,
    );
    const delay = index % 31;
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    const template = { spec: { containers: [{ name, image: V2 }] } };
    const answer = await client.mergePatch({ resource: DEPLOYMENTS, namespace, name }, { spec: { template } });
    if (!isHeld(answer)) missed.push(`${name} after ${delay} ms: ${await whatWasSaid(name)}`);
  }
  await connection.close();
  expect(missed).toEqual([]);
}, 600_000);
