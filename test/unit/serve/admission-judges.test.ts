// Judges that are not in the registry, asked over the wire: what reaches them, and what becomes of their answers.

import { afterEach, describe, expect, test } from 'vitest';
import type { KubeObject, Resource } from '../../../src/api/kube.ts';
import { PATH } from '../../../src/api/names.ts';
import { DEPLOYMENTS, PODS, REPLICA_SETS, ROLLOUTS } from '../../../src/api/resources.ts';
import { ownWebhook, type AskedReviews, type Judge } from '../../../src/core/admission/judge.ts';
import { holdJudge } from '../../../src/core/admission/judges/hold.ts';
import { rolloutJudge } from '../../../src/core/admission/judges/rollout-rules.ts';
import type { Review, Snapshot } from '../../../src/core/admission/types.ts';
import { allow, refuse } from '../../../src/core/admission/verdicts.ts';
import { workloadWebhooks } from '../../../src/core/admission/workload-webhooks.ts';
import { Store } from '../../../src/kube/store.ts';
import type { Reader } from '../../../src/kube/port.ts';
import { PIPES, tablesOf } from '../../../src/pipes/index.ts';
import { defineTables, type Tables } from '../../../src/tables/tables.ts';
import { admissionParts } from '../../../src/serve/admission-parts.ts';
import { BUILT_IN } from '../../../src/workloads/index.ts';
import {
  admissionReview,
  answered,
  patchOf,
  send,
  startServer,
  type Response,
  type Started,
} from '../server/support.ts';
import { deployment, replicaSet, rollout } from '../workloads/objects.ts';

const NOW = Date.now();
let at: Started | undefined;
afterEach(() => at?.server.stop());

interface Seen {
  review: Review;
  snapshot: Snapshot;
  now: number;
}

async function world(
  judgesOf: (seen: Seen[]) => readonly Judge[],
  list: (resource: Resource) => Promise<{ items: KubeObject[]; resourceVersion: string }> = () =>
    Promise.reject(new Error('nobody asks')),
): Promise<{ seen: Seen[]; tables: Tables; ask(path: string, request: object): Promise<Response['response']> }> {
  const seen: Seen[] = [];
  const store = new Store();
  const fail = (error: unknown): never => {
    throw error;
  };
  const tables = defineTables(store, BUILT_IN, fail, tablesOf(PIPES));
  const reader = { list } as unknown as Reader;
  const settings = { partitionPercentLimit: 50, filterWorkloadType: true };
  const judges = judgesOf(seen);
  const admission = admissionParts({ reader, store, tables, kinds: BUILT_IN, identity: 'sluice', settings, judges });
  const server = (at = await startServer({ admission, now: () => NOW }));
  store.table(REPLICA_SETS).put(replicaSet('v1', 5, 1));
  return {
    seen,
    tables,
    ask: async (path, request) => answered(await send(server, { path, body: JSON.stringify(request) })).response,
  };
}

const pod: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1', namespace: 'shop' } };
const ofPods = {
  kind: { group: '', version: 'v1', kind: 'Pod' },
  resource: { group: '', version: 'v1', resource: 'pods' },
  namespace: 'shop',
  name: 'web-1',
  userInfo: { username: 'jane', groups: ['developers', 7, 'system:authenticated'] },
};
const noting =
  (id: string, ...on: AskedReviews[]) =>
  (seen: Seen[]): readonly Judge[] => [
    holdJudge,
    rolloutJudge,
    {
      id,
      webhooks: () => [ownWebhook(id, 'validating', on)],
      judge: (review, snapshot, now) => {
        seen.push({ review, snapshot, now });
        return refuse('never', 'not like this');
      },
    },
  ];

