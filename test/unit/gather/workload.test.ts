// Who claims a workload. The tables are enough to enrol it; only what the API server lists takes anything away.

import { describe, expect, test, vi } from 'vitest';
import type { KubeObject, Strings } from '../../../src/api/kube.ts';
import { LABEL } from '../../../src/api/names.ts';
import { DEPLOYMENTS, REPLICA_SETS, ROLLOUTS } from '../../../src/api/resources.ts';
import { nothingToDo } from '../../../src/core/tasks/plan.ts';
import { claimQuestions, confirmedClaims, type Claims } from '../../../src/core/workload/claims.ts';
import { candidatesWith } from '../../../src/core/workload/governing.ts';
import { planned } from '../../../src/gather/answers.ts';
import { observeWorkload } from '../../../src/gather/workload.ts';
import type { Action } from '../../../src/objects/actions.ts';
import { reconcilerOf } from '../../../src/pipes/run.ts';
import { AnnouncedWaits } from '../../../src/pipes/announced-waits.ts';
import { WORKLOAD } from '../../../src/pipes/workload.ts';
import { UNTIL_DONE, observerOf, type Seen } from '../support/observer.ts';
import { deployment, enrolled, held, replicaSet, rollout } from '../workloads/objects.ts';
import { batchRelease } from './objects.ts';

const KEY = 'shop/apps/Deployment/web';
const serving = replicaSet('v1', 5, 1);
const typed = (parts: { labels: Strings; annotations: Strings }): KubeObject =>
  deployment({ ...parts, labels: { ...parts.labels, [LABEL.workloadType]: 'deployment' } });
const shop = rollout() as unknown as KubeObject;

const reconciled = async (seen: Seen): Promise<Action[]> => {
  const written: Action[] = [];
  const performer = {
    apply: (actions: readonly Action[]) => (written.push(...actions), Promise.resolve({})),
    event: () => undefined,
    log: () => undefined,
  };
  await reconcilerOf(WORKLOAD, {
    observer: observerOf(seen),
    performer,
    announcedWaits: new AnnouncedWaits(),
  }).reconcile(KEY, UNTIL_DONE);
  return written;
};

describe('a workload that seems to be an orphan', () => {
  test.each([
    ['held', typed(held())],
    ['enrolled', typed(enrolled())],
  ])('and is %s keeps everything while the API server has its Rollout', async (_how, workload) => {
    expect(await reconciled({ known: [workload, serving], live: [shop] })).toEqual([]);
    expect(await reconciled({ known: [workload, serving], live: [] })).toHaveLength(1);
  });

  test('is held while the API server has a BatchRelease of it', async () => {
    const known = [deployment(held()), serving];
    expect(await reconciled({ known, live: [batchRelease('Deployment', 'web')] })).toEqual([]);
    expect(await reconciled({ known, live: [batchRelease('Deployment', 'other')] })).toHaveLength(1);
    expect(await reconciled({ known, live: [batchRelease('StatefulSet', 'web')] })).toHaveLength(1);
  });
});

describe('claims', () => {
  const elsewhere = { ...shop, metadata: { ...shop.metadata, namespace: 'other', uid: 'r-2' } };
  const others: KubeObject[] = [rollout({ name: 'other', target: 'api' }), elsewhere];

  test('known are those of this workload, and nothing is confirmed', () => {
    const observer = observerOf({
      known: [deployment(), shop, ...others, batchRelease('Deployment', 'web')],
      live: [],
    });
    const facts = observeWorkload(observer, KEY);
    expect(facts?.candidates.map((one) => one.rollout.metadata.name)).toEqual(['shop']);
    expect(facts?.batchReleases).toHaveLength(1);
    expect(facts?.liveConfirmed).toBe(false);
    expect(observer.reader.asked).toEqual([]);
  });

  test('known without a search among all that is in the namespace', () => {
    const observer = observerOf({ known: [deployment(), serving, shop], live: [] });
    const searches = [DEPLOYMENTS, REPLICA_SETS, ROLLOUTS].map((one) => vi.spyOn(observer.store.table(one), 'list'));
    expect(observeWorkload(observer, KEY)?.view.stableRevision).toBe('v1');
    for (const search of searches) expect(search).not.toHaveBeenCalled();
  });

  test('live are those of this workload, confirmed', async () => {
    const observer = observerOf({ known: [deployment()], live: [shop, ...others, batchRelease('Deployment', 'web')] });
    const { workload, kind } = observeWorkload(observer, KEY)!;
    let claims: Claims | undefined;
    await planned(observer.reader, UNTIL_DONE, (answers) => {
      claims = confirmedClaims(answers, workload, kind.kind, candidatesWith());
      return { ...nothingToDo(''), asks: claims === undefined ? claimQuestions(workload) : [] };
    });
    expect(claims?.candidates.map((one) => one.rollout.metadata.name)).toEqual(['shop']);
    expect(claims?.batchReleases).toHaveLength(1);
    expect(claims?.liveConfirmed).toBe(true);
  });

  test('nothing is planned in a namespace that goes away', async () => {
    const namespace: KubeObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', uid: 'ns', resourceVersion: '1', deletionTimestamp: '2026-01-01T00:00:00Z' },
    };
    const known = [deployment(held()), serving];
    expect(await reconciled({ known: [...known, namespace], live: [] })).toEqual([]);
  });
});
