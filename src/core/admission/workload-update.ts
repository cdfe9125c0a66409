// A review read once: the workload before and after, what the update asks for, who governs it, and what earlier layers did.

import type { KubeObject } from '../../api/kube.ts';
import { BUILT_IN } from '../../workloads/index.ts';
import type { Kinds } from '../../workloads/kinds.ts';
import type { Holdable, Readable, Registered } from '../../workloads/workload.ts';
import { isObject } from '../../lib/json.ts';
import { candidatesWith, governing, implementationFor, refersTo, type Candidate } from '../workload/governing.ts';
import { enrolledStyle, holderOf } from '../../objects/marks.ts';
import { isUnderWay, releaseAskedBy, type Trigger } from './predicate.ts';
import type { Review, Snapshot } from './types.ts';

/** What admission may ask a kind for; driving it is the controller's. */
type Admitted = Registered & Readable & Holdable;

export interface WorkloadUpdate {
  snapshot: Snapshot;
  old: KubeObject;
  next: KubeObject;
  /** Implementation by which the workload is read: its own style, else the governing Rollout's. */
  workload: Admitted;
  /** Enrolled before this update. */
  enrolled: boolean;
  trigger: Trigger | undefined;
  /** A release was under way before this update. */
  underWay: boolean;
  /** An earlier layer has held this update already. */
  heldBefore: boolean;
  candidates: Candidate[];
  governor: Candidate | undefined;
}

export const isWorkloadUpdate = (
  review: Review,
  kinds: Kinds = BUILT_IN,
): review is Review & { object: KubeObject; oldObject: KubeObject } =>
  review.operation === 'UPDATE' &&
  review.subresource === '' &&
  isObject(review.object?.metadata) &&
  isObject(review.oldObject?.metadata) &&
  kinds.stylesOf(review.group, review.kind).length > 0;

/** Some clients send the new object without uid, and the status that they send does not count: the API server drops it. */
const readable = (next: KubeObject, old: KubeObject): KubeObject => ({
  ...next,
  ...(old['status'] === undefined ? {} : { status: old['status'] }),
  ...(next.metadata.uid !== undefined || old.metadata.uid === undefined
    ? {}
    : { metadata: { ...next.metadata, uid: old.metadata.uid } }),
});

export function workloadUpdateOf(
  review: Review & { object: KubeObject; oldObject: KubeObject },
  snapshot: Snapshot,
): WorkloadUpdate {
  const { object, oldObject: old } = review;
  const next = readable(object, old);
  const { group, kind } = review;
  const candidates = snapshot.rollouts
    .filter((rollout) => refersTo(rollout, group, kind, old.metadata.name))
    .map(candidatesWith(snapshot.rules, snapshot.kinds));
  const governor = governing(candidates, holderOf(old) ?? holderOf(next));
  const style = enrolledStyle(old) ?? enrolledStyle(next);
  const workload = implementationFor(group, kind, style, governor, snapshot.kinds) as Admitted;
  const underWay = isUnderWay(workload, old);
  return {
    snapshot,
    old,
    next,
    workload,
    enrolled: enrolledStyle(old) !== undefined,
    trigger: releaseAskedBy(old, next),
    underWay,
    heldBefore: !underWay && isUnderWay(workload, next),
    candidates,
    governor,
  };
}