describe('a judge gets', () => {
  test('a Pod that is made, with the user and the groups, and refuses it', async () => {
    const { seen, ask } = await world(noting('made', { operations: ['CREATE'], resource: PODS }));
    const request = { ...ofPods, operation: 'CREATE', object: pod, oldObject: null };
    const answer = await ask('/judge-made?timeout=3s', admissionReview(request));
    expect(answer).toMatchObject({ allowed: false, status: { code: 403, message: 'not like this (rule never)' } });
    expect(seen).toMatchObject([
      {
        review: {
          username: 'jane',
          groups: ['developers', 'system:authenticated'],
          object: pod,
          oldObject: undefined,
          operation: 'CREATE',
        },
        snapshot: { identity: 'sluice', rollouts: [], related: {}, live: false },
        now: NOW,
      },
    ]);
  });

  test.each([{ object: null }, {}])('a Pod that is deleted, which has no object: %j', async (without) => {
    const { seen, ask } = await world(noting('gone', { operations: ['DELETE'], resource: PODS }));
    const { object: _none, ...request } = admissionReview({ ...ofPods, operation: 'DELETE', oldObject: pod }).request;
    const answer = await ask('/judge-gone', { ...admissionReview(), request: { ...request, ...without } });
    expect(answer).toMatchObject({ allowed: false });
    expect(seen).toMatchObject([{ review: { operation: 'DELETE', object: undefined, oldObject: pod } }]);
  });

  test('a status, which the hold is not asked about', async () => {
    const on: AskedReviews = { operations: ['UPDATE'], resource: DEPLOYMENTS, subresource: 'status' };
    const { seen, ask } = await world(noting('told', on));
    expect(await ask('/judge-told', admissionReview({ subResource: 'status' }))).toMatchObject({ allowed: false });
    expect(seen).toMatchObject([{ review: { subresource: 'status', resource: 'deployments' } }]);
    expect(await ask(PATH.mutateOther, admissionReview({ subResource: 'status' }))).toMatchObject({ allowed: true });
  });

  test('what else is sent to its path not, and that passes', async () => {
    const { seen, ask } = await world(noting('made', { operations: ['CREATE'], resource: PODS }));
    const answer = await ask('/judge-made', admissionReview({ ...ofPods, operation: 'UPDATE' }));
    expect(answer).toMatchObject({ allowed: true, auditAnnotations: { reason: 'nothing-to-decide' } });
    expect(seen).toEqual([]);
  });

  test.each([undefined, { username: 'jane' }, { username: 'jane', groups: null }])(
    'no groups where the request has none: %j',
    async (userInfo) => {
      const { seen, ask } = await world(noting('made', { operations: ['CREATE'], resource: PODS }));
      await ask('/judge-made', admissionReview({ ...ofPods, operation: 'CREATE', object: pod, userInfo }));
      expect(seen[0]?.review.groups).toEqual([]);
    },
  );
});

