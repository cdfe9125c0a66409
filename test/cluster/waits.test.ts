// What a release says while it waits, on a real API server: pods that cannot run, and Events.

import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { until } from './support/until.ts';
import { imagesOf, load, NAME, V1, V2 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('waits');
/** Simulated kubelets never have it. */
const FAILED = 'cilium/echoserver:failed';

const eventsOf = async (namespace: string): Promise<string[]> => {
  const events = (await world.list('events', namespace)) as (KubeObject & {
    involvedObject: { kind: string };
    type: string;
    reason: string;
    message: string;
  })[];
  return events
    .filter(({ involvedObject }) => involvedObject.kind === 'Rollout')
    .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
};

test('an image that cannot be had stops the release; status and an Event name pod and reason; stable pods stay; a new image goes on', async () => {
  const namespace = await world.namespace('failed');
  await world.app(namespace);
  await world.setImage(namespace, FAILED);
  const reason =
    /^Rollout is in step\(1\/2\): upgrades its pods; batch 1: 0 of 1 new pods are ready; container echoserver of pod echoserver-\S+ waits: ImagePullBackOff$/;
  const message = await until('the reason in the message', async () => {
    const { message: text } = await world.status(namespace);
    if (!reason.test(String(text))) throw new Error(String(text));
    return String(text);
  });
  const stable = await load(world, namespace);
  expect(stable['status']).toMatchObject({ replicas: 5, availableReplicas: 5 });
  expect((await imagesOf(world, namespace)).filter((image) => image === V1)).toHaveLength(5);
  expect(await world.find('ingress', `${NAME}-canary`, namespace)).toBeUndefined();
  await until('an Event', async () => (await eventsOf(namespace)).includes(`Normal Waiting ${message}`));
  await world.setImage(namespace, V2);
  await world.pausedIn(namespace, 1);
  expect((await imagesOf(world, namespace)).sort()).toEqual([V1, V1, V1, V1, V1, V2]);
});

test('what a person acts on or looks for later is an Event; graces and pods that come by themselves are not', async () => {
  const namespace = await world.namespace('events');
  await world.app(namespace);
  await world.setImage(namespace, V2);
  await world.pausedIn(namespace, 1);
  await world.approve(namespace);
  await world.pausedIn(namespace, 2);
  await world.approve(namespace);
  const pause = (step: number): string =>
    `Normal Waiting Rollout is in step(${step}/2), and you need manually confirm to enter the next step`;
  const last = 'Normal Progressing Rollout progressing has been completed';
  const events = await until('the last Event', async () => {
    const found = await eventsOf(namespace);
    if (!found.includes(last)) throw new Error(found.join(' | '));
    return found;
  });
  expect(events.map((text) => text.replace(/revision \w+/, 'R')).sort()).toEqual(
    [
      'Normal Progressing the update to R is held; its release begins',
      pause(1),
      'Normal Progressing step 1 of 2 is done',
      pause(2),
      'Normal Progressing every step is released; the workload resumes its own roll-out',
      last,
    ].sort(),
  );
});
