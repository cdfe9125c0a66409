// Rolling a Deployment in partition style: a live Deployment, and no twin of a ReplicaSet that the table has not seen yet.

import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { ANNOTATION } from '../../../src/api/names.ts';
import { deploymentLive } from '../../../src/gather/deployment.ts';
import type { Action, CreateAction } from '../../../src/objects/actions.ts';
import { DEPLOYMENT } from '../../../src/pipes/deployment.ts';
import { reconcilerOf } from '../../../src/pipes/run.ts';
import { AnnouncedWaits } from '../../../src/pipes/announced-waits.ts';
import { UNTIL_DONE, observerOf, type Seen } from '../support/observer.ts';
import { deployment, replicaSet } from '../workloads/objects.ts';

const strategy = JSON.stringify({ rollingStyle: 'Partition', partition: '50%', paused: false });
const rolled = (image: string): KubeObject =>
  deployment({
    image,
    paused: true,
    strategy: { type: 'Recreate' },
    annotations: { [ANNOTATION.deploymentStrategy]: strategy },
  });
const before = replicaSet('v1', 5, 1);
const fresh = replicaSet('v2', 0, 2);
const foreign = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, uid: 'foreign', name: 'web-foreign', ownerReferences: [] },
});

const made = async (seen: Seen): Promise<CreateAction[]> => {
  const written: Action[] = [];
  const performer = {
    apply: (actions: readonly Action[]) => (written.push(...actions), Promise.resolve({})),
    event: () => undefined,
    log: () => undefined,
  };
  await reconcilerOf(DEPLOYMENT, {
    observer: observerOf(seen),
    performer,
    announcedWaits: new AnnouncedWaits(),
  }).reconcile('shop/web', UNTIL_DONE);
  return written.filter((action) => action.do === 'create');
};
const creates = async (seen: Seen): Promise<string[]> => (await made(seen)).map(({ target }) => target.resource.plural);

test('a ReplicaSet that the table misses is not made twice', async () => {
  expect(await creates({ known: [rolled('v2'), before], live: [rolled('v2'), before] })).toEqual(['replicasets']);
  expect(await creates({ known: [rolled('v2'), before], live: [rolled('v2'), before, fresh] })).toEqual([]);
});

test('one with the same labels that somebody else owns does not count, nor does its revision', async () => {
  const theirs = { ...before.metadata.annotations, [ANNOTATION.deploymentRevision]: '57' };
  const live = [rolled('v2'), before, foreign({ ...fresh, metadata: { ...fresh.metadata, annotations: theirs } })];
  const [one, ...more] = await made({ known: [rolled('v2'), before], live });
  expect(more).toEqual([]);
  expect(one?.object.metadata.annotations?.[ANNOTATION.deploymentRevision]).toBe('2');
});

test('the template that is rolled is the live one', async () => {
  const observer = observerOf({ known: [rolled('v1')], live: [rolled('v2')] });
  expect(await deploymentLive(observer, 'shop', 'web', UNTIL_DONE)).toEqual(rolled('v2'));
});

test('one that is not in partition style is not even asked for', async () => {
  const observer = observerOf({ known: [deployment()], live: [deployment()] });
  expect(await deploymentLive(observer, 'shop', 'web', UNTIL_DONE)).toBeUndefined();
  expect(observer.reader.asked).toEqual([]);
});
