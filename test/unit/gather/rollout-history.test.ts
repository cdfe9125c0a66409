// What the plan of histories is made from: nothing live unless one is open, and then the pods that carry its release id.

import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { LABEL } from '../../../src/api/names.ts';
import { ROLLOUT_HISTORIES } from '../../../src/api/resources.ts';
import { observeHistories } from '../../../src/gather/rollout-history.ts';
import { UNTIL_DONE, observerOf, type Seen } from '../support/observer.ts';
import { deployment, rollout } from '../workloads/objects.ts';
import { ingress, pod, service } from './objects.ts';

const history = (id: string, phase: string, of = 'shop'): KubeObject => ({
  apiVersion: 'rollouts.kruise.io/v1alpha1',
  kind: 'RolloutHistory',
  metadata: {
    name: `${of}-${id}`,
    namespace: 'shop',
    uid: `h-${of}-${id}`,
    resourceVersion: '80',
    labels: { [LABEL.rolloutName]: of, [LABEL.rolloutId]: id },
  },
  spec: { rollout: { name: of, rolloutID: id } },
  status: { phase },
});
const shop = rollout({ traffic: true });

const look = async (histories: KubeObject[], seen: Partial<Seen> = {}) => {
  const observer = observerOf({ live: [], known: [shop], ...seen });
  const table = observer.tables.of(ROLLOUT_HISTORIES);
  for (const one of histories) table.put(one);
  return { observer, observed: await observeHistories(observer, table, ['shop', 'shop'], UNTIL_DONE) };
};

test('while none is open nobody is asked', async () => {
  const { observer, observed } = await look([history('r1', 'completed'), history('r2', '', 'other')]);
  expect(observed.histories.map(({ metadata }) => metadata.name)).toEqual(['shop-r1']);
  expect(observer.reader.asked).toEqual([]);
  expect([observed.isTaken('other-r2'), observed.isTaken('shop-r1')]).toEqual([true, false]);
});

test('what an open one stands on is live, and only what is there', async () => {
  const live = [deployment({ image: 'v2' }), service('web'), ingress('web')];
  const { observed } = await look([history('r1', '')], { live, known: [shop, deployment()] });
  expect(observed.parts).toEqual({ workload: live[0], service: live[1], ingress: live[2] });
  expect((await look([history('r1', '')])).observed.parts).toEqual({});
});

test('pods are those of the workload that carry the release id', async () => {
  const of = (id: string, app = 'web') => ({ app, [LABEL.rolloutId]: id });
  const live = [
    deployment(),
    pod('a', of('r1')),
    pod('b', of('r2')),
    pod('c', of('r1', 'other')),
    pod('d', { app: 'web' }),
  ];
  const { observed } = await look([history('r1', '')], { live });
  expect(Object.keys(observed.pods)).toEqual(['r1']);
  expect(observed.pods['r1']?.map(({ metadata }) => metadata.name)).toEqual(['a']);
});
