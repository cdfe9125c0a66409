// What a review of a workload is judged by: who governs it and what belongs to it, as the tables know it or as one live look
// says.

import type { KubeObject } from '../api/kube.ts';
import { ROLLOUTS } from '../api/resources.ts';
import type { Rollout } from '../api/rollout.ts';
import { workloadRefOf } from '../api/rollout-view.ts';
import type { Review, Snapshot } from '../core/admission/types.ts';
import { INDEX, keyOfRef, workloadKey } from '../tables/keys.ts';
import type { Workload } from '../workloads/workload.ts';
import { isTerminating } from './namespace.ts';
import type { Observer } from './observer.ts';
import { relatedFromStore, relatedLive } from './related.ts';

export interface AdmissionObserver extends Pick<Observer, 'reader' | 'store' | 'tables' | 'kinds' | 'rules'> {
  /** User name of our own writes. */
  identity: string;
}

const keyOf = ({ namespace, group, kind, name }: Review): string => workloadKey(namespace, group, kind, name);

/** The Rollout refers to the workload under review. */
export const isAbout = (review: Review, rollout: KubeObject): boolean =>
  keyOfRef(review.namespace, workloadRefOf(rollout)) === keyOf(review);

export function snapshotOf({ store, tables, kinds, rules, identity }: AdmissionObserver, review: Review): Snapshot {
  const subject = subjectOf(kinds, review);
  return {
    identity,
    kinds,
    rules,
    rollouts: tables.rollouts.by(INDEX.workload, keyOf(review)) as Rollout[],
    related: subject === undefined ? {} : relatedFromStore(store, subject.kind, subject.workload, false),
    live: false,
    namespaceTerminating: isTerminating(store, review.namespace),
  };
}

export async function snapshotLive(
  { reader, store, kinds, rules, identity }: AdmissionObserver,
  review: Review,
  signal: AbortSignal,
): Promise<Snapshot> {
  const { namespace } = review;
  const subject = subjectOf(kinds, review);
  const [listed, related] = await Promise.all([
    reader.list(ROLLOUTS, { namespace, signal }),
    subject === undefined ? {} : relatedLive(reader, subject.kind, subject.workload, signal),
  ]);
  const rollouts = listed.items.filter((item) => isAbout(review, item)) as Rollout[];
  return {
    identity,
    kinds,
    rules,
    rollouts,
    related,
    live: true,
    namespaceTerminating: isTerminating(store, namespace),
  };
}

/** The workload as it was before, by any implementation of its kind. */
function subjectOf(
  kinds: AdmissionObserver['kinds'],
  { group, kind, object, oldObject }: Review,
): { kind: Workload; workload: KubeObject } | undefined {
  const known = kinds.stylesOf(group, kind)[0];
  const workload = oldObject ?? object;
  return known === undefined || workload === undefined ? undefined : { kind: known, workload };
}
