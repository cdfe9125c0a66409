// Judges in turn: each sees the object as those before it left it, warnings and operations add up, the first refusal ends it,
// and a question stops it until it is answered; then everything is judged again.

import { applied, type PatchOperation } from '../../lib/json-patch.ts';
import type { Judge } from './judge.ts';
import { REASON, unansweredText } from './texts.ts';
import type { Decision, Review, Snapshot, Verdict } from './types.ts';
import { allow } from './verdicts.ts';

/** One judge, asked for the first time or after its questions were answered. */
type Ask = (judge: Judge, review: Review) => Decision;

/** With questions left open. */
export function judgeInTurn(judges: readonly Judge[], review: Review, snapshot: Snapshot, now: number): Decision {
  return inTurn(judges, review, (judge, asked) => judge.judge(asked, snapshot, now));
}

/** After the questions were answered, as far as they could be: who asks again has nothing to say. */
export function judgeFinally(judges: readonly Judge[], review: Review, snapshot: Snapshot, now: number): Verdict {
  const ask = (judge: Judge, asked: Review): Verdict => {
    const decision = judge.judge(asked, snapshot, now);
    return decision.is === 'asks' ? allow(REASON.lookFailed, unansweredText) : decision;
  };
  return inTurn(judges, review, ask) as Verdict;
}

function inTurn(judges: readonly Judge[], review: Review, ask: Ask): Decision {
  let sum: Decision | undefined;
  for (const judge of judges) {
    if (sum?.is === 'asks' || sum?.is === 'deny') return sum;
    sum = sum === undefined ? ask(judge, review) : together(sum, ask(judge, asLeftBy(sum, review)));
  }
  return sum ?? allow(REASON.nothingToDecide);
}

const asLeftBy = (verdict: Verdict, review: Review): Review =>
  verdict.is === 'patch' ? { ...review, object: applied(review.object, verdict.operations) } : review;

const operationsOf = (verdict: Verdict): PatchOperation[] => (verdict.is === 'patch' ? verdict.operations : []);

/** Two answers as one. The reason is that of whoever decided it: who refuses, else who changes something, else all. */
function together(before: Verdict, next: Decision): Decision {
  if (next.is === 'asks') return next;
  const warnings = [...before.warnings, ...next.warnings];
  if (next.is === 'deny') return { ...next, warnings };
  const operations = [...operationsOf(before), ...operationsOf(next)];
  const is = operations.length > 0 ? 'patch' : 'allow';
  const deciding = is === 'allow' ? [before, next] : [before, next].filter((one) => one.is === 'patch');
  const reason = deciding.map((one) => one.reason).join(', ');
  const tells = next.tells ?? (before.is === 'deny' ? undefined : before.tells);
  const answer = { reason, warnings, ...(tells === undefined ? {} : { tells }) };
  return is === 'patch' ? { is, operations, ...answer } : { is, ...answer };
}
