// Where a release goes on after somebody asked for another step (a jump) or edited the plan.

import { STEP } from '../../api/names.ts';
import { stepsOf, strategyHash } from '../../api/rollout-view.ts';
import { ceilScaled } from '../quantity.ts';
import type { Draft } from './draft.ts';
import { ownBatchRelease } from './release-pods.ts';
import { naturalNext } from './steps.ts';

const sizeOf = (d: Draft, index: number): number => {
  const step = stepsOf(d.o.rollout)[index - 1];
  return ceilScaled(step?.replicas ?? step?.traffic ?? '100%', d.o.workload?.view.replicas ?? 0);
};

/** nextStepIndex, written by a client, that is not the natural successor. Values out of range are ignored. */
export function applyJump(d: Draft): void {
  const count = stepsOf(d.o.rollout).length;
  const current = d.sub.currentStepIndex ?? 1;
  const wanted = d.sub.nextStepIndex;
  if (wanted === undefined || wanted < 1 || wanted > count || wanted === naturalNext(current, count)) return;
  jumpTo(d, wanted);
  d.note(`jumped from step ${current} to step ${wanted}`);
}

function jumpTo(d: Draft, index: number): void {
  const reached = sizeOf(d, index) === (ownBatchRelease(d.o)?.status?.canaryStatus?.updatedReplicas ?? -1);
  d.sub.currentStepIndex = index;
  d.sub.nextStepIndex = naturalNext(index, stepsOf(d.o.rollout).length);
  d.enter(reached ? STEP.stepTrafficRouting : STEP.beforeStepUpgrade);
}

/** Steps or traffic were edited: the first step that is at least as large as what runs, the current one preferred. */
export function applyPlanEdit(d: Draft): void {
  const hash = strategyHash(d.o.rollout);
  if (d.sub.rolloutHash === hash) return;
  const known = d.sub.rolloutHash !== undefined && d.sub.rolloutHash !== '';
  d.sub.rolloutHash = hash;
  if (!known) return;
  const target = stepAfterEdit(d);
  if (target === d.sub.nextStepIndex) {
    d.enter(STEP.stepReady);
    return;
  }
  jumpTo(d, target);
  d.note(`the plan was edited; the release goes on in step ${target}`);
}

function stepAfterEdit(d: Draft): number {
  const count = stepsOf(d.o.rollout).length;
  const plan = ownBatchRelease(d.o)?.spec.releasePlan;
  const batch = plan?.batches?.[plan.batchPartition ?? -1];
  if (batch === undefined) return 1;
  const running = ceilScaled(batch.canaryReplicas, d.o.workload?.view.replicas ?? 0);
  const order = [d.sub.currentStepIndex ?? 1, ...Array.from({ length: count }, (_, index) => index + 1)];
  return order.find((index) => index <= count && sizeOf(d, index) >= running) ?? count;
}
