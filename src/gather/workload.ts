// Everything that the plan of one workload is made from: what it is, and who claims it. The tables know that well enough to
// enrol; before anything is taken away a live list confirms it, because a cache that misses a Rollout must not free its workload.

import { groupOf, type KubeObject } from '../api/kube.ts';
import { BATCH_RELEASES, ROLLOUTS } from '../api/resources.ts';
import type { BatchRelease } from '../api/batch-release.ts';
import type { Rollout } from '../api/rollout.ts';
import type { WorkloadFacts } from '../core/workload/enrolment.ts';
import { candidatesWith, governing, implementationFor, refersTo } from '../core/workload/governing.ts';
import { enrolledStyle, holderOf } from '../objects/marks.ts';
import { INDEX, keyOfRef, workloadKey } from '../tables/keys.ts';
import { isTerminating } from './namespace.ts';
import type { Observer } from './observer.ts';
import { relatedFromStore } from './related.ts';

export type Claims = Pick<WorkloadFacts, 'candidates' | 'batchReleases' | 'liveConfirmed'>;

/** By its key; undefined when there is nothing to plan for. */
export function observeWorkload(observer: Observer, key: string): WorkloadFacts | undefined {
  const { tables, kinds, store } = observer;
  const [namespace = '', group = '', kindName = '', name = ''] = key.split('/');
  const workload = tables.workloads.get(group, kindName)?.get(namespace, name);
  if (workload === undefined) return undefined;
  const claims = claimsKnown(observer, key);
  const governor = governing(claims.candidates, holderOf(workload));
  const kind = implementationFor(group, kindName, enrolledStyle(workload), governor, kinds);
  if (kind === undefined) return undefined;
  const view = kind.view(workload, relatedFromStore(store, kind, workload));
  return { workload, kind, view, ...claims, namespaceTerminating: isTerminating(store, namespace) };
}

function claimsKnown({ tables, rules, kinds }: Observer, key: string): Claims {
  const rollouts = tables.rollouts.by(INDEX.workload, key) as Rollout[];
  return {
    candidates: rollouts.map(candidatesWith(rules, kinds)),
    batchReleases: tables.batchReleases.by(INDEX.workload, key),
    liveConfirmed: false,
  };
}

/** The same, as the API server says now. */
export async function claimsLive(
  { reader, rules, kinds }: Observer,
  { workload, kind }: { workload: KubeObject; kind: { kind: string } },
  signal: AbortSignal,
): Promise<Claims> {
  const { namespace = '', name } = workload.metadata;
  const group = groupOf(workload.apiVersion ?? '');
  const [rollouts, releases] = await Promise.all([
    reader.list(ROLLOUTS, { namespace, signal }),
    reader.list(BATCH_RELEASES, { namespace, signal }),
  ]);
  const key = workloadKey(namespace, group, kind.kind, name);
  return {
    candidates: rollouts.items
      .filter((item) => refersTo(item, group, kind.kind, name))
      .map((item) => candidatesWith(rules, kinds)(item as Rollout)),
    batchReleases: releases.items.filter(
      (item) => keyOfRef(namespace, (item as BatchRelease).spec.workloadRef) === key,
    ),
    liveConfirmed: true,
  };
}
