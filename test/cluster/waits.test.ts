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

test('each wait of another kind is an Event, and progress makes no more of them', async () => {
  const namespace = await world.namespace('events');
  await world.app(namespace);
  await world.setImage(namespace, V2);
  await world.pausedIn(namespace, 1);
  const wanted = [
    /^Normal Waiting Rollout is in step\(1\/2\): Service echoserver selects only the stable revision .*; waits since/,
    // Which state of its pod is seen first (asked for, not ready, unlabelled) depends on how fast the kubelet is.
    /^Normal Waiting Rollout is in step\(1\/2\): upgrades its pods; (they are about to be created|batch 1: (the new pods are being created|0 of 1 new pods (exist|are ready|carry)))/,
    /^Normal Waiting Rollout is in step\(1\/2\): traffic was changed; waits since/,
    /^Normal Waiting Rollout is in step\(1\/2\), and you need manually confirm to enter the next step$/,
  ];
  const events = await until('Events of all waits', async () => {
    const found = await eventsOf(namespace);
    const missing = wanted.filter((one) => !found.some((text) => one.test(text)));
    if (missing.length > 0) throw new Error(`${String(missing[0])} is not among ${found.join(' | ')}`);
    return found;
  });
  expect(events.length).toBeLessThanOrEqual(6);
});
