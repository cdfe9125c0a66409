// Readers of a Rollout (v1beta1): what its fields mean, with defaults, for both styles. Total: a sparse or odd object gives
// empty answers, never an exception, because the rules run on whatever a client sent.

import { safeEncode, sha256Hex } from '../lib/hash.ts';
import { canonicalJson, field, isObject, without } from '../lib/json.ts';
import { groupOf, type KubeObject } from './kube.ts';
import { ANNOTATION, CONDITION, DEFAULT_GRACE_PERIOD_SECONDS, PLAN_OPEN_REASON } from './names.ts';
import type {
  BlueGreenStrategy,
  CanaryStrategy,
  ObjectReference,
  PodMetadata,
  RolloutStep,
  TrafficRoutingRef,
} from './rollout.ts';

export type RolloutStyle = 'canary' | 'partition' | 'bluegreen';

const list = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const specOf = (rollout: KubeObject): unknown => field(rollout, 'spec');
const styled = (rollout: KubeObject, style: 'canary' | 'blueGreen'): unknown => {
  const value = field(field(specOf(rollout), 'strategy'), style);
  return isObject(value) ? value : undefined;
};

/** The part of the strategy in use. */
export const strategyOf = (rollout: KubeObject): CanaryStrategy | BlueGreenStrategy | undefined =>
  (styled(rollout, 'canary') ?? styled(rollout, 'blueGreen')) as CanaryStrategy | undefined;

export function workloadRefOf(rollout: KubeObject): ObjectReference {
  const ref = field(specOf(rollout), 'workloadRef');
  return { apiVersion: text(field(ref, 'apiVersion')), kind: text(field(ref, 'kind')), name: text(field(ref, 'name')) };
}

/** A canary Deployment is asked for: explicitly, or by pod metadata, which only pods of its own can carry. */
export function asksForExtraWorkload(rollout: KubeObject): boolean {
  const canary = styled(rollout, 'canary');
  const flag = field(canary, 'enableExtraWorkloadForCanary');
  return typeof flag === 'boolean' ? flag : isObject(field(canary, 'patchPodTemplateMetadata'));
}

/** Only a Deployment can have a canary beside it; canary on anything else works in place. */
export function styleOf(rollout: KubeObject): RolloutStyle {
  if (styled(rollout, 'canary') === undefined && styled(rollout, 'blueGreen') !== undefined) return 'bluegreen';
  const { apiVersion, kind } = workloadRefOf(rollout);
  const deployment = kind === 'Deployment' && groupOf(apiVersion) === 'apps';
  return deployment && asksForExtraWorkload(rollout) ? 'canary' : 'partition';
}

export const stepsOf = (rollout: KubeObject): RolloutStep[] => list(field(strategyOf(rollout), 'steps'));

export const trafficRoutingsOf = (rollout: KubeObject): TrafficRoutingRef[] =>
  list(field(strategyOf(rollout), 'trafficRoutings'));

export const trafficRoutingOf = (rollout: KubeObject): TrafficRoutingRef | undefined => {
  const [first] = trafficRoutingsOf(rollout);
  return isObject(first) ? first : undefined;
};

/**
 * Name of a shared TrafficRouting, or ''. The annotation is the live reference, as scripts set it; without it the field
 * counts.
 */
export const trafficRoutingRefOf = (rollout: KubeObject): string =>
  text(field(field(field(rollout, 'metadata'), 'annotations'), ANNOTATION.trafficRouting)) ||
  text(field(strategyOf(rollout), 'trafficRoutingRef'));

/** A step that moves requests, by share or by match. */
export const routesTraffic = (step: RolloutStep): boolean =>
  typeof field(step, 'traffic') === 'string' || list(field(step, 'matches')).length > 0;

export const disablesCanaryService = (rollout: KubeObject): boolean =>
  field(strategyOf(rollout), 'disableGenerateCanaryService') === true;

export const patchedPodMetadata = (rollout: KubeObject): PodMetadata | undefined => {
  const metadata = field(styled(rollout, 'canary'), 'patchPodTemplateMetadata');
  return isObject(metadata) ? metadata : undefined;
};

export const failureThresholdOf = (rollout: KubeObject): number | string | undefined =>
  strategyOf(rollout)?.failureThreshold;

/** Seconds between two changes of traffic: the largest of the routings; 0 means none, everywhere. */
export function gracePeriodSeconds(rollout: KubeObject): number {
  const seconds = trafficRoutingsOf(rollout).map((routing) => {
    const value = field(routing, 'gracePeriodSeconds');
    return typeof value === 'number' && value >= 0 ? value : DEFAULT_GRACE_PERIOD_SECONDS;
  });
  return seconds.length === 0 ? DEFAULT_GRACE_PERIOD_SECONDS : Math.max(...seconds);
}

export const isPaused = (rollout: KubeObject): boolean => field(field(specOf(rollout), 'strategy'), 'paused') === true;
export const isDisabled = (rollout: KubeObject): boolean => field(specOf(rollout), 'disabled') === true;

export type SubStatusName = 'canaryStatus' | 'blueGreenStatus';
export const subStatusName = (rollout: KubeObject): SubStatusName =>
  styleOf(rollout) === 'bluegreen' ? 'blueGreenStatus' : 'canaryStatus';

/** Not part of the plan: tolerance, and pod metadata, of which a release keeps what it began with. */
const UNPLANNED = ['failureThreshold', 'patchPodTemplateMetadata'];

/** Identity of the plan of a release: steps and routing of the style in use, without pauses. */
export function strategyHash(rollout: KubeObject): string {
  const strategy = without({ ...strategyOf(rollout) }, ...UNPLANNED);
  const steps = stepsOf(rollout).map((step) => (isObject(step) ? without(step, 'pause') : step));
  const plan = canonicalJson({ style: subStatusName(rollout), ...strategy, steps });
  return safeEncode(sha256Hex(plan));
}

const trueCondition = (rollout: KubeObject, type: string): unknown =>
  list<unknown>(field(field(rollout, 'status'), 'conditions')).find(
    (condition) => field(condition, 'type') === type && field(condition, 'status') === 'True',
  );
const planOpen = (rollout: KubeObject): unknown => trueCondition(rollout, CONDITION.planOpen);

/** A release has begun, and nothing of what its plan says is done yet. */
export const isPlanOpen = (rollout: KubeObject): boolean => planOpen(rollout) !== undefined;

/** A hold was answered, and no look has seen it stored. Whoever begins a release says Progressing; a version that is older leaves the rest. */
export const isHoldAnswered = (rollout: KubeObject): boolean =>
  field(planOpen(rollout), 'reason') === PLAN_OPEN_REASON.holdAnswered &&
  trueCondition(rollout, CONDITION.progressing) === undefined;
