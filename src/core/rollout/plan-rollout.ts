// The plan of one Rollout: (objects, now) -> actions, status, deadline, why. Reads like the table of phases.

import { ANNOTATION, FINALIZER, PHASE, WAIT } from '../../api/names.ts';
import type { JsonObject } from '../../api/kube.ts';
import { ROLLOUTS } from '../../api/resources.ts';
import { isHoldAnswered } from '../../api/rollout-view.ts';
import { isEscaped } from '../../objects/marks.ts';
import { patch, type Action } from '../../objects/actions.ts';
import { waits } from '../tasks/outcome.ts';
import { nothingToDo, type Plan } from '../tasks/plan.ts';
import { RolloutDraft } from './rollout-draft.ts';
import type { RolloutObserved } from './rollout-observed.ts';
import { awaitStored, isAnswered } from './phases/answered.ts';
import { idle } from './phases/idle.ts';
import { disabling, isLetGo, terminating } from './phases/leaving.ts';
import { lose, progressing } from './phases/progressing.ts';

export function planRollout(o: RolloutObserved): Plan {
  const d = new RolloutDraft(o);
  if (o.rollout.metadata.deletionTimestamp !== undefined) {
    if (isLetGo(d)) return unmarked(o);
    terminating(d);
    return d.finish();
  }
  const mark = marks(d);
  // Before anything is made that a deletion of the Rollout would leave behind.
  if (mark !== undefined && isUnfinishable(o)) return { actions: [mark], events: [], why: mark.why };
  decide(d);
  const plan = d.finish();
  // Only when nothing else is to be written: leaving Healthy must be the first write after a hold.
  const isBusy = plan.actions.length > 0 || plan.asks !== undefined;
  return mark === undefined || isBusy ? plan : { ...plan, actions: [mark] };
}

/** A release has begun, and nobody could undo what it makes. */
const isUnfinishable = ({ rollout }: RolloutObserved): boolean =>
  rollout.status?.phase === PHASE.progressing &&
  !isHoldAnswered(rollout) &&
  !(rollout.metadata.finalizers ?? []).includes(FINALIZER.rollout);

function decide(d: RolloutDraft): void {
  if (d.intent.isDisabled || d.status.phase === PHASE.disabling) {
    disabling(d);
    if (d.intent.isDisabled || d.status.phase === PHASE.disabling) return;
  }
  if (isAnswered(d)) return awaitStored(d);
  if (d.status.phase === PHASE.progressing && !underWay(d)) return;
  idle(d);
}

/** False while the release goes on, or ends. */
function underWay(d: RolloutDraft): boolean {
  const { workload, kind, rollout } = d.o;
  const { kind: kindName, name } = rollout.spec.workloadRef;
  if (kind === undefined) d.fold(waits(WAIT.kind, d.o.unsupported));
  else if (workload === undefined || workload.view.deleting) return lose(d, `${kindName} ${name} was deleted`);
  else if (isEscaped(workload.object)) return lose(d, `${kindName} ${name} was taken out of Sluice's hands`);
  else progressing(d, workload);
  return false;
}

/** Finalizer and the hash of the strategy, in one write. */
function marks({ o, intent: { hash } }: RolloutDraft): Action | undefined {
  const { metadata } = o.rollout;
  const finalizers = metadata.finalizers ?? [];
  const body: JsonObject = {
    ...(finalizers.includes(FINALIZER.rollout) ? {} : { finalizers: [...finalizers, FINALIZER.rollout] }),
    ...(metadata.annotations?.[ANNOTATION.hash] === hash ? {} : { annotations: { [ANNOTATION.hash]: hash } }),
  };
  if (Object.keys(body).length === 0) return undefined;
  return patch(ROLLOUTS, o.rollout, { metadata: body }, 'mark the Rollout as ours to finish');
}

function unmarked(o: RolloutObserved): Plan {
  const finalizers = o.rollout.metadata.finalizers ?? [];
  const why = 'the Rollout has let go of everything';
  if (!finalizers.includes(FINALIZER.rollout)) return nothingToDo(why);
  const kept = finalizers.filter((name) => name !== FINALIZER.rollout);
  return { actions: [patch(ROLLOUTS, o.rollout, { metadata: { finalizers: kept } }, why)], events: [], why };
}
