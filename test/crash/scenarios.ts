// What is played while Sluice dies: one whole canary release, and one rollback.

import type { World } from '../cluster/support/world.ts';
import { until } from '../cluster/support/until.ts';

export interface Scenario {
  name: string;
  prepare(world: World, namespace: string): Promise<void>;
  play(world: World, namespace: string): Promise<void>;
  ended(world: World, namespace: string): Promise<void>;
}

const IMAGE = 'cilium/echoserver';
const prepare = (world: World, namespace: string): Promise<void> => world.app(namespace, { replicas: 3 });

async function healthy(world: World, namespace: string, message: string, image: string): Promise<void> {
  await world.in(namespace, { phase: 'Healthy', message });
  await until('only pods of the end are left', async () => {
    const pods = await world.list('pods', namespace);
    const left = await world.list('deployments,batchreleases', namespace);
    const images = pods.map((pod) => (pod['spec'] as { containers: { image: string }[] }).containers[0]?.image);
    if (pods.length !== 3 || left.length !== 1 || images.some((one) => one !== image))
      throw new Error(JSON.stringify({ images, left: left.length }));
    return true;
  });
}

export const release: Scenario = {
  name: 'release',
  prepare,
  async play(world, namespace) {
    await world.setImage(namespace, `${IMAGE}:1.10.3`);
    await world.pausedIn(namespace, 1);
    await world.approve(namespace);
    await world.pausedIn(namespace, 2);
    await world.approve(namespace);
  },
  ended: (world, namespace) => healthy(world, namespace, 'Rollout progressing has been completed', `${IMAGE}:1.10.3`),
};

export const rollback: Scenario = {
  name: 'rollback',
  prepare,
  async play(world, namespace) {
    await world.setImage(namespace, `${IMAGE}:1.10.3`);
    await world.pausedIn(namespace, 1);
    await world.setImage(namespace, `${IMAGE}:1.10.2`);
  },
  ended: (world, namespace) => healthy(world, namespace, 'Rollout progressing has been canceled', `${IMAGE}:1.10.2`),
};

export const SCENARIOS: readonly Scenario[] = [release, rollback];
