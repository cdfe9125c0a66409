// What is told of a release and how often. A wait is told by an Event when one of another kind begins; counts and times in its
// text make no other kind. A status that would differ in its texts alone is not worth a write of its own while something else
// is written: the look that follows tells what is waited for then.

import type { RolloutStatus } from '../../api/rollout.ts';
import { sameJson } from '../../lib/json.ts';
import { isSameWait } from '../waits.ts';

/** The status tells of this wait already. */
export const isTold = (message: string, { message: top, canaryStatus }: RolloutStatus): boolean =>
  [top, canaryStatus?.message].some((told) => isSameWait(told, message));

function withoutTexts({ message: _message, canaryStatus, conditions = [], ...rest }: RolloutStatus): object {
  const { message: _text, ...sub } = canaryStatus ?? {};
  const facts = conditions.map(({ message: _words, lastUpdateTime: _time, ...fact }) => fact);
  return { ...rest, conditions: facts, ...(canaryStatus === undefined ? {} : { canaryStatus: sub }) };
}

export const differInTextsAlone = (before: RolloutStatus, after: RolloutStatus): boolean =>
  sameJson(withoutTexts(before), withoutTexts(after));
