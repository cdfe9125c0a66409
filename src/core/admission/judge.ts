// The contract of an admission judge: what it is asked about, how reviews reach it, what it must see, and its answer. One file
// a judge in judges/, whose index.ts is the registry; webhook configurations, rights and paths of the server follow from it.

import type { LabelSelector, Resource } from '../../api/kube.ts';
import { judgePath, judgeWebhook } from '../../api/names.ts';
import type { Holdable, Permission, Registered } from '../../workloads/workload.ts';
import type { MatchCondition } from './predicate-cel.ts';
import type { Decision, Review, Snapshot } from './types.ts';

/** What webhooks can be made from. */
export type Reviewed = Registered & Holdable;

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** Requests that a judge is asked about. */
export interface AskedReviews {
  operations: readonly Operation[];
  resource: Resource;
  /** Where others than the resource's own are meant too. */
  versions?: readonly string[];
  /** `status`, `eviction`; absent: the object itself. */
  subresource?: string;
}

/**
 * How reviews reach a judge: one webhook of a configuration, and the path that it calls. Judges that name the same one are
 * asked in one review, as a chain; of what they name, the API server then sends what any of them wants.
 */
export interface Webhook {
  name: string;
  /** Only a mutating one may answer with a patch. */
  phase: 'mutating' | 'validating';
  path: string;
  on: readonly AskedReviews[];
  /**
   * CEL that drops what has nothing to decide; our own writes are always dropped. One that fails drops the request too, and
   * `object` is null for what is deleted.
   */
  conditions?: readonly MatchCondition[];
  /** Labels of the old or the new object. */
  objects?: LabelSelector;
}

export interface Judge {
  id: string;
  /** `workloads`: every kind that is known, which may grow. A judge that needs none is `ownWebhook`. */
  webhooks(workloads: readonly Reviewed[]): readonly Webhook[];
  /** Paths at which it is asked beside those of its webhooks: configurations of others, and kinds that are not known yet. */
  paths?: readonly string[];
  /** Rollouts in the snapshot: of the judged workload, with what its kind looks at; or all of the namespace. */
  sees?: 'workload' | 'siblings';
  /** Rights that it needs beyond what the program has anyway. */
  needs?: readonly Permission[];
  /** `review.object` is as the judges before left it. `now`: epoch milliseconds. */
  judge(review: Review, snapshot: Snapshot, now: number): Decision;
}

/** A webhook and a path that a judge has for itself. */
export const ownWebhook = (
  id: string,
  phase: Webhook['phase'],
  on: readonly AskedReviews[],
  conditions: readonly MatchCondition[] = [],
): Webhook => ({ name: judgeWebhook(id), phase, path: judgePath(id), on, conditions });
