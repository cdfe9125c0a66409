// The plan of one Rollout: (objects, now) -> actions, status, deadline, why. Reads like the table of phases.

import { ANNOTATION, CONDITION, FINALIZER, PHASE, PROGRESSING_REASON } from '../../api/names.ts';
import type { JsonObject } from '../../api/kube.ts';
import { ROLLOUTS } from '../../api/resources.ts';
import { strategyHash } from '../../api/rollout-view.ts';
import { patch, type Action, type Plan } from '../actions.ts';
import { Draft } from './draft.ts';
import type { RolloutObserved } from './observed.ts';
import { healthy, initial } from './phases/idle.ts';
import { disabling, terminating } from './phases/leaving.ts';
import { progressing } from './phases/progressing.ts';
import { deleteBatchRelease } from './release-pods.ts';
import { removeCanary, restoreStable, routeToStable } from './release-traffic.ts';

export function planRollout(o: RolloutObserved): Plan {
  const d = new Draft(o);
  decide(d);
  const plan = d.finish();
  if (plan.actions.length > 0 || o.rollout.metadata.deletionTimestamp !== undefined) return plan;
  // Only when nothing else is to be written: leaving Healthy must be the first write after a hold.
  const mark = marks(o);
  return mark === undefined ? plan : { ...plan, actions: [mark] };
}

function decide(d: Draft): void {
  const { rollout, workload } = d.o;
  if (rollout.metadata.deletionTimestamp !== undefined) return terminating(d);
  if (rollout.spec.disabled === true) return disabling(d);
  if (workload === undefined) return withoutWorkload(d);
  if (d.status.phase === PHASE.progressing) return progressing(d, workload);
  if (d.status.phase === PHASE.disabling && !settledAfterEnable(d)) return;
  healthy(d, workload);
}

/** Enabled again while it was being disabled: what was begun is ended first. */
function settledAfterEnable(d: Draft): boolean {
  disabling(d);
  return d.status.phase === PHASE.disabled;
}

/** The workload is gone: Services and routes go back, the BatchRelease goes, then the Rollout waits for another one. */
function withoutWorkload(d: Draft): void {
  const under = d.status.phase === PHASE.progressing;
  if (under) {
    d.progressing(
      PROGRESSING_REASON.cancelling,
      'the workload was deleted during its release; its traffic is restored',
    );
    if (!routeToStable(d) || !restoreStable(d) || !removeCanary(d) || !deleteBatchRelease(d)) return;
    d.condition(CONDITION.succeeded, 'False', '', '');
  }
  initial(d);
}

/** Finalizer and the hash of the strategy, in one write. */
function marks(o: RolloutObserved): Action | undefined {
  const { metadata } = o.rollout;
  const hash = strategyHash(o.rollout);
  const body: JsonObject = {};
  if (!(metadata.finalizers ?? []).includes(FINALIZER.rollout)) {
    body['finalizers'] = [...(metadata.finalizers ?? []), FINALIZER.rollout];
  }
  if (metadata.annotations?.[ANNOTATION.hash] !== hash) body['annotations'] = { [ANNOTATION.hash]: hash };
  if (Object.keys(body).length === 0) return undefined;
  return patch(ROLLOUTS, o.rollout, { metadata: body }, 'mark the Rollout as ours to finish');
}
