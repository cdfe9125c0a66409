// One review from arrival to verdict: snapshot → judges → at most one live look → judges again. Every path ends in an explicit
// verdict before the caller's deadline; a failure of ours allows with a warning and never blocks a write.

import { judgeFinally, judgeInTurn } from '../core/admission/chain.ts';
import type { Door } from '../core/admission/doors.ts';
import type { Judge } from '../core/admission/judge.ts';
import type { Review, Snapshot, Telling, Verdict } from '../core/admission/types.ts';
import { parseJson } from './body.ts';
import type { Body } from './body.ts';
import { parseGoDuration } from './duration.ts';
import { textOf } from './errors.ts';
import type { Limits } from './limits.ts';
import { oneLine } from '../lib/text.ts';
import type { AdmissionParts, Log, ServerMetrics } from './server-needs.ts';
import { readReview } from './review.ts';
import type { Envelope } from './review.ts';
import { holdsRoundedNumber, writeVerdict } from './verdict.ts';

/** The deadline, worked out only when something has to be waited for. */
type Until = () => number;

const REASON = { internal: 'internal-error' } as const;

export interface AdmissionSetup {
  parts: AdmissionParts;
  limits: Limits;
  log: Log;
  metrics: ServerMetrics;
  /** Epoch milliseconds, as judges are told. */
  now(): number;
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

/** What judges see once their questions were answered, as far as that was possible in time. */
async function answered(setup: AdmissionSetup, asked: Case, until: Until): Promise<Snapshot> {
  const { review, judges, known, reason } = asked;
  const { parts, limits, log, metrics } = setup;
  const startedAt = performance.now();
  try {
    const budget = Math.min(limits.liveLookMs, until() - startedAt);
    const snapshot = await within(budget, (signal) => parts.lookLive(review, judges, signal));
    metrics.lookedLive('answered', reason, (performance.now() - startedAt) / 1000);
    return snapshot;
  } catch (error) {
    const liveError = oneLine(textOf(error), 256);
    const snapshot = { ...parts.recall(review, known), live: false, liveError };
    metrics.lookedLive('failed', reason, (performance.now() - startedAt) / 1000);
    log.warn({ reviewUid: review.uid, namespace: review.namespace, name: review.name, liveError }, 'live look failed');
    return snapshot;
  }
}

/** A review, who judges it, what was known when it arrived, and why that is not enough. */
interface Case {
  review: Review;
  judges: readonly Judge[];
  known: Snapshot;
  reason: string;
}

function judge(setup: AdmissionSetup, door: Door, review: Review, until: Until): Verdict | Promise<Verdict> {
  const { parts, now } = setup;
  const judges = door.judgesOf(review);
  const known = parts.snapshot(review, judges);
  const decision = judgeInTurn(judges, review, known, now());
  if (decision.is !== 'asks') return decision;
  const { reason } = decision;
  return answered(setup, { review, judges, known, reason }, until).then((snapshot) =>
    judgeFinally(judges, review, snapshot, now()),
  );
}

/** That it could not be told is no reason to answer otherwise. */
async function tell(
  { parts, log, limits }: AdmissionSetup,
  review: Review,
  { action, isUrgent }: Telling,
  until: Until,
): Promise<void> {
  try {
    const budget = Math.min(isUrgent ? limits.tellUrgentMs : limits.tellMs, until() - performance.now());
    await within(budget, (signal) => parts.tell(action, signal));
  } catch (error) {
    const { uid: reviewUid, namespace, name } = review;
    const cause = oneLine(textOf(error), 256);
    const { resource, name: about } = action.target;
    const tells = `${resource.kind} ${about}`;
    log.warn({ reviewUid, namespace, name, tells, cause }, 'could not be told before the answer');
  }
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

/** The handler of one path. */
export function reviewHandler(setup: AdmissionSetup, door: Door): ReviewHandler {
  const { limits, metrics, parts } = setup;
  const answer = (envelope: Envelope, body: Body, verdict: Verdict): string => {
    if (
      verdict.is === 'patch' &&
      verdict.operations.some((one) => one.op !== 'remove' && holdsRoundedNumber(one.value))
    )
      verdict = failed(setup, envelope, new Error('the patch would carry a rounded number'));
    note(setup, envelope, verdict);
    metrics.reviewed(door.path, verdict.is, (performance.now() - body.arrivedAt) / 1000);
    return writeVerdict(envelope, verdict);
  };
  return (body, timeout) => {
    const envelope = readReview(parseJson(body.text));
    const { review } = envelope;
    const onFailure = (error: unknown): string => answer(envelope, body, failed(setup, envelope, error));
    const onVerdict = (verdict: Verdict): string => {
      if (door.judgesOf(review).length > 0) parts.judged(review, verdict);
      return answer(envelope, body, verdict);
    };
    const until = (): number => deadlineOf(body.arrivedAt, timeout, limits);
    const onJudged = (verdict: Verdict): string | Promise<string> => {
      const tells = verdict.is === 'deny' || review.dryRun ? undefined : verdict.tells;
      if (tells === undefined) return onVerdict(verdict);
      return tell(setup, review, tells, until).then(() => onVerdict(verdict));
    };
    try {
      const verdict = judge(setup, door, review, until);
      const answered = verdict instanceof Promise ? verdict.then(onJudged) : onJudged(verdict);
      return typeof answered === 'string' ? answered : answered.catch(onFailure);
    } catch (error) {
      return onFailure(error);
    }
  };
}
