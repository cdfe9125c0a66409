// The data that crosses the admission pipe: what a review asks, what is known, what is answered.

import type { KubeObject } from '../../api/kube.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { ExactPatchAction } from '../../objects/actions.ts';
import type { Kinds } from '../../workloads/kinds.ts';
import type { Related } from '../../workloads/workload.ts';
import type { PatchOperation } from '../../lib/json-patch.ts';
import type { Absence } from './absence.ts';
import type { RuleSettings } from './rules/index.ts';

/** `request` of an AdmissionReview, reduced to what decisions read. */
export interface Review {
  uid: string;
  operation: string;
  group: string;
  version: string;
  resource: string;
  kind: string;
  subresource: string;
  namespace: string;
  name: string;
  username: string;
  groups: readonly string[];
  dryRun: boolean;
  /** Absent when something is deleted, and for what carries no metadata. */
  object: KubeObject | undefined;
  /** Absent when something is made. */
  oldObject: KubeObject | undefined;
}

/** What the process knows when it judges; gathered by the shell, never fetched by the decision. */
export interface Snapshot {
  /** The user that `serve` acts as: its writes pass unchanged. */
  identity: string;
  /** Rollouts of the namespace: those that refer to the judged workload, or all where a judge looks at siblings. */
  rollouts: Rollout[];
  /** Objects that `Workload.related` named, possibly projected. */
  related: Related;
  /** True when `rollouts` and `related` were read from the API server for this review. */
  live: boolean;
  /** Why the live look failed, when it did. */
  liveError?: string;
  /** Whether a Rollout that `rollouts` lacks does not exist, or why not; undefined = nobody knows. */
  absence?: Absence;
  namespaceTerminating: boolean;
  /** Where more kinds are known than the registry names. */
  kinds?: Kinds;
  /** Settings of the rules for Rollouts, where they are not the defaults. */
  rules?: RuleSettings;
}

/** What a judge can ask before it decides. `look-live`: the snapshot, read from the API server now. */
export type JudgeQuestion = 'look-live';

/** A write that others shall see before the client has its answer. The answer does not depend on it. */
export interface Telling {
  action: ExactPatchAction;
  /** A late answer costs what it says: it waits shortly. False: what the answer says holds without it. */
  isUrgent: boolean;
}

interface Let {
  reason: string;
  warnings: string[];
  /** Told before the answer goes out, unless it is a dry run. */
  tells?: Telling;
}

/** An answer to the client; allowing with warnings is how a judge warns. */
export type Verdict =
  | ({ is: 'allow' } & Let)
  | ({ is: 'patch'; operations: PatchOperation[] } & Let)
  | { is: 'deny'; reason: string; code: number; message: string; retryable: boolean; warnings: string[] };

/** The shell answers questions once for a review, and everything is judged again. */
export type Decision = Verdict | { is: 'asks'; questions: readonly JudgeQuestion[]; reason: string };
