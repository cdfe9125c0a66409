// One review from arrival to verdict: snapshot → decide → at most one live look → decide again. Every path ends in an
// explicit verdict before the caller's deadline; a failure of ours allows with a warning and never blocks a workload.

import type { Decision, Review, Snapshot } from '../core/admission/types.ts';
import { parseJson } from './body.ts';
import type { Body } from './body.ts';
import { parseGoDuration } from './duration.ts';
import { textOf } from './errors.ts';
import type { Limits } from './limits.ts';
import { oneLine } from '../lib/text.ts';
import type { AdmissionParts, Log, ServerMetrics } from './parts.ts';
import { readReview } from './review.ts';
import type { Envelope } from './review.ts';
import { holdsRoundedNumber, writeVerdict } from './verdict.ts';
import type { Verdict } from './verdict.ts';

/** The deadline, worked out only when something has to be waited for. */
type Until = () => number;

const REASON = { internal: 'internal-error', liveLook: 'live-look-failed' } as const;

export interface AdmissionSetup {
  parts: AdmissionParts;
  limits: Limits;
  log: Log;
  metrics: ServerMetrics;
}

/** Answers one body; sync when nothing has to be looked up. @throws RequestError when there is nothing to judge. */
export type ReviewHandler = (body: Body, timeout: unknown) => string | Promise<string>;

/** `performance.now()` by which the verdict must be on its way. */
function deadlineOf(arrivedAt: number, timeout: unknown, limits: Limits): number {
  const asked = typeof timeout === 'string' ? parseGoDuration(timeout) : undefined;
  return arrivedAt + (asked ?? limits.defaultTimeoutMs) - limits.answerBeforeMs;
}

/** Rejects when `look` has not answered within `ms`, whether or not it heeds the signal. */
async function within<T>(ms: number, look: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (ms <= 0) throw new Error('no time left before the deadline of the request');
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`no answer from the API server within ${Math.round(ms)} ms`);
      controller.abort(error);
      reject(error);
    }, ms);
  });
  try {
    return await Promise.race([look(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

const settled = (decision: Decision): Verdict => {
  if (decision.is !== 'look-live') return decision;
  const why = 'Sluice could not read the Rollouts of this namespace, so this update is not held';
  return { is: 'allow', reason: REASON.liveLook, warnings: [why] };
};

async function lookAgain(setup: AdmissionSetup, review: Review, known: Snapshot, until: Until): Promise<Verdict> {
  const { parts, limits, log, metrics } = setup;
  const startedAt = performance.now();
  let snapshot: Snapshot;
  try {
    const budget = Math.min(limits.liveLookMs, until() - startedAt);
    snapshot = await within(budget, (signal) => parts.lookLive(review, signal));
    metrics.lookedLive('answered', (performance.now() - startedAt) / 1000);
  } catch (error) {
    const liveError = oneLine(textOf(error), 256);
    snapshot = { ...parts.recall(review, known), live: false, liveError };
    metrics.lookedLive('failed', (performance.now() - startedAt) / 1000);
    log.warn({ reviewUid: review.uid, namespace: review.namespace, name: review.name, liveError }, 'live look failed');
  }
  return settled(parts.decide(review, snapshot));
}

export function judgeWorkload(setup: AdmissionSetup, review: Review, until: Until): Verdict | Promise<Verdict> {
  const known = setup.parts.snapshot(review);
  const decision = setup.parts.decide(review, known);
  return decision.is === 'look-live' ? lookAgain(setup, review, known, until) : decision;
}

export function judgeRollout(setup: AdmissionSetup, review: Review): Verdict {
  return settled(setup.parts.validateRollout(review));
}

/** One line for each verdict that changes or refuses something. */
function note(setup: AdmissionSetup, { review }: Envelope, verdict: Verdict): void {
  if (verdict.is === 'allow') return;
  setup.log.info(
    {
      reviewUid: review.uid,
      verdict: verdict.is,
      reason: verdict.reason,
      kind: review.kind,
      namespace: review.namespace,
      name: review.name,
      dryRun: review.dryRun,
    },
    verdict.is === 'deny' ? 'refused' : 'patched',
  );
}

function failed(setup: AdmissionSetup, { review }: Envelope, error: unknown): Verdict {
  const { uid: reviewUid, kind, namespace, name } = review;
  setup.log.error({ reviewUid, kind, namespace, name, err: error }, 'review could not be judged');
  const why = `Sluice could not judge this request and lets it pass; its log has the cause under review ${oneLine(reviewUid, 64)}`;
  return { is: 'allow', reason: REASON.internal, warnings: [why] };
}

type Judge = (setup: AdmissionSetup, review: Review, until: Until) => Verdict | Promise<Verdict>;

/** The handler of one path; the same for every mutating path. */
export function reviewHandler(setup: AdmissionSetup, path: string, judge: Judge): ReviewHandler {
  const { limits, metrics } = setup;
  const answer = (envelope: Envelope, body: Body, verdict: Verdict): string => {
    if (
      verdict.is === 'patch' &&
      verdict.operations.some((one) => one.op !== 'remove' && holdsRoundedNumber(one.value))
    )
      verdict = failed(setup, envelope, new Error('the patch would carry a rounded number'));
    note(setup, envelope, verdict);
    metrics.reviewed(path, verdict.is, (performance.now() - body.arrivedAt) / 1000);
    return writeVerdict(envelope, verdict);
  };
  return (body, timeout) => {
    const envelope = readReview(parseJson(body.text));
    const onFailure = (error: unknown): string => answer(envelope, body, failed(setup, envelope, error));
    try {
      const verdict = judge(setup, envelope.review, () => deadlineOf(body.arrivedAt, timeout, limits));
      if (verdict instanceof Promise) return verdict.then((later) => answer(envelope, body, later)).catch(onFailure);
      return answer(envelope, body, verdict);
    } catch (error) {
      return onFailure(error);
    }
  };
}