describe('beside the hold', () => {
  const labels = { app: 'web' };
  const update = admissionReview({
    namespace: 'shop',
    object: deployment({ labels, image: 'v2' }),
    oldObject: deployment({ labels }),
  });
  const after = (judge: Judge['judge']) => (): readonly Judge[] => [
    holdJudge,
    rolloutJudge,
    { id: 'after', webhooks: (workloads) => workloadWebhooks(workloads, () => []), judge },
  ];
  const paused = ({ object }: Review): boolean => (object?.['spec'] as { paused?: boolean }).paused === true;

  test('the next judge sees the object held, and both patches arrive as one', async () => {
    const label = after((review) => ({
      is: 'patch',
      reason: 'labelled',
      operations: [{ op: 'add', path: '/metadata/labels/seen-paused', value: String(paused(review)) }],
      warnings: ['labelled'],
    }));
    const { ask, tables } = await world(label);
    tables.rollouts.put(rollout() as unknown as KubeObject);
    const answer = await ask(PATH.mutateOther, update);
    const operations = patchOf({ apiVersion: '', kind: '', response: answer }) as { path: string; value: unknown }[];
    expect(operations).toContainEqual({ op: 'add', path: '/spec/paused', value: true });
    expect(operations.at(-1)).toEqual({ op: 'add', path: '/metadata/labels/seen-paused', value: 'true' });
    expect(answer).toMatchObject({ auditAnnotations: { reason: 'held, labelled' } });
    expect(answer.warnings).toHaveLength(2);
  });

  test('one live look answers for all of them, and then all are asked again', async () => {
    const looks: string[] = [];
    const seen: unknown[] = [];
    const witness = after((_review, { live, rollouts }) => {
      seen.push([live, ...rollouts.map(({ metadata }) => metadata.name)]);
      return allow('seen');
    });
    const { ask } = await world(witness, (resource) => {
      looks.push(resource.plural);
      const items =
        resource === ROLLOUTS ? [rollout(), rollout({ name: 'other', target: 'other' })] : [replicaSet('v1', 5, 1)];
      return Promise.resolve({ items: items as unknown as KubeObject[], resourceVersion: '1' });
    });
    expect(await ask(PATH.mutateOther, update)).toMatchObject({ auditAnnotations: { reason: 'held' } });
    expect(seen, 'asked after the look alone, for the hold asked first').toEqual([[true, 'shop']]);
    expect(looks.sort()).toEqual(['replicasets', 'rollouts']);
  });

  test('one that throws lets the whole review pass with a warning, and the log has the cause', async () => {
    const broken = after(() => {
      throw new Error('broken judge');
    });
    const { ask, tables } = await world(broken);
    tables.rollouts.put(rollout() as unknown as KubeObject);
    const answer = await ask(PATH.mutateOther, update);
    expect(answer).toMatchObject({ allowed: true, auditAnnotations: { reason: 'internal-error' } });
    expect(answer.patch).toBeUndefined();
    expect(answer.warnings).toEqual([expect.stringContaining('uid-1')]);
    expect(at?.seen.lines).toMatchObject([{ level: 'error', fields: { err: new Error('broken judge') } }]);
  });
});

const ofRollouts = {
  kind: { group: 'rollouts.kruise.io', version: 'v1beta1', kind: 'Rollout' },
  resource: { group: 'rollouts.kruise.io', version: 'v1beta1', resource: 'rollouts' },
  namespace: 'shop',
  name: 'new',
  operation: 'CREATE',
  object: rollout({ name: 'new' }),
  oldObject: null,
};

test('HZ-07 a Rollout that was let pass counts for the next update, where the API server cannot be asked', async () => {
  const { ask } = await world(() => [holdJudge, rolloutJudge]);
  const update = { namespace: 'shop', object: deployment({ image: 'v2' }), oldObject: deployment() };
  const reasonOf = async (): Promise<unknown> =>
    (await ask(PATH.mutateOther, admissionReview(update))).auditAnnotations?.['reason'];
  expect(await reasonOf()).toBe('live-look-failed');
  expect(await ask(PATH.validateRollout, admissionReview(ofRollouts))).toMatchObject({ allowed: true });
  expect(await reasonOf()).toBe('held');
});

test('the rules for Rollouts see all of the namespace, the hold those of its workload', async () => {
  const sights: Record<string, string[]> = {};
  const spying = (judge: Judge): Judge => ({
    ...judge,
    judge: (review, snapshot, now) => {
      sights[judge.id] = snapshot.rollouts.map(({ metadata }) => metadata.name);
      return judge.judge(review, snapshot, now);
    },
  });
  const { ask, tables } = await world(() => [holdJudge, rolloutJudge].map(spying));
  tables.rollouts.put(rollout({ name: 'mine' }) as unknown as KubeObject);
  tables.rollouts.put(rollout({ name: 'other', target: 'other' }) as unknown as KubeObject);
  expect(await ask(PATH.validateRollout, admissionReview(ofRollouts))).toMatchObject({
    allowed: false,
    status: { code: 422 },
    auditAnnotations: { reason: 'one-rollout' },
  });
  await ask(
    PATH.mutateOther,
    admissionReview({ namespace: 'shop', object: deployment({ image: 'v2' }), oldObject: deployment() }),
  );
  expect(sights).toEqual({ 'rollout-rules': ['mine', 'other'], hold: ['mine'] });
});
