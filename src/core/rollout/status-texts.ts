// A status that would differ in its texts alone is not worth a write of its own while something else is written: the look that
// follows tells what is waited for then.

import { progressOf, withProgress, type Progress } from '../../api/progress.ts';
import type { Rollout, RolloutStatus } from '../../api/rollout.ts';
import { sameJson } from '../../lib/json.ts';

function withoutTexts(rollout: Rollout, status: RolloutStatus): object {
  const { message: _message, conditions = [], ...rest } = withProgress(rollout, status, undefined);
  const facts = conditions.map(({ message: _words, lastUpdateTime: _time, ...fact }) => fact);
  const { message: _text, ...progress }: Progress = progressOf({ ...rollout, status }) ?? {};
  return { ...rest, conditions: facts, progress };
}

export const differInTextsAlone = (rollout: Rollout, after: RolloutStatus): boolean =>
  sameJson(withoutTexts(rollout, rollout.status ?? {}), withoutTexts(rollout, after));
