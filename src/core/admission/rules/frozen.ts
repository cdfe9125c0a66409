// What a release under way depends on cannot change: workload, style, number of steps, routing. Sizes, traffic, pauses and
// thresholds can, and until the first step begins all of the plan.

import { equal } from '../../../lib/json.ts';
import { PHASE } from '../../../api/names.ts';
import { asksForExtraWorkload, isPlanOpen, stepsOf, strategyOf, styleOf } from '../../../api/rollout-view.ts';
import type { Rollout } from '../../../api/rollout.ts';
import { field, partOf, shown, type RolloutRule, type RuleContext, type Violation } from './violation.ts';

const BUSY: unknown[] = [PHASE.progressing, PHASE.terminating];

interface Part {
  what: string;
  /** It can be edited until the first step begins. */
  isPlan?: true;
  /** Clients of v1alpha1 edit it at any time, as upstream: platforms do while they release. */
  isFreeInV1alpha1?: true;
  field(context: RuleContext): string;
  read(rollout: Rollout): unknown;
}

const PARTS: Part[] = [
  {
    what: 'the workload',
    field: ({ paths }) => paths.workloadRef,
    read: (rollout) => field(field(rollout, 'spec'), 'workloadRef'),
  },
  {
    what: 'the rolling style',
    field: ({ v1alpha1 }) =>
      v1alpha1 === undefined ? 'spec.strategy' : 'metadata.annotations[rollouts.kruise.io/rolling-style]',
    read: (rollout) => [styleOf(rollout), strategyOf(rollout) !== undefined, asksForExtraWorkload(rollout)],
  },
  {
    what: 'the number of steps',
    isPlan: true,
    isFreeInV1alpha1: true,
    field: ({ paths }) => `${paths.strategy}.steps`,
    read: (rollout) => stepsOf(rollout).length,
  },
  {
    what: 'the traffic routing',
    isPlan: true,
    field: ({ paths }) => `${paths.strategy}.trafficRoutings`,
    read: (rollout) => partOf(rollout, 'trafficRoutings') ?? [],
  },
];

export const frozenWhileBusy: RolloutRule = (context) => {
  const { rollout, old } = context;
  const phase = field(field(old, 'status'), 'phase');
  if (old === undefined || !BUSY.includes(phase)) return [];
  const isOpen = isPlanOpen(old);
  return PARTS.flatMap((part): Violation[] => {
    if (part.isPlan === true && isOpen) return [];
    if (part.isFreeInV1alpha1 === true && context.v1alpha1 !== undefined) return [];
    const value = part.read(rollout);
    const before = part.read(old);
    if (equal(value, before)) return [];
    return [
      {
        rule: 'frozen-while-busy',
        field: part.field(context),
        value,
        message: `${part.what} cannot change while the Rollout is ${String(phase)}; it was ${shown(before)}`,
        remedy: 'wait until the release is done, or roll the workload back first',
      },
    ];
  });
};
