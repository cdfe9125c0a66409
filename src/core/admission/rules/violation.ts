// What a broken rule says, and what rules look at. The same rules run at admission and again in the controller.

import { field, isObject } from '../../../lib/json.ts';
import type { KubeObject } from '../../../api/kube.ts';
import { stepsOf, strategyOf, styleOf, type RolloutStyle } from '../../../api/rollout-view.ts';
import type { Rollout } from '../../../api/rollout.ts';

export interface Violation {
  /** Name of the rule, for people to look up. */
  rule: string;
  /** Path in the version that the client wrote. */
  field: string;
  value: unknown;
  message: string;
  /** What to do about it. */
  remedy: string;
}

export interface RuleSettings {
  /** Largest percentage of replicas of a partition step that routes traffic. */
  partitionPercentLimit: number;
  /** Only kinds that are known. */
  filterWorkloadType: boolean;
  /** Namespaces in which no layer holds anything. */
  leftOut?: readonly string[];
}

export interface RuleInput {
  rollout: Rollout;
  /** The object before an update, as v1beta1. */
  old?: Rollout;
  /** The request as the client wrote it, when that was v1alpha1. */
  v1alpha1?: unknown;
  /** Rollouts of the same namespace; the judged one may be among them. */
  siblings: Rollout[];
  settings: RuleSettings;
  /** Judged as it is stored, not as it is written: rules that only bind writers are left out. */
  stored?: boolean;
}

export interface RuleContext extends RuleInput {
  style: RolloutStyle;
  steps: unknown[];
  /** Steps of the v1alpha1 request, by the same index. */
  alphaSteps: unknown[] | undefined;
  paths: { workloadRef: string; strategy: string };
}

export type RolloutRule = (context: RuleContext) => Violation[];

const at = (value: unknown, ...keys: string[]): unknown => keys.reduce<unknown>(field, value);

export function contextOf(input: RuleInput): RuleContext {
  const alphaSteps = at(input.v1alpha1, 'spec', 'strategy', 'canary', 'steps');
  const style = styleOf(input.rollout);
  return {
    ...input,
    style,
    steps: stepsOf(input.rollout),
    alphaSteps: Array.isArray(alphaSteps) ? alphaSteps : undefined,
    paths: {
      workloadRef: input.v1alpha1 === undefined ? 'spec.workloadRef' : 'spec.objectRef.workloadRef',
      strategy: `spec.strategy.${style === 'bluegreen' ? 'blueGreen' : 'canary'}`,
    },
  };
}

export const partOf = (rollout: KubeObject, name: string): unknown => field(strategyOf(rollout), name);

const MAX_SHOWN = 80;

/** A value as people read it in a sentence; cut when long. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}

/** One sentence a violation, joined; '' when there is none. */
export const formatViolations = (violations: Violation[]): string =>
  violations
    .map(
      ({ rule, field: path, value, message, remedy }) =>
        `${path} is ${shown(value)}: ${message} (rule ${rule}); ${remedy}`,
    )
    .join('. ');

export { field, isObject };
