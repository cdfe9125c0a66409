// What is told of a release and how often. A wait or obstacle is told by an Event when another one begins, and its kind and facts
// say which it is. A status that would differ in its texts alone is not worth a write of its own while something else is
// written: the look that follows tells what is waited for then.

import { progressOf, withProgress, type Progress } from '../../api/progress.ts';
import type { Rollout, RolloutStatus } from '../../api/rollout.ts';
import { sameJson } from '../../lib/json.ts';
import { identityOf, type Failed, type Waits } from '../tasks/outcome.ts';
import type { RolloutObserved } from './observed.ts';

/** The status tells of it already. After a restart only its text is left to tell by. */
export function isTold(one: Waits | Failed, { rollout, told }: Pick<RolloutObserved, 'rollout' | 'told'>): boolean {
  if (told !== undefined) return told === identityOf(one);
  return [rollout.status?.message, progressOf(rollout)?.message].includes(one.text);
}

function withoutTexts(rollout: Rollout, status: RolloutStatus): object {
  const { message: _message, conditions = [], ...rest } = withProgress(rollout, status, undefined);
  const facts = conditions.map(({ message: _words, lastUpdateTime: _time, ...fact }) => fact);
  const { message: _text, ...progress }: Progress = progressOf({ ...rollout, status }) ?? {};
  return { ...rest, conditions: facts, progress };
}

export const differInTextsAlone = (rollout: Rollout, after: RolloutStatus): boolean =>
  sameJson(withoutTexts(rollout, rollout.status ?? {}), withoutTexts(rollout, after));
