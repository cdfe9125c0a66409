// What a Rollout shows of a hold before the update that it holds is answered: whoever reads it right after the answer must not find it
// Healthy, because platforms take that for a release that is done. A hold that never reaches storage is taken back by the next look
// at the Rollout (core/rollout/phases/answered.ts), which knows it by the condition.

import type { Condition, Json } from '../../api/kube.ts';
import { CONDITION, NO_NEXT_STEP, PHASE, PLAN_OPEN_REASON, STEP, TEXT } from '../../api/names.ts';
import { progressEdits } from '../../api/progress.ts';
import { ROLLOUTS } from '../../api/resources.ts';
import type { Rollout } from '../../api/rollout.ts';
import { stepsOf } from '../../api/rollout-view.ts';
import { testAt, type PatchOperation } from '../../lib/json-patch.ts';
import { targetOf, type ExactPatchAction } from '../../objects/actions.ts';
import { timeText } from '../../objects/status.ts';

const opened = (now: number): Condition => ({
  type: CONDITION.planOpen,
  status: 'True',
  reason: PLAN_OPEN_REASON.holdAnswered,
  message: TEXT.planOpen,
  lastUpdateTime: timeText(now),
  lastTransitionTime: timeText(now),
});

/** Step 1 is ahead. */
const beforeStep1 = (rollout: Rollout): PatchOperation[] =>
  progressEdits(rollout, {
    step: 1,
    nextStep: stepsOf(rollout).length > 1 ? 2 : NO_NEXT_STEP,
    state: STEP.beforeStepUpgrade,
  });

/**
 * Undefined where the Rollout is not Healthy, so that there is nothing to take back. It carries no version: a Rollout whose plan is patched at
 * the same moment is told all the same.
 */
export function holdAnnounced(rollout: Rollout, now: number): ExactPatchAction | undefined {
  const { metadata, status } = rollout;
  if (status?.phase !== PHASE.healthy || metadata.uid === undefined) return undefined;
  const condition = opened(now) as unknown as Json;
  const add: PatchOperation =
    status.conditions === undefined
      ? { op: 'add', path: '/status/conditions', value: [condition] }
      : { op: 'add', path: '/status/conditions/-', value: condition };
  return {
    do: 'exactPatch',
    target: targetOf(ROLLOUTS, rollout),
    subresource: 'status',
    operations: [
      testAt('/metadata/uid', metadata.uid),
      testAt('/status/phase', PHASE.healthy),
      ...(status.conditions === undefined ? [testAt('/status/conditions', null)] : []),
      add,
      { op: 'replace', path: '/status/phase', value: PHASE.progressing },
      { op: 'add', path: '/status/message', value: TEXT.held },
      ...beforeStep1(rollout),
    ],
    why: TEXT.held,
  };
}
