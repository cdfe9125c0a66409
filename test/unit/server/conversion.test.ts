import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { convert } from '../../../src/api/convert/index.ts';
import type { KubeObject } from '../../../src/api/kube.ts';
import { send, startServer } from './support.ts';
import type { Reply, Started } from './support.ts';

const BETA = 'rollouts.kruise.io/v1beta1';
const ALPHA = 'rollouts.kruise.io/v1alpha1';

let at: Started;
beforeAll(async () => {
  at = await startServer({ convert });
});
afterAll(() => at.server.stop());

const rollout = (name: string, over: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: BETA,
  kind: 'Rollout',
  metadata: { name, namespace: 'demo' },
  spec: {
    workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    strategy: { canary: { steps: [{ traffic: '20%', replicas: 1 }] } },
  },
  ...over,
});

interface Answer {
  apiVersion: string;
  kind: string;
  response: { uid: string; convertedObjects: KubeObject[]; result: { status: string; message?: string } };
}

const ask = (request: unknown, apiVersion = 'apiextensions.k8s.io/v1'): Promise<Reply> =>
  send(at, { path: '/convert', body: JSON.stringify({ apiVersion, kind: 'ConversionReview', request }) });
const answer = (reply: Reply): Answer => {
  expect(reply.status).toBe(200);
  return JSON.parse(reply.body) as Answer;
};

describe('AW-24 conversion', () => {
  test('order and uid are kept', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `web-${(index * 37) % 50}`);
    const objects = names.map((name, index) => rollout(name, index % 3 === 0 ? { apiVersion: ALPHA, spec: {} } : {}));
    const { response, kind, apiVersion } = answer(await ask({ uid: 'conv-1', desiredAPIVersion: ALPHA, objects }));
    expect([apiVersion, kind, response.uid, response.result.status]).toEqual([
      'apiextensions.k8s.io/v1',
      'ConversionReview',
      'conv-1',
      'Success',
    ]);
    expect(response.convertedObjects.map((object) => object.metadata.name)).toEqual(names);
    expect(new Set(response.convertedObjects.map((object) => object.apiVersion))).toEqual(new Set([ALPHA]));
  });

  test('what is in the desired version already passes through untouched, whatever it is', async () => {
    const odd = { apiVersion: BETA, kind: 'Gizmo', anything: [null, { x: 1 }] };
    const { response } = answer(await ask({ uid: 'u', desiredAPIVersion: BETA, objects: [odd, rollout('web')] }));
    expect(response.convertedObjects).toEqual([odd, rollout('web')]);
  });

  test.each([[[]], [null], [undefined]])('an empty list of objects (%j)', async (objects) => {
    const { response } = answer(await ask({ uid: 'u', desiredAPIVersion: BETA, objects }));
    expect(response).toMatchObject({ convertedObjects: [], result: { status: 'Success' } });
  });

  test('v1beta1 reviews are answered as v1beta1', async () => {
    const reply = answer(await ask({ uid: 'u', desiredAPIVersion: BETA, objects: [] }, 'apiextensions.k8s.io/v1beta1'));
    expect(reply.apiVersion).toBe('apiextensions.k8s.io/v1beta1');
  });

  test.each([
    ['a kind nobody converts', { ...rollout('x'), kind: 'Gizmo' }, ALPHA, 'Gizmo demo/x cannot be shown as'],
    [
      'a version nobody serves',
      rollout('web'),
      'rollouts.kruise.io/v9',
      'Rollout demo/web cannot be shown as rollouts.kruise.io/v9',
    ],
    ['null', null, ALPHA, 'objects[1] cannot be shown as'],
    ['a list', [], ALPHA, 'objects[1]'],
    ['no metadata', { apiVersion: BETA, kind: 'Rollout' }, ALPHA, 'Rollout objects[1]'],
  ])(
    '%s: 200 with Failed, the object is named, nothing is converted by half',
    async (_case, object, desired, message) => {
      const good = { ...rollout('good'), apiVersion: desired };
      const { response } = answer(await ask({ uid: 'u-9', desiredAPIVersion: desired, objects: [good, object] }));
      expect(response).toMatchObject({ uid: 'u-9', convertedObjects: [], result: { status: 'Failed' } });
      expect(response.result.message).toContain(message);
    },
  );

  test.each([
    ['no request', undefined],
    ['no uid', { desiredAPIVersion: BETA, objects: [] }],
    ['no version', { uid: 'u', objects: [] }],
    ['objects that are no list', { uid: 'u', desiredAPIVersion: BETA, objects: {} }],
  ])('%s: 400, never 5xx', async (_case, request) => {
    expect((await ask(request)).status).toBe(400);
  });

  test('integers above 2^53 come back digit by digit', async () => {
    const object = JSON.stringify(rollout('web')).replace(
      '"replicas":1',
      '"replicas":1,"unknown":18446744073709551615',
    );
    const reply = await send(at, {
      path: '/convert',
      body: `{"apiVersion":"apiextensions.k8s.io/v1","kind":"ConversionReview","request":{"uid":"u","desiredAPIVersion":"${BETA}","objects":[${object}]}}`,
    });
    expect(reply.body).toContain(`"convertedObjects":[${object}]`);
  });

  test('a list of 10 MiB is converted', async () => {
    const padded = rollout('web', { apiVersion: BETA });
    padded.metadata.annotations = { big: 'x'.repeat(200_000) };
    const { response } = answer(
      await ask({ uid: 'u', desiredAPIVersion: ALPHA, objects: Array.from({ length: 50 }, () => padded) }),
    );
    expect(response.convertedObjects).toHaveLength(50);
  });
});
