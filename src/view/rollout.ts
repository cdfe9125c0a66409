// What a Rollout says of itself: its strategy, its steps and where the release is among them, status and conditions.
// Tolerates whatever is missing.

import type { Rollout, RolloutStep } from '../api/rollout.ts';
import { progressOf, type Progress } from '../api/progress.ts';
import {
  isDisabled,
  isPaused,
  stepsOf,
  styleOf,
  trafficRoutingOf,
  trafficRoutingRefOf,
  type RolloutStyle,
} from '../api/rollout-view.ts';
import { stepShareText } from './share.ts';
import { isReleasing } from './stage.ts';
import { momentOf } from './times.ts';

export interface StrategyModel {
  style: RolloutStyle;
  isPaused: boolean;
  isDisabled: boolean;
  /** '' = none. */
  service: string;
  routes: { kind: string; name: string; class?: string }[];
  /** The TrafficRouting that it shares; '' = none. */
  trafficRouting: string;
}

export interface StepModel {
  /** From 1. */
  index: number;
  /** Pods, or what stands for them; '' when nothing is said. */
  size: string;
  /** Requests, in words. */
  share: string;
  /** Seconds; undefined: until somebody approves. */
  pause: number | undefined;
  isCurrent: boolean;
  /** '' before its time. */
  state: string;
}

/** Where the release is, or the last one ended. */
export interface ProgressModel {
  step: number | undefined;
  state: string | undefined;
  /** Undefined = none follows. */
  nextStep: number | undefined;
  releaseId: string;
  stableRevision: string;
  newRevision: string;
  /** Undefined while nobody has counted. */
  newPods: { all: number; ready: number } | undefined;
  finalising: string;
  lastChange: number | undefined;
}

export interface ConditionModel {
  type: string;
  status: string;
  reason: string;
  message: string;
  since: number | undefined;
}

export function strategyModel(rollout: Rollout): StrategyModel {
  const routing = trafficRoutingOf(rollout);
  return {
    style: styleOf(rollout),
    isPaused: isPaused(rollout),
    isDisabled: isDisabled(rollout),
    service: routing?.service ?? '',
    routes: routesOf(routing),
    trafficRouting: trafficRoutingRefOf(rollout),
  };
}

function routesOf(routing: ReturnType<typeof trafficRoutingOf>): StrategyModel['routes'] {
  const { ingress, gateway, customNetworkRefs = [] } = routing ?? {};
  return [
    ...(ingress === undefined
      ? []
      : [
          {
            kind: 'Ingress',
            name: ingress.name,
            ...(ingress.classType === undefined ? {} : { class: ingress.classType }),
          },
        ]),
    ...(gateway?.httpRouteName === undefined ? [] : [{ kind: 'HTTPRoute', name: gateway.httpRouteName }]),
    ...customNetworkRefs.map(({ kind, name }) => ({ kind, name })),
  ];
}

export function stepModels(rollout: Rollout): StepModel[] {
  const current = isReleasing(rollout) ? progressOf(rollout)?.step : undefined;
  const state = progressOf(rollout)?.state ?? '';
  const stateOf = (index: number): string => {
    if (current === undefined) return '';
    return index === current ? state : index < current ? 'done' : '';
  };
  return stepsOf(rollout).map((step: RolloutStep, at) => ({
    index: at + 1,
    size: String(step.replicas ?? step.traffic ?? ''),
    share: stepShareText(step),
    pause: step.pause?.duration ?? undefined,
    isCurrent: at + 1 === current,
    state: stateOf(at + 1),
  }));
}

export function progressModel(rollout: Rollout): ProgressModel | undefined {
  const progress = progressOf(rollout);
  if (progress === undefined) return undefined;
  const { nextStep = 0 } = progress;
  return {
    step: progress.step,
    state: progress.state,
    nextStep: nextStep > 0 ? nextStep : undefined,
    releaseId: progress.releaseId ?? '',
    stableRevision: progress.stableRevision ?? '',
    newRevision: progress.podRevision ?? '',
    newPods: countsOf(progress),
    finalising: progress.ending ?? '',
    lastChange: momentOf(progress.changedAt),
  };
}

const countsOf = ({ updated, ready }: Progress): ProgressModel['newPods'] =>
  typeof updated === 'number' ? { all: updated, ready: Number(ready ?? 0) } : undefined;

export const conditionModels = ({ status }: Rollout): ConditionModel[] =>
  (status?.conditions ?? []).map(({ type, status: is, reason, message, lastTransitionTime }) => ({
    type,
    status: is,
    reason,
    message,
    since: momentOf(lastTransitionTime),
  }));
