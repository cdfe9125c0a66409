// What hold tests ask of a Deployment.

import type { KubeObject } from '../../../src/api/kube.ts';
import { expect } from 'vitest';
import type { World } from './world.ts';
import { staysTrue } from './until.ts';

export const V1 = 'cilium/echoserver:1.10.2';
export const V2 = 'cilium/echoserver:1.10.3';
export const V3 = 'cilium/echoserver:1.10.4';
export const NAME = 'echoserver';

export const at = (object: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((node, key) => (node as Record<string | number, unknown> | undefined)?.[key], object);

export const imageOf = (object: KubeObject): unknown =>
  at(object, 'spec', 'template', 'spec', 'containers', 0, 'image');
export const enrolledAs = (object: KubeObject): string | undefined => object.metadata.labels?.['sluice.dev/enrolled'];
export const isHeld = (object: KubeObject): boolean =>
  at(object, 'spec', 'paused') === true &&
  object.metadata.annotations?.['rollouts.kruise.io/in-progressing'] !== undefined;

export const load = (world: World, namespace: string, name = NAME): Promise<KubeObject> =>
  world.get('deployment', name, namespace);

export async function imagesOf(world: World, namespace: string): Promise<string[]> {
  const pods = await world.list('pods', namespace, `app=${NAME}`);
  return pods
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .map((pod) => String(at(pod, 'spec', 'containers', 0, 'image')));
}

/** Stored with this image, held, and no pod of the Deployment itself touched. */
export async function expectHeld(world: World, namespace: string, image: string): Promise<void> {
  const object = await load(world, namespace);
  expect(imageOf(object)).toBe(image);
  expect(isHeld(object), JSON.stringify(object.metadata)).toBe(true);
  const { uid } = object.metadata;
  await staysTrue(
    'no ReplicaSet of the new template',
    async () => {
      const sets = await world.list('replicasets', namespace);
      const own = sets.filter((set) => set.metadata.ownerReferences?.some((owner) => owner.uid === uid));
      return own.every((set) => imageOf(set) !== image || at(set, 'spec', 'replicas') === 0);
    },
    500,
  );
}

export async function expectUntouched(world: World, namespace: string, image: string): Promise<void> {
  const object = await load(world, namespace);
  expect(imageOf(object)).toBe(image);
  expect(isHeld(object)).toBe(false);
}
