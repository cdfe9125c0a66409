// Ways out that a user asks for on the Rollout itself: deletion and spec.disabled. What is under way is finished in order,
// which promotes the update; the workload is never left held.

import { CONDITION, FINALIZER, PHASE, TERMINATING_REASON } from '../../../api/names.ts';
import { ROLLOUTS } from '../../../api/resources.ts';
import { patch } from '../../actions.ts';
import type { Draft } from '../draft.ts';
import { finalise } from '../finalise.ts';

export function terminating(d: Draft): void {
  const { rollout } = d.o;
  const finalizers = rollout.metadata.finalizers ?? [];
  if (!finalizers.includes(FINALIZER.rollout)) return;
  const done = d.status.conditions?.find((condition) => condition.type === CONDITION.terminating);
  if (done?.reason === TERMINATING_REASON.completed) {
    const kept = finalizers.filter((name) => name !== FINALIZER.rollout);
    d.do([patch(ROLLOUTS, rollout, { metadata: { finalizers: kept } }, 'the Rollout has let go of everything')]);
    return;
  }
  d.status.phase = PHASE.terminating;
  if (!finalise(d, 'deleted')) {
    d.condition(
      CONDITION.terminating,
      'True',
      TERMINATING_REASON.inTerminating,
      d.status.message ?? 'Rollout is being deleted',
    );
    return;
  }
  d.condition(CONDITION.terminating, 'False', TERMINATING_REASON.completed, 'Rollout has let go of its workload');
}

/** Progressing and Disabling finish what is under way; a held workload that no release knew of is given back as well. */
export function disabling(d: Draft): void {
  if (finalise(d, 'disabled')) {
    d.status.phase = PHASE.disabled;
    d.drop(CONDITION.progressing);
    d.say('Rollout is disabled; its workload rolls out natively');
    return;
  }
  d.status.phase = PHASE.disabling;
}
