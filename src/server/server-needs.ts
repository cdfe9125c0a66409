// What the server needs from the rest of the program, as plain functions wired in main.ts.

import type { KubeObject } from '../api/kube.ts';
import type { Door } from '../core/admission/doors.ts';
import type { Judge } from '../core/admission/judge.ts';
import type { Review, Snapshot, Verdict } from '../core/admission/types.ts';
import type { ExactPatchAction } from '../objects/actions.ts';

export interface AdmissionParts {
  /** Every path at which something is judged. */
  doors: readonly Door[];
  /** What is known already of what these judges look at; must not wait. */
  snapshot(review: Review, judges: readonly Judge[]): Snapshot;
  /** The same, read from the API server now. Called at most once a review; should stop when `signal` aborts. */
  lookLive(review: Review, judges: readonly Judge[], signal: AbortSignal): Promise<Snapshot>;
  /** What else may count when that failed; must not wait. */
  recall(review: Review, known: Snapshot): Snapshot;
  /** Stores what a verdict tells before it is on its way; should stop when `signal` aborts. */
  tell(action: ExactPatchAction, signal: AbortSignal): Promise<void>;
  /** Told of every verdict before it is on its way; must not wait. */
  judged(review: Review, verdict: Verdict): void;
}

/** @throws an error whose message explains itself; the server adds which object it was about. */
export type Convert = (object: KubeObject, toApiVersion: string) => KubeObject;

export interface ServerReadiness {
  ok: boolean;
  /** Why not, one sentence each. */
  reasons: string[];
}

export interface Log {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** Label values come from closed sets. */
export interface ServerMetrics {
  reviewed(path: string, verdict: string, seconds: number): void;
  /** `reason`: why what was known already did not count. */
  lookedLive(outcome: 'answered' | 'failed', reason: string, seconds: number): void;
  converted(outcome: 'converted' | 'failed', objects: number): void;
  /** A request that was answered with a status other than 200. */
  refused(status: number): void;
}
