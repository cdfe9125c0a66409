// Everything that the plan of one workload is made from: what it is, and who claims it. The tables know that well enough to
// enrol; what a plan takes away it asks for first.

import type { Rollout } from '../api/rollout.ts';
import type { WorkloadFacts } from '../core/workload/enrolment.ts';
import type { Claims } from '../core/workload/claims.ts';
import { candidatesWith, governing, implementationFor } from '../core/workload/governing.ts';
import { enrolledStyle, holderOf } from '../objects/marks.ts';
import { INDEX } from '../tables/keys.ts';
import { isTerminating } from './namespace.ts';
import type { Observer } from './observer.ts';
import { relatedFromStore } from './related.ts';

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
  // What only releases look at would be searched for among everything in the namespace, for each event of each workload.
  const view = kind.view(workload, relatedFromStore(store, kind, workload, false));
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
