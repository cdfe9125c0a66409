// New pods that the API server refuses: the wait names the cause, as the controller of the kind was told.

import { expect, test } from 'vitest';
import { deployment, rollout } from './support/objects.ts';
import { until } from './support/until.ts';
import { NAME, V1, V2 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('refused-pods');
const WITHIN_MS = 15_000;

test.each([
  ['canary', true],
  ['partition', false],
])('case 07: an exceeded quota is told within 15 s, and ends by itself: %s', async (_style, extra) => {
  const namespace = await world.namespace('quota');
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace } };
  await world.kubectl.apply({ ...quota, spec: { hard: { pods: '4' } } });
  const app = deployment({ namespace, replicas: 4, image: V1 });
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  const canary = { enableExtraWorkloadForCanary: extra };
  await world.kubectl.apply(
    { ...app, spec: { ...app.spec, strategy } },
    rollout({ namespace, traffic: false, steps: [{ replicas: 1 }], canary }),
  );
  await world.idle(namespace);
  await world.setImage(namespace, V2);
  const isTold = async (): Promise<boolean> => {
    const message = String((await world.status(namespace))['message']);
    if (!/exceeded quota: q, requested: pods=1, used: pods=4, limited: pods=4/.test(message)) throw new Error(message);
    return true;
  };
  await until('the cause is told', isTold, WITHIN_MS);
  const isAnEvent = async (): Promise<boolean> =>
    (await world.list('events', namespace)).some(
      (event) =>
        (event['involvedObject'] as { kind: string }).kind === 'Rollout' &&
        String(event['message']).includes('exceeded quota: q'),
    );
  await until('an Event tells it too', isAnEvent, WITHIN_MS);
  expect(await world.phase(namespace)).toBe('Progressing');
  await world.kubectl.apply({ ...quota, spec: { hard: { pods: '10' } } });
  await until(
    'step 1 is ready',
    async () => (await world.status(namespace))['currentStepState'] === 'StepPaused',
    90_000,
  );
  await world.kubectl.do(['delete', 'rollouts', NAME, '-n', namespace, '--wait=false']);
});
