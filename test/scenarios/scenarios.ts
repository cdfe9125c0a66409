// The scenarios of the table. Each word of `on` does one thing as a user would, or waits until the release shows what it must;
// what must be true all the time, and in the end, every scene checks by itself (watchdog.ts, end.ts).

import { ANNOTATION } from '../../src/api/names.ts';
import { BROKEN, V1, V2, V3, type Step } from './scenario.ts';
import type { Scenario } from './scene.ts';

const STEPS: readonly Step[] = [{ pods: 25, requests: 25 }, { pods: 50, requests: 50 }, { pods: 100 }];

const BEGIN = { isBegin: true };
/** Before a release, as if the last one had gone through these steps, and after it. */
const AT_REST = 'Healthy 3 Completed';

const release: Scenario = {
  name: 'release',
  tells: 'v2 goes out in steps, each approved, the last one by itself',
  steps: STEPS,
  async play(on) {
    await on.update(V2);
    await on.inStep(1);
    await on.approve();
    await on.inStep(2);
    await on.approve();
    await on.completes();
    on.mustTell([AT_REST, ...on.shown(1, BEGIN), ...on.shown(2), ...on.shown(3), AT_REST]);
  },
};

const continuous: Scenario = {
  name: 'continuous release',
  tells: 'v3 arrives while v2 is in step 2; it starts from step 1, and v2 never gets further',
  steps: STEPS,
  async play(on) {
    await on.update(V2);
    await on.inStep(1);
    await on.approve();
    await on.inStep(2);
    await on.update(V3);
    await on.inStep(1);
    await on.approve();
    await on.inStep(2);
    await on.approve();
    await on.completes();
  },
};

const rollback: Scenario = {
  name: 'rollback',
  tells: 'v1 is applied again while v2 is in step 2',
  steps: STEPS,
  async play(on) {
    await on.update(V2);
    await on.inStep(1);
    await on.approve();
    await on.inStep(2);
    await on.update(V1);
    await on.isCancelled();
    on.mustTell([AT_REST, ...on.shown(1, BEGIN), ...on.shown(2), 'Healthy 2 StepPaused']);
  },
};

const broken: Scenario = {
  name: 'rollback of a broken image',
  tells: 'v2 never starts: the release stops in step 1, says why, and goes back when v1 is applied again',
  steps: STEPS,
  async play(on) {
    await on.update(BROKEN);
    await on.explains('ImagePullBackOff');
    await on.update(V1);
    await on.isCancelled();
  },
};

const rollbackInBatches: Scenario = {
  name: 'rollback in batches',
  tells: 'v1 is applied again in step 2, and goes through the steps like a release',
  steps: STEPS,
  annotations: { [ANNOTATION.rollbackInBatch]: 'true' },
  unless: (subject, route) => {
    if (!subject.rollsBackInBatches) return 'this kind goes back at once, whatever the annotation says';
    return route.provider === undefined ? undefined : 'where requests are steered a rollback never waits for approvals';
  },
  async play(on) {
    await on.update(V2);
    await on.inStep(1);
    await on.approve();
    await on.inStep(2);
    await on.update(V1);
    await on.inStep(1);
    await on.approve();
    await on.inStep(2);
    await on.approve();
    await on.completes();
  },
};

const pause: Scenario = {
  name: 'pause and resume',
  tells: 'paused before the update and in step 1; what is approved meanwhile happens after the resume',
  steps: STEPS,
  async play(on) {
    await on.pause();
    await on.update(V2);
    await on.isPaused();
    await on.resume();
    await on.inStep(1);
    await on.pause();
    await on.isPaused();
    await on.approve();
    await on.resume();
    await on.inStep(2);
    await on.approve();
    await on.completes();
  },
};

const rollbackWhilePaused: Scenario = {
  name: 'rollback while paused',
  tells: 'v1 is applied again while the Rollout is paused; going back waits for nobody',
  steps: STEPS,
  async play(on) {
    await on.update(V2);
    await on.inStep(1);
    await on.pause();
    await on.isPaused();
    await on.update(V1);
    await on.isCancelled();
  },
};

const jump: Scenario = {
  name: 'jump',
  tells: 'from step 1 to 3, back to 1 (requests go back, pods stay), then on step by step',
  steps: [{ pods: 25, requests: 25 }, { pods: 50, requests: 40 }, { pods: 50, requests: 60 }, { pods: 100 }],
  async play(on) {
    await on.update(V2);
    await on.inStep(1);
    await on.jump(3);
    await on.inStep(3);
    await on.jump(1);
    await on.inStep(1);
    await on.approve();
    await on.inStep(2);
    await on.approve();
    await on.inStep(3);
    await on.approve();
    await on.completes();
    const backAndOn = [1, 2, 3].flatMap((step) => on.shown(step, { hasPods: true }));
    const atRest = 'Healthy 4 Completed';
    on.mustTell([atRest, ...on.shown(1, BEGIN), ...on.shown(3), ...backAndOn, ...on.shown(4), atRest]);
  },
};

const edit: Scenario = {
  name: 'plan edit',
  tells: 'in step 1 the plan is edited to larger steps with other shares; step 1 is brought to it',
  steps: STEPS,
  async play(on) {
    await on.update(V2);
    await on.inStep(1);
    await on.edit([{ pods: 50, requests: 30 }, { pods: 50, requests: 70 }, { pods: 100 }]);
    await on.inStep(1);
    await on.approve();
    await on.inStep(2);
    await on.approve();
    await on.completes();
  },
};

const scaleUp: Scenario = {
  name: 'scale up',
  tells: 'from 4 to 8 pods in step 1, which then has two new pods',
  steps: STEPS,
  async play(on) {
    await on.update(V2);
    await on.inStep(1);
    await on.scale(8);
    await on.inStep(1);
    await on.approve();
    await on.inStep(2);
    await on.approve();
    await on.completes();
  },
};

const scaleDown: Scenario = {
  name: 'scale down',
  tells: 'from 4 to 2 pods in step 2',
  steps: STEPS,
  async play(on) {
    await on.update(V2);
    await on.inStep(1);
    await on.approve();
    await on.inStep(2);
    await on.scale(2);
    await on.inStep(2);
    await on.approve();
    await on.completes();
  },
};

const disable: Scenario = {
  name: 'disable',
  tells: 'the Rollout is disabled in step 1: v2 goes out natively, and the workload is the user’s alone',
  steps: STEPS,
  async play(on) {
    await on.update(V2);
    await on.inStep(1);
    await on.disable();
  },
};

const remove: Scenario = {
  name: 'delete',
  tells: 'the Rollout is deleted in step 1: v2 goes out natively, and the workload is the user’s alone',
  steps: STEPS,
  async play(on) {
    await on.update(V2);
    await on.inStep(1);
    await on.deleteRollout();
  },
};

const recreate: Scenario = {
  name: 'workload deleted',
  tells:
    'in step 2 the workload is deleted: requests go back to the user’s Service; created again, it is released as ever',
  steps: STEPS,
  async play(on) {
    await on.update(V2);
    await on.inStep(1);
    await on.approve();
    await on.inStep(2);
    await on.deleteWorkload();
    await on.recreateWorkload(V2);
    await on.update(V3);
    await on.inStep(1);
    await on.approve();
    await on.inStep(2);
    await on.approve();
    await on.completes();
  },
};

export const SCENARIOS: readonly Scenario[] = [
  release,
  continuous,
  rollback,
  broken,
  rollbackInBatches,
  pause,
  rollbackWhilePaused,
  jump,
  edit,
  scaleUp,
  scaleDown,
  disable,
  remove,
  recreate,
];
