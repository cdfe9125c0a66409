// Readers of a Rollout (v1beta1): what its fields mean, with defaults, for both styles. Total: a sparse or odd object gives
// empty answers, never an exception.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson, safeEncode } from '../core/revision.ts';
import { groupOf } from './kube.ts';
import { ANNOTATION, DEFAULT_GRACE_PERIOD_SECONDS } from './names.ts';
import type {
  BlueGreenStrategy,
  CanaryStrategy,
  ObjectReference,
  PodMetadata,
  Rollout,
  RolloutStep,
  TrafficRoutingRef,
} from './rollout.ts';

export type RolloutStyle = 'canary' | 'partition' | 'bluegreen';

const canaryOf = (rollout: Rollout): CanaryStrategy | undefined => rollout.spec?.strategy?.canary;
const strategyOf = (rollout: Rollout): CanaryStrategy | BlueGreenStrategy | undefined =>
  canaryOf(rollout) ?? rollout.spec?.strategy?.blueGreen;

export const workloadRefOf = (rollout: Rollout): ObjectReference =>
  rollout.spec?.workloadRef ?? { apiVersion: '', kind: '', name: '' };

/**
 * Pod metadata needs pods of its own, so giving it asks for a canary Deployment unless that is refused. Only a Deployment
 * can have one; canary on anything else works in place.
 */
export function styleOf(rollout: Rollout): RolloutStyle {
  const canary = canaryOf(rollout);
  if (canary === undefined) return rollout.spec?.strategy?.blueGreen === undefined ? 'partition' : 'bluegreen';
  const { apiVersion, kind } = workloadRefOf(rollout);
  const extra = canary.enableExtraWorkloadForCanary ?? canary.patchPodTemplateMetadata !== undefined;
  return extra && kind === 'Deployment' && groupOf(apiVersion) === 'apps' ? 'canary' : 'partition';
}

export const stepsOf = (rollout: Rollout): RolloutStep[] => {
  const steps = strategyOf(rollout)?.steps;
  return Array.isArray(steps) ? steps : [];
};

export const trafficRoutingOf = (rollout: Rollout): TrafficRoutingRef | undefined =>
  strategyOf(rollout)?.trafficRoutings?.[0];

/** Name of a shared TrafficRouting: the field and the annotation mean the same. */
export const trafficRoutingRefOf = (rollout: Rollout): string =>
  strategyOf(rollout)?.trafficRoutingRef || rollout.metadata.annotations?.[ANNOTATION.trafficRouting] || '';

export const disablesCanaryService = (rollout: Rollout): boolean =>
  strategyOf(rollout)?.disableGenerateCanaryService === true;

export const patchedPodMetadata = (rollout: Rollout): PodMetadata | undefined =>
  canaryOf(rollout)?.patchPodTemplateMetadata;

export const failureThresholdOf = (rollout: Rollout): number | string | undefined =>
  strategyOf(rollout)?.failureThreshold;

/** Seconds between two changes of traffic; 0 means none, everywhere. */
export const gracePeriodSeconds = (rollout: Rollout): number =>
  Math.max(0, trafficRoutingOf(rollout)?.gracePeriodSeconds ?? DEFAULT_GRACE_PERIOD_SECONDS);

export const isPaused = (rollout: Rollout): boolean => rollout.spec?.strategy?.paused === true;
export const isDisabled = (rollout: Rollout): boolean => rollout.spec?.disabled === true;

/** Identity of the plan of a release: everything of the strategy but pauses and thresholds, which may change freely. */
export function strategyHash(rollout: Rollout): string {
  const { paused: _paused, ...strategy } = rollout.spec?.strategy ?? {};
  const plain = (style: CanaryStrategy | BlueGreenStrategy | undefined) => {
    if (style === undefined) return undefined;
    const { failureThreshold: _threshold, ...rest } = style;
    return { ...rest, steps: stepsOf(rollout).map(({ pause: _pause, ...step }) => step) };
  };
  const identity = { ...strategy, canary: plain(strategy.canary), blueGreen: plain(strategy.blueGreen) };
  return safeEncode(bytesToHex(sha256(utf8ToBytes(canonicalJson(identity)))));
}
