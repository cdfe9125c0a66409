// The step machine: the tasks of a step in order, as far as the objects allow in one pass. The state names the first task that was
// not done yet. The tasks before it are looked at again each time, so that drift is repaired while a step waits; that never
// moves the state back.

import { NO_NEXT_STEP, STEP, stepPausedText, WAIT, type StepState } from '../../api/names.ts';
import type { RolloutStep } from '../../api/rollout.ts';
import { podsOfStep } from '../pods-of-step.ts';
import { notBefore, timeText } from '../../objects/status.ts';
import { DONE, inOrder, waits, type Outcome, type Task } from '../tasks/outcome.ts';
import type { RolloutDraft } from './rollout-draft.ts';
import { askedSize, movesRequests, type Release } from './release.ts';
import { releaseStep } from './release-pods.ts';
import { pinStable, restoreAll, restoreStable, routeStep } from './release-traffic.ts';
import { servesStable } from './stable-pods.ts';

export const naturalNext = (index: number, steps: number): number => (index < steps ? index + 1 : NO_NEXT_STEP);

interface Here {
  release: Release;
  index: number;
  count: number;
  step: RolloutStep | undefined;
  /** Why the step does not split requests although it says so; '' when it does. */
  notSplit: string;
}

/** States that wait for something. */
type TaskState = Exclude<StepState, typeof STEP.stepReady | typeof STEP.completed>;

/** In this order, the pause last. A new name in STEP needs its line here, at its place in time. */
const TASKS = [
  // The stable Service is pinned before the first new pod.
  { state: STEP.beforeStepUpgrade, run: prepareTraffic },
  { state: STEP.stepUpgrade, run: ({ release }) => releaseStep(release) },
  {
    state: STEP.stepTrafficRouting,
    run: (here) => (leavesNoStablePod(here) ? DONE : routeStep(here.release, here.step)),
  },
  { state: STEP.stepMetricsAnalysis, run: () => DONE },
  { state: STEP.stepPaused, run: pause },
] as const satisfies readonly { state: TaskState; run: Task<Here> }[];

type Missing = Exclude<TaskState, (typeof TASKS)[number]['state']>;
/** The compiler names here a state of STEP that has no line above. */
const isComplete: [Missing] extends [never] ? true : Missing = true;
void isComplete;

const RUNS: readonly Task<Here>[] = TASKS.map(({ run }) => run);
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
export function runSteps(d: RolloutDraft): boolean {
  while (d.progress.state !== STEP.completed) {
    const here = at(d);
    const position = positionOf(d.progress.state);
    // StepReady written by a client is an approval: what the step still lacks is finished first, then it is used.
    const due = position === READY ? RUNS.slice(0, PAUSE) : RUNS.slice(0, position + 1);
    if (!d.fold(inOrder(due, here))) return false;
    if (position === READY) follow(d, here);
    else d.enter(TASKS[position + 1]?.state ?? STEP.stepReady);
  }
  return true;
}

/** What the step has reached stays as it is; nothing goes on. */
export function keepStep(d: RolloutDraft): void {
  const here = at(d);
  const { planHash = '', state } = d.progress;
  // What is kept is the plan as it was: an edit counts once the release goes on.
  if (planHash !== '' && planHash !== d.intent.hash) return;
  d.fold(inOrder(RUNS.slice(0, Math.min(positionOf(state), PAUSE)), here));
}

function prepareTraffic(here: Here): Outcome {
  const { release, step } = here;
  if (!movesRequests(release.intent, step)) return restoreAll(release);
  return leavesNoStablePod(here) ? restoreStable(release) : pinStable(release);
}

/** In place, a full step replaces every stable pod: a Service that is pinned to them would have no endpoint left. */
const leavesNoStablePod = ({ release, step, notSplit }: Here): boolean =>
  notSplit !== '' || isFullInPlace(release, step);

function isFullInPlace({ o: { workload, kind } }: Release, step: RolloutStep | undefined): boolean {
  if (kind?.replacesInPlace !== true || workload === undefined || step === undefined) return false;
  const { replicas } = workload.view;
  return replicas > 0 && podsOfStep(kind, askedSize(step), replicas) >= replicas;
}

/** Requests would be split between the new pods and none. */
function whyNotSplit(release: Release, step: RolloutStep | undefined): string {
  const { workload, kind } = release.o;
  if (kind?.replacesInPlace !== true || workload === undefined || !movesRequests(release.intent, step)) return '';
  if (isFullInPlace(release, step) || servesStable(release, workload)) return '';
  return `no pod of the stable revision ${release.progress.stableRevision ?? ''} serves, so requests are not split`;
}

/** The index is client-writable: it is brought back into bounds before it is used. */
function at(d: RolloutDraft): Here {
  const { steps } = d.intent;
  const index = Math.min(Math.max(d.progress.step ?? 1, 1), Math.max(steps.length, 1));
  d.set({ step: index, nextStep: naturalNext(index, steps.length) });
  d.topic = `Rollout is in step(${index}/${steps.length})`;
  tellOfNoPods(d);
  const step = isScaledToZero(d) ? withoutTraffic(steps[index - 1]) : steps[index - 1];
  const notSplit = whyNotSplit(d, step);
  if (notSplit !== '') d.topic += `, ${notSplit}`;
  return { release: d, index, count: steps.length, step, notSplit };
}

/** Its steps need no pods, and go on; requests have nowhere to go, and whatever is scaled up later finds its routes free. */
const isScaledToZero = ({ o: { workload } }: Release): boolean => workload?.view.replicas === 0;

/** As long as the status still counts new pods. */
function tellOfNoPods(d: RolloutDraft): void {
  if (!isScaledToZero(d) || (d.stored.updated ?? 0) === 0) return;
  d.note('the workload is scaled to zero: its new pods go, requests are not split, and its steps need no pods');
}

function withoutTraffic(step: RolloutStep | undefined): RolloutStep | undefined {
  if (step === undefined) return undefined;
  const { traffic: _traffic, matches: _matches, ...rest } = step;
  return { ...rest, replicas: askedSize(step) };
}

function pause({ release, index, count, step, notSplit }: Here): Outcome {
  if (index === count && step?.replicas === '100%') return DONE;
  const duration = step?.pause?.duration;
  if (duration === undefined || duration === null) {
    const text = stepPausedText(index, count) + (notSplit === '' ? '' : `; ${notSplit}`);
    return waits(WAIT.approval, text, { facts: [String(index), notSplit], standsAlone: true });
  }
  const { now } = release.o;
  const until = (notBefore(release.progress.changedAt) ?? now) + duration * 1000;
  if (until <= now) return DONE;
  const text = `waits ${duration} seconds, until ${timeText(until)}, to enter the next step`;
  return waits(WAIT.pause, text, { facts: [String(index)], until });
}

function follow(d: RolloutDraft, { index, count }: Here): void {
  if (index < count) d.note(`step ${index} of ${count} is done`);
  if (index < count) d.set({ step: index + 1, nextStep: naturalNext(index + 1, count) });
  d.enter(index < count ? STEP.beforeStepUpgrade : STEP.completed);
}
