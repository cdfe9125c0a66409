// Ways out that a user asks for on the Rollout itself: deletion and spec.disabled. What is under way is finished in order,
// which promotes the update; the workload is never left held.

import { CONDITION, FINALIZER, PHASE, TERMINATING_REASON } from '../../../api/names.ts';
import { conditionOf } from '../../../objects/status.ts';
import type { RolloutDraft } from '../rollout-draft.ts';
import { finaliseRollout } from '../finalise-rollout.ts';

/** Everything is let go of: only the finalizer is left. */
export const isLetGo = ({ o: { rollout } }: RolloutDraft): boolean =>
  conditionOf(rollout.status?.conditions, CONDITION.terminating)?.reason === TERMINATING_REASON.completed;

export function terminating(d: RolloutDraft): void {
  if (!(d.o.rollout.metadata.finalizers ?? []).includes(FINALIZER.rollout)) return;
  d.status.phase = PHASE.terminating;
  d.topic = 'Rollout is being deleted';
  const done = finaliseRollout(d, 'deleted');
  if (done) d.say('Rollout has let go of its workload');
  const reason = done ? TERMINATING_REASON.completed : TERMINATING_REASON.inTerminating;
  d.condition(CONDITION.terminating, done ? 'False' : 'True', reason, d.status.message ?? '');
}

/** Once it is Disabled, another Rollout may have the workload, its Service and its routes: hands off. */
export function disabling(d: RolloutDraft): void {
  if (d.status.phase === PHASE.disabled) return;
  d.topic = 'Rollout is being disabled';
  if (!finaliseRollout(d, 'disabled')) {
    d.status.phase = PHASE.disabling;
    return;
  }
  d.topic = '';
  d.status.phase = PHASE.disabled;
  d.drop(CONDITION.progressing);
  d.say('Rollout is disabled; its workload rolls out natively');
}
