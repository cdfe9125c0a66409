// Which parts of a Rollout's status say only what can be told later. Texts alone are not worth a write of their own while
// something else is written: the look that follows tells what is waited for then. Counts move with every pod.

import { progressOf, withProgress, type Progress } from '../../api/progress.ts';
import type { Rollout, RolloutStatus } from '../../api/rollout.ts';
import { sameJson, without, type Fields } from '../../lib/json.ts';

type Part = keyof Progress;

/** `ending` without `changedAt` names what is ended now; a removal sets both. */
const TEXTS: readonly Part[] = ['message', 'ending'];
/** With what the first pods bring along: their label, and the generation that our own mark gave the workload. */
const COUNTS: readonly Part[] = ['message', 'updated', 'ready', 'podRevision', 'workloadGeneration'];

function remainder(rollout: Rollout, status: RolloutStatus, parts: readonly Part[]): object {
  const { message: _message, conditions = [], ...rest } = withProgress(rollout, status, undefined);
  const facts = conditions.map(({ message: _words, lastUpdateTime: _time, ...fact }) => fact);
  const progress: Progress = progressOf({ ...rollout, status }) ?? {};
  return { ...rest, conditions: facts, progress: without(progress as Fields, ...parts) };
}

const differIn = (parts: readonly Part[]) => (rollout: Rollout, after: RolloutStatus) =>
  sameJson(remainder(rollout, rollout.status ?? {}, parts), remainder(rollout, after, parts));

export const differInTextsAlone = differIn(TEXTS);
export const differInCountsAlone = differIn(COUNTS);
