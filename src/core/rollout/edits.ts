// Where a release goes on after somebody asked for another step (a jump) or edited the plan.

import { STEP } from '../../api/names.ts';
import { stepsOf } from '../../api/rollout-view.ts';
import { stepSize } from '../step-size.ts';
import type { Draft } from './draft.ts';
import { ownBatchRelease } from './release-pods.ts';
import { naturalNext } from './steps.ts';

const sizeOf = (d: Draft, index: number): number => {
  const step = stepsOf(d.o.rollout)[index - 1];
  return stepSize(d.o.kind, step?.replicas ?? step?.traffic ?? '100%', d.o.workload?.view.replicas ?? 0);
};

/** A step index out of range is what the BatchRelease shows, so that it never sends the release forward. */
export function boundStep(d: Draft): void {
  const count = stepsOf(d.o.rollout).length;
  const { currentStepIndex: current = 1 } = d.sub;
  if (current >= 1 && current <= count) return;
  const released = (ownBatchRelease(d.o)?.spec.releasePlan.batchPartition ?? 0) + 1;
  const index = Math.min(Math.max(released, 1), Math.max(count, 1));
  d.set({ currentStepIndex: index, nextStepIndex: naturalNext(index, count) });
}

/** nextStepIndex, written by a client, that is not the natural successor. Values out of range are ignored. */
export function applyJump(d: Draft): void {
  const count = stepsOf(d.o.rollout).length;
  const { currentStepIndex: current = 1, nextStepIndex: wanted = 0 } = d.sub;
  if (wanted < 1 || wanted > count || wanted === naturalNext(current, count)) return;
  jumpTo(d, wanted);
  d.note(`jumped from step ${current} to step ${wanted}`);
}

/** To the routing of its traffic when as many new pods run already, else to its beginning. */
function jumpTo(d: Draft, index: number): void {
  const running = ownBatchRelease(d.o)?.status?.canaryStatus?.updatedReplicas;
  d.set({ currentStepIndex: index, nextStepIndex: naturalNext(index, stepsOf(d.o.rollout).length) });
  d.enter(sizeOf(d, index) === running ? STEP.stepTrafficRouting : STEP.beforeStepUpgrade);
}

/**
 * Steps or traffic were edited: the release goes on in the first step that is at least as large as what runs, the current
 * one preferred. There an approval stays one: the step is brought to the new plan first, then the approval is used.
 */
export function applyPlanEdit(d: Draft): void {
  const hash = d.strategyHash;
  const { rolloutHash: known = '', currentStepIndex: current = 1, currentStepState: state } = d.sub;
  if (known === hash) return;
  d.set({ rolloutHash: hash });
  if (known === '') return;
  const target = stepAfterEdit(d, current);
  if (target === current && state === STEP.stepReady) return;
  jumpTo(d, target);
  d.note(`the plan was edited; the release goes on in step ${target}`);
}

function stepAfterEdit(d: Draft, current: number): number {
  const count = stepsOf(d.o.rollout).length;
  const plan = ownBatchRelease(d.o)?.spec.releasePlan;
  const batch = plan?.batches?.[plan.batchPartition ?? -1];
  if (batch === undefined) return 1;
  const running = stepSize(d.o.kind, batch.canaryReplicas, d.o.workload?.view.replicas ?? 0);
  const order = [current, ...Array.from({ length: count }, (_, index) => index + 1)];
  return order.find((index) => index <= count && sizeOf(d, index) >= running) ?? count;
}
