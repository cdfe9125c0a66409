// What judges see beside a review: who governs the workload and what belongs to it, or all Rollouts of the namespace; as the
// tables know it or as one live look says.

import type { KubeObject } from '../api/kube.ts';
import { ROLLOUTS } from '../api/resources.ts';
import type { Rollout } from '../api/rollout.ts';
import { workloadRefOf } from '../api/rollout-view.ts';
import type { Judge } from '../core/admission/judge.ts';
import type { Absence } from '../core/admission/absence.ts';
import type { Review, Snapshot } from '../core/admission/types.ts';
import { INDEX, keyOfRef, workloadKey } from '../tables/keys.ts';
import type { Readable } from '../workloads/workload.ts';
import { isTerminating } from './namespace.ts';
import type { Observer } from './observer.ts';
import { LIVE_PAGE, relatedFromStore, relatedLive } from './related.ts';

export interface AdmissionObserver extends Pick<Observer, 'reader' | 'store' | 'tables' | 'kinds' | 'rules'> {
  /** User name of our own writes. */
  identity: string;
  /** Whether a Rollout of this namespace that the tables lack does not exist. */
  absence(namespace: string): Absence;
}

const keyOf = ({ namespace, group, kind, name }: Review): string => workloadKey(namespace, group, kind, name);

const sees = (judges: readonly Judge[], what: Judge['sees']): boolean => judges.some((judge) => judge.sees === what);

/** The Rollout refers to the workload under review. */
const isAbout = (review: Review, rollout: KubeObject): boolean =>
  keyOfRef(review.namespace, workloadRefOf(rollout)) === keyOf(review);

export function snapshotOf(observer: AdmissionObserver, review: Review, judges: readonly Judge[]): Snapshot {
  const { store, kinds, rules, identity, absence } = observer;
  const subject = subjectOf(kinds, review, judges);
  return {
    identity,
    kinds,
    rules,
    rollouts: knownRollouts(observer, review, judges),
    related: subject === undefined ? {} : relatedFromStore(store, subject.kind, subject.workload, false),
    live: false,
    absence: absence(review.namespace),
    namespaceTerminating: isTerminating(store, review.namespace),
  };
}

function knownRollouts({ tables }: AdmissionObserver, review: Review, judges: readonly Judge[]): Rollout[] {
  if (sees(judges, 'siblings')) return tables.rollouts.list(review.namespace) as Rollout[];
  return sees(judges, 'workload') ? (tables.rollouts.by(INDEX.workload, keyOf(review)) as Rollout[]) : [];
}

export async function snapshotLive(
  { reader, store, kinds, rules, identity }: Omit<AdmissionObserver, 'absence'>,
  review: Review,
  judges: readonly Judge[],
  signal: AbortSignal,
): Promise<Snapshot> {
  const { namespace } = review;
  const subject = subjectOf(kinds, review, judges);
  const [listed, related] = await Promise.all([
    reader.list(ROLLOUTS, { namespace, signal, limit: LIVE_PAGE }),
    subject === undefined ? {} : relatedLive(reader, subject.kind, subject.workload, signal),
  ]);
  const all = sees(judges, 'siblings');
  const rollouts = listed.items.filter((item) => all || isAbout(review, item)) as Rollout[];
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
  judges: readonly Judge[],
): { kind: Readable; workload: KubeObject } | undefined {
  const known = sees(judges, 'workload') ? kinds.stylesOf(group, kind)[0] : undefined;
  const workload = oldObject ?? object;
  return known === undefined || workload === undefined ? undefined : { kind: known, workload };
}
