// The step machine of canary and partition: the tasks of a step in order, as far as the objects allow in one pass. The state
// names the first task that was not done yet. The tasks before it are looked at again each time, so that drift is repaired
// while a step waits; that never moves the state back.

import { NO_NEXT_STEP, STEP, stepPausedText, type StepState } from '../../api/names.ts';
import type { RolloutStep } from '../../api/rollout.ts';
import { stepsOf, styleOf } from '../../api/rollout-view.ts';
import { stepSize } from '../step-size.ts';
import { notBefore, timeText } from '../../objects/status.ts';
import type { Draft } from './draft.ts';
import { releaseStep } from './release-pods.ts';
import { pinStable, restoreAll, restoreStable, routeStep, routesTraffic } from './release-traffic.ts';
import { servesStable } from './serving.ts';

export const naturalNext = (index: number, steps: number): number => (index < steps ? index + 1 : NO_NEXT_STEP);

interface Here {
  d: Draft;
  index: number;
  count: number;
  step: RolloutStep | undefined;
  /** Why the step does not split requests although it says so; '' when it does. */
  notSplit: string;
}

/** States that wait for something; in this order, the pause last. A new name in STEP needs its entry here. */
const IS_DONE: Record<Exclude<StepState, typeof STEP.stepReady | typeof STEP.completed>, (here: Here) => boolean> = {
  // The stable Service is pinned before the first new pod.
  [STEP.beforeStepUpgrade]: prepareTraffic,
  [STEP.stepUpgrade]: ({ d }) => releaseStep(d),
  [STEP.stepTrafficRouting]: (here) => leavesNoStablePod(here) || routeStep(here.d, here.step),
  [STEP.stepMetricsAnalysis]: () => true,
  [STEP.stepPaused]: pauseIsOver,
};
const TASKS = Object.entries(IS_DONE).map(([state, isDone]) => ({ state: state as keyof typeof IS_DONE, isDone }));
const PAUSE = TASKS.length - 1;
const READY = TASKS.length;

/** Position of the task that the state names; what nobody knows begins at the first. */
function positionOf(state: string | undefined): number {
  if (state === STEP.stepReady) return READY;
  return Math.max(
    0,
    TASKS.findIndex((task) => task.state === state),
  );
}

/** True when the last step is over. */
export function runSteps(d: Draft): boolean {
  while (d.sub.currentStepState !== STEP.completed) {
    const here = at(d);
    const position = positionOf(d.sub.currentStepState);
    // StepReady written by a client is an approval: what the step still lacks is finished first, then it is used.
    const tasks = position === READY ? TASKS.slice(0, PAUSE) : TASKS.slice(0, position + 1);
    if (!tasks.every((task) => task.isDone(here))) return false;
    if (position === READY) follow(here);
    else d.enter(TASKS[position + 1]?.state ?? STEP.stepReady);
  }
  return true;
}

/** What the step has reached stays as it is; nothing goes on. */
export function keepStep(d: Draft): void {
  const here = at(d);
  // What is kept is the plan as it was: an edit counts once the release goes on.
  if ((d.sub.rolloutHash ?? '') !== '' && d.sub.rolloutHash !== d.strategyHash) return;
  const reached = TASKS.slice(0, Math.min(positionOf(d.sub.currentStepState), PAUSE));
  reached.every((task) => task.isDone(here));
}

function prepareTraffic(here: Here): boolean {
  const { d, step } = here;
  if (!routesTraffic(d.o, step)) return restoreAll(d);
  return leavesNoStablePod(here) ? restoreStable(d) : pinStable(d);
}

/** In place, a full step replaces every stable pod: a Service that is pinned to them would have no endpoint left. */
const leavesNoStablePod = ({ d, step, notSplit }: Here): boolean => notSplit !== '' || isFullInPlace(d, step);

function isFullInPlace({ o: { rollout, workload, kind } }: Draft, step: RolloutStep | undefined): boolean {
  if (styleOf(rollout) !== 'partition' || workload === undefined || step === undefined) return false;
  const { replicas } = workload.view;
  return replicas > 0 && stepSize(kind, step.replicas ?? step.traffic ?? '100%', replicas) >= replicas;
}

/** Requests would be split between the new pods and none. */
function whyNotSplit(d: Draft, step: RolloutStep | undefined): string {
  const { rollout, workload } = d.o;
  if (styleOf(rollout) !== 'partition' || workload === undefined || !routesTraffic(d.o, step)) return '';
  if (isFullInPlace(d, step) || servesStable(d, workload)) return '';
  return `no pod of the stable revision ${d.sub.stableRevision ?? ''} serves, so requests are not split`;
}

/** The index is client-writable: it is brought back into bounds before it is used. */
function at(d: Draft): Here {
  const steps = stepsOf(d.o.rollout);
  const index = Math.min(Math.max(d.sub.currentStepIndex ?? 1, 1), Math.max(steps.length, 1));
  d.set({ currentStepIndex: index, nextStepIndex: naturalNext(index, steps.length) });
  d.topic = `Rollout is in step(${index}/${steps.length})`;
  tellOfNoPods(d);
  const step = isScaledToZero(d) ? withoutTraffic(steps[index - 1]) : steps[index - 1];
  const notSplit = whyNotSplit(d, step);
  if (notSplit !== '') d.topic += `, ${notSplit}`;
  return { d, index, count: steps.length, step, notSplit };
}

/** Its steps need no pods, and go on; requests have nowhere to go, and whatever is scaled up later finds its routes free. */
const isScaledToZero = ({ o: { workload } }: Draft): boolean => workload?.view.replicas === 0;

/** As long as the status still counts new pods. */
function tellOfNoPods(d: Draft): void {
  if (!isScaledToZero(d) || (d.o.rollout.status?.canaryStatus?.canaryReplicas ?? 0) === 0) return;
  d.note('the workload is scaled to zero: its new pods go, requests are not split, and its steps need no pods');
}

function withoutTraffic(step: RolloutStep | undefined): RolloutStep | undefined {
  if (step === undefined) return undefined;
  const { traffic, matches: _matches, ...rest } = step;
  return { ...rest, replicas: step.replicas ?? traffic ?? '100%' };
}

function pauseIsOver({ d, index, count, step, notSplit }: Here): boolean {
  if (index === count && step?.replicas === '100%') return true;
  const duration = step?.pause?.duration;
  if (duration === undefined || duration === null) {
    d.stay(stepPausedText(index, count) + (notSplit === '' ? '' : `; ${notSplit}`));
    return false;
  }
  const until = (notBefore(d.sub.lastUpdateTime) ?? d.o.now) + duration * 1000;
  if (until <= d.o.now) return true;
  d.wait(`waits ${duration} seconds, until ${timeText(until)}, to enter the next step`, until);
  return false;
}

function follow({ d, index, count }: Here): void {
  d.note(`step ${index} of ${count} is done`);
  if (index < count) d.set({ currentStepIndex: index + 1, nextStepIndex: naturalNext(index + 1, count) });
  d.enter(index < count ? STEP.beforeStepUpgrade : STEP.completed);
}
