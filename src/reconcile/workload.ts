// Ties workloads to the control pipe: who governs this one, and what it carries of our marks. Taking anything away is
// confirmed by a live list first, because a cache that misses a Rollout must not free its workload.

import { groupOf } from '../api/kube.ts';
import type { KubeObject } from '../api/kube.ts';
import { BATCH_RELEASES, NAMESPACES, ROLLOUTS } from '../api/resources.ts';
import type { BatchRelease } from '../api/batch-release.ts';
import type { Rollout } from '../api/rollout.ts';
import { candidatesWith, governing, implementationFor, refersTo } from '../core/workload/governing.ts';
import { enrolledStyle, holderOf } from '../objects/marks.ts';
import { planWorkload, type WorkloadFacts } from '../core/workload/enrolment.ts';
import type { Reconciler } from '../runtime/controller.ts';
import { relatedFromStore } from './gather.ts';
import type { Observer } from './observe.ts';
import { perform, type Performer } from './perform.ts';
import { INDEX, keyOfRef } from './tables.ts';

type Claims = Pick<WorkloadFacts, 'candidates' | 'batchReleases' | 'liveConfirmed'>;

function known({ tables, rules, kinds }: Observer, key: string): Claims {
  const rollouts = tables.rollouts.by(INDEX.workload, key) as Rollout[];
  return {
    candidates: rollouts.map(candidatesWith(rules, kinds)),
    batchReleases: tables.batchReleases.by(INDEX.workload, key),
    liveConfirmed: false,
  };
}

async function live(
  { client, rules, kinds }: Observer,
  workload: KubeObject,
  kind: string,
  signal: AbortSignal,
): Promise<Claims> {
  const { namespace = '', name } = workload.metadata;
  const group = groupOf(workload.apiVersion ?? '');
  const [rollouts, releases] = await Promise.all([
    client.list(ROLLOUTS, { namespace, signal }),
    client.list(BATCH_RELEASES, { namespace, signal }),
  ]);
  const key = [namespace, group, kind, name].join('/');
  return {
    candidates: rollouts.items
      .filter((item) => refersTo(item, group, kind, name))
      .map((item) => candidatesWith(rules, kinds)(item as Rollout)),
    batchReleases: releases.items.filter(
      (item) => keyOfRef(namespace, (item as BatchRelease).spec.workloadRef) === key,
    ),
    liveConfirmed: true,
  };
}

export const workloadReconciler = (observer: Observer, performer: Performer): Reconciler => ({
  name: 'workload',
  async reconcile(key, signal) {
    const [namespace = '', group = '', kindName = '', name = ''] = key.split('/');
    const workload = observer.tables.workloads.get(group, kindName)?.get(namespace, name);
    if (workload === undefined) return {};
    const factsFrom = (claims: Claims): WorkloadFacts | undefined => {
      const governor = governing(claims.candidates, holderOf(workload));
      const kind = implementationFor(group, kindName, enrolledStyle(workload), governor, observer.kinds);
      if (kind === undefined) return undefined;
      const view = kind.view(workload, relatedFromStore(observer.store, kind, workload));
      return { workload, kind, view, ...claims, namespaceTerminating: isTerminating(observer, namespace) };
    };
    const facts = factsFrom(known(observer, key));
    if (facts === undefined) return {};
    let plan = planWorkload(facts);
    if (plan.needsLive) plan = planWorkload({ ...facts, ...(await live(observer, workload, kindName, signal)) });
    return perform(performer, workload, { ...plan, events: [] }, signal);
  },
});

const isTerminating = ({ store }: Observer, namespace: string): boolean =>
  store.find(NAMESPACES)?.get('', namespace)?.metadata.deletionTimestamp !== undefined;
