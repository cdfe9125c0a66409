// Where a release goes on after somebody asked for another step (a jump) or edited the plan.

import { batchStatusOf } from '../../api/batch-release.ts';
import { CONDITION, STEP } from '../../api/names.ts';
import { conditionOf } from '../../objects/status.ts';
import { podsOfStep } from '../pods-of-step.ts';
import type { RolloutDraft } from './rollout-draft.ts';
import { askedSize } from './release.ts';
import { ownBatchRelease } from './release-pods.ts';
import { naturalNext } from './step-machine.ts';

const sizeOf = ({ o, intent }: RolloutDraft, index: number): number =>
  podsOfStep(o.kind, askedSize(intent.steps[index - 1]), o.workload?.view.replicas ?? 0);

/** A step index out of range is what the BatchRelease shows, so that it never sends the release forward. */
export function boundStep(d: RolloutDraft): void {
  const count = d.intent.steps.length;
  const { step: current = 1 } = d.progress;
  if (current >= 1 && current <= count) return;
  const released = (ownBatchRelease(d)?.spec.releasePlan.batchPartition ?? 0) + 1;
  const index = Math.min(Math.max(released, 1), Math.max(count, 1));
  d.set({ step: index, nextStep: naturalNext(index, count) });
}

/** A next step, written by a client, that is not the natural successor. Values out of range are ignored. */
export function applyJump(d: RolloutDraft): void {
  const count = d.intent.steps.length;
  const { step: current = 1, nextStep: wanted = 0 } = d.progress;
  if (wanted < 1 || wanted > count || wanted === naturalNext(current, count)) return;
  jumpTo(d, wanted);
  d.note(`jumped from step ${current} to step ${wanted}`);
}

/** Step 1 begins. What was edited until now is the plan from its beginning, and no jump. */
export function closePlan(d: RolloutDraft): void {
  const { intent, progress } = d;
  if (conditionOf(d.status.conditions, CONDITION.planOpen) === undefined) return;
  d.drop(CONDITION.planOpen);
  if (progress.planHash !== intent.hash)
    d.set({ planHash: intent.hash, nextStep: naturalNext(1, intent.steps.length) });
}

/** To the routing of its traffic when as many new pods run already, else to its beginning. */
function jumpTo(d: RolloutDraft, index: number): void {
  const running = batchStatusOf(ownBatchRelease(d)).updatedReplicas;
  d.set({ step: index, nextStep: naturalNext(index, d.intent.steps.length) });
  d.enter(sizeOf(d, index) === running ? STEP.stepTrafficRouting : STEP.beforeStepUpgrade);
}

/**
 * Steps or traffic were edited: the release goes on in the first step that is at least as large as what runs, the current
 * one preferred. There an approval stays one: the step is brought to the new plan first, then the approval is used.
 */
export function applyPlanEdit(d: RolloutDraft): void {
  const { hash } = d.intent;
  const { planHash: known = '', step: current = 1, state } = d.progress;
  if (known === hash) return;
  d.set({ planHash: hash });
  if (known === '') return;
  const target = stepAfterEdit(d, current);
  if (target === current && state === STEP.stepReady) return;
  jumpTo(d, target);
  d.note(`the plan was edited; the release goes on in step ${target}`);
}

function stepAfterEdit(d: RolloutDraft, current: number): number {
  const count = d.intent.steps.length;
  const plan = ownBatchRelease(d)?.spec.releasePlan;
  const batch = plan?.batches?.[plan.batchPartition ?? -1];
  if (batch === undefined) return 1;
  const running = podsOfStep(d.o.kind, batch.canaryReplicas, d.o.workload?.view.replicas ?? 0);
  const order = [current, ...Array.from({ length: count }, (_, index) => index + 1)];
  return order.find((index) => index <= count && sizeOf(d, index) >= running) ?? count;
}
