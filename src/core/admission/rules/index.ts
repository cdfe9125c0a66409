// The rules a Rollout must obey, in the order in which people read them. Admission refuses with all broken ones at once; the
// controller runs the same chain on what is stored and never enrols a workload for a Rollout that breaks one.

import { equal, field, isObject, put } from '../../../lib/json.ts';
import { ANNOTATION } from '../../../api/names.ts';
import type { Rollout } from '../../../api/rollout.ts';
import { noConflict } from './conflict.ts';
import { frozenWhileBusy } from './frozen.ts';
import { growingSize, growingWeight, validSize } from './steps.ts';
import { hasSteps, oneStrategy, rollingStyle } from './strategy.ts';
import { partitionTraffic, trafficPercent, trafficRouting } from './traffic.ts';
import { failureThreshold, matchPattern, pauseDuration } from './values.ts';
import { contextOf, type RolloutRule, type RuleInput, type Violation } from './violation.ts';
import { blueGreenKind, heldNamespace, supportedKind, workloadRef } from './workload.ts';

export { formatViolations, type RuleInput, type RuleSettings, type Violation } from './violation.ts';

const CHAIN: RolloutRule[] = [
  heldNamespace,
  workloadRef,
  supportedKind,
  blueGreenKind,
  oneStrategy,
  rollingStyle,
  hasSteps,
  validSize,
  growingSize,
  growingWeight,
  trafficPercent,
  partitionTraffic,
  trafficRouting,
  pauseDuration,
  failureThreshold,
  matchPattern,
  noConflict,
  frozenWhileBusy,
];

/** Every broken rule; empty when the Rollout is fine. Never throws, whatever the objects hold. */
export function validateRollout(input: RuleInput): Violation[] {
  const context = contextOf(input);
  if (input.old !== undefined && sameButSwitches(input.old, input.rollout)) {
    return sameStyleText(input.old, input.v1alpha1) ? [] : rollingStyle(context);
  }
  const before = brokenBefore(input);
  return CHAIN.flatMap((rule) => rule(context)).filter((violation) => !before.some((one) => isSame(one, violation)));
}

/** Rules that came later: what broke one before may stay, so that everything else can still be edited. */
const RATCHETED: RolloutRule[] = [heldNamespace, pauseDuration, failureThreshold, matchPattern];

function brokenBefore({ old, siblings, settings }: RuleInput): Violation[] {
  if (old === undefined) return [];
  const before = contextOf({ rollout: old, siblings, settings });
  return RATCHETED.flatMap((rule) => rule(before));
}

const isSame = (a: Violation, b: Violation): boolean => a.rule === b.rule && equal(a.value, b.value);

/** Finalizers, metadata, disabled and paused can always change, also on a Rollout that breaks a rule. */
function sameButSwitches(old: Rollout, rollout: Rollout): boolean {
  const judged = (one: Rollout): unknown => {
    const spec = field(one, 'spec');
    if (!isObject(spec)) return spec;
    return put(put(spec, ['disabled'], undefined), ['strategy', 'paused'], undefined);
  };
  return equal(judged(old), judged(rollout));
}

const styleText = (object: unknown): unknown =>
  field(field(field(object, 'metadata'), 'annotations'), ANNOTATION.rollingStyle);
const sameStyleText = (old: Rollout, request: unknown): boolean => equal(styleText(old), styleText(request));
