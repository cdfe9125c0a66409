// The step machine of canary and partition: from one step state to the next as far as the objects allow, in one pass. What a
// state made is checked again in every later one, so drift is repaired while a step waits.

import { NO_NEXT_STEP, STEP, stepPausedText, type StepState } from '../../api/names.ts';
import type { RolloutStep } from '../../api/rollout.ts';
import { stepsOf } from '../../api/rollout-view.ts';
import { notBefore, timeText } from '../status.ts';
import type { Draft } from './draft.ts';
import { releaseStep } from './release-pods.ts';
import { pinStable, removeCanary, restoreStable, routeStep, routesTraffic, routeToStable } from './release-traffic.ts';

/** More than the states of one step, so a pass always ends. */
const MAX_MOVES = 16;

export const naturalNext = (index: number, steps: number): number => (index < steps ? index + 1 : NO_NEXT_STEP);

interface Here {
  d: Draft;
  index: number;
  count: number;
  step: RolloutStep | undefined;
}

/** Each returns the state to enter, or undefined when it must wait. */
const STATES: Record<StepState, (here: Here) => StepState | undefined> = {
  [STEP.beforeStepUpgrade]: (here) => (prepare(here) ? STEP.stepUpgrade : undefined),
  [STEP.stepUpgrade]: ({ d }) => (releaseStep(d) ? STEP.stepTrafficRouting : undefined),
  [STEP.stepTrafficRouting]: (here) => (route(here) ? STEP.stepMetricsAnalysis : undefined),
  [STEP.stepMetricsAnalysis]: () => STEP.stepPaused,
  [STEP.stepPaused]: (here) => (keep(here) && pauseIsOver(here) ? STEP.stepReady : undefined),
  // Written by a client, it is an approval: what the step still lacks is finished first, then the approval is used.
  [STEP.stepReady]: (here) => (releaseStep(here.d) && route(here) ? follow(here) : undefined),
  [STEP.completed]: () => undefined,
};

const isStepState = (state: string | undefined): state is StepState =>
  state !== undefined && Object.hasOwn(STATES, state);

/** True when the last step is over. */
export function runSteps(d: Draft): boolean {
  for (let moves = 0; moves < MAX_MOVES; moves += 1) {
    const here = at(d);
    const state = d.sub.currentStepState;
    if (state === STEP.completed) return true;
    if (!isStepState(state)) {
      d.enter(STEP.beforeStepUpgrade);
      continue;
    }
    const next = STATES[state](here);
    if (next === undefined || next === state) return false;
    d.enter(next);
  }
  return false;
}

/** The index is client-writable: it is brought back into bounds before it is used. */
function at(d: Draft): Here {
  const steps = stepsOf(d.o.rollout);
  const index = Math.min(Math.max(d.sub.currentStepIndex ?? 1, 1), Math.max(steps.length, 1));
  d.sub.currentStepIndex = index;
  d.sub.nextStepIndex = naturalNext(index, steps.length);
  return { d, index, count: steps.length, step: steps[index - 1] };
}

function prepare({ d, step }: Here): boolean {
  d.say(`Rollout is preparing step ${d.sub.currentStepIndex ?? 1}`);
  if (!routesTraffic(d.o, step)) return restoreStable(d) && routeToStable(d) && removeCanary(d);
  return pinStable(d);
}

function route({ d, step, index, count }: Here): boolean {
  d.say(`Rollout is in step(${index}/${count}), and routes its traffic`);
  return step === undefined || !routesTraffic(d.o, step) || routeStep(d, step);
}

/** While a step waits, its route stays as it was made. */
function keep(here: Here): boolean {
  return route(here);
}

function pauseIsOver({ d, index, count, step }: Here): boolean {
  if (index === count && step?.replicas === '100%') return true;
  const duration = step?.pause?.duration;
  if (duration === undefined || duration === null) {
    d.wait(stepPausedText(index, count));
    return false;
  }
  const since = notBefore(d.sub.lastUpdateTime) ?? d.o.now;
  const until = since + duration * 1000;
  if (until <= d.o.now) return true;
  d.wait(
    `Rollout is in step(${index}/${count}), and waits ${duration} seconds, until ${timeText(until)}, to enter the next step`,
    until,
  );
  return false;
}

function follow({ d, index, count }: Here): StepState {
  if (index >= count) return STEP.completed;
  d.note(`step ${index} of ${count} is done`);
  d.sub.currentStepIndex = index + 1;
  d.sub.nextStepIndex = naturalNext(index + 1, count);
  return STEP.beforeStepUpgrade;
}
