// Pure readers of a Rollout v1beta1: the one place that knows which field, default or annotation answers a question.
// Total on sparse objects, because the rules run on whatever a client sent.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson, safeEncode } from '../core/revision.ts';
import { field, isObject, without } from './convert/json.ts';
import { groupOf, type KubeObject } from './kube.ts';
import { ANNOTATION, DEFAULT_GRACE_PERIOD_SECONDS } from './names.ts';
import type {
  BlueGreenStatus,
  BlueGreenStrategy,
  CanaryStatus,
  CanaryStrategy,
  ObjectReference,
  Rollout,
  RolloutStep,
  TrafficRoutingRef,
} from './rollout.ts';

export type Style = 'canary' | 'partition' | 'bluegreen';
/** Fields that the status of every style has. */
export type SubStatus = Pick<CanaryStatus, keyof CanaryStatus & keyof BlueGreenStatus>;

const specOf = (rollout: KubeObject): unknown => field(rollout, 'spec');
const list = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);

export const workloadRefOf = (rollout: KubeObject): ObjectReference | undefined => {
  const ref = field(specOf(rollout), 'workloadRef');
  return isObject(ref) ? (ref as ObjectReference) : undefined;
};

/** The part of the strategy that is in use; blueGreen where both are given. */
export function strategyOf(rollout: KubeObject): CanaryStrategy | BlueGreenStrategy | undefined {
  const strategy = field(specOf(rollout), 'strategy');
  const used = field(strategy, 'blueGreen') ?? field(strategy, 'canary');
  return isObject(used) ? (used as CanaryStrategy) : undefined;
}

const isBlueGreen = (rollout: KubeObject): boolean => isObject(field(field(specOf(rollout), 'strategy'), 'blueGreen'));

/** A canary Deployment is asked for: explicitly, or by the pod metadata that only its pods can carry. */
export function asksForExtraWorkload(rollout: KubeObject): boolean {
  const canary = strategyOf(rollout);
  const flag = field(canary, 'enableExtraWorkloadForCanary');
  return typeof flag === 'boolean' ? flag : isObject(field(canary, 'patchPodTemplateMetadata'));
}

const isDeployment = (ref: ObjectReference | undefined): boolean =>
  ref?.kind === 'Deployment' && typeof ref.apiVersion === 'string' && groupOf(ref.apiVersion) === 'apps';

/** Only a Deployment can have a canary beside it; every other kind replaces its pods in place. */
export function styleOf(rollout: KubeObject): Style {
  if (isBlueGreen(rollout)) return 'bluegreen';
  return asksForExtraWorkload(rollout) && isDeployment(workloadRefOf(rollout)) ? 'canary' : 'partition';
}

export const stepsOf = (rollout: KubeObject): RolloutStep[] => list(field(strategyOf(rollout), 'steps'));

export const trafficRoutingsOf = (rollout: KubeObject): TrafficRoutingRef[] =>
  list(field(strategyOf(rollout), 'trafficRoutings'));

/** Name of the shared TrafficRouting: the annotation is the live reference, else the field. */
export function trafficRoutingRefOf(rollout: KubeObject): string | undefined {
  const annotation = field(field(field(rollout, 'metadata'), 'annotations'), ANNOTATION.trafficRouting);
  const names = [annotation, field(strategyOf(rollout), 'trafficRoutingRef')];
  return names.find((name): name is string => typeof name === 'string' && name !== '');
}

/** A step that moves requests, by share or by match. */
export const routesTraffic = (step: RolloutStep): boolean =>
  typeof step.traffic === 'string' || list(step.matches).length > 0;

export const isPaused = (rollout: KubeObject): boolean => field(field(specOf(rollout), 'strategy'), 'paused') === true;
export const isDisabled = (rollout: KubeObject): boolean => field(specOf(rollout), 'disabled') === true;

/** Seconds to wait after a change of a Service or route: the largest of the routings; 0 is honoured. */
export function gracePeriodSeconds(rollout: KubeObject): number {
  const seconds = trafficRoutingsOf(rollout).map((routing) => {
    const value = field(routing, 'gracePeriodSeconds');
    return typeof value === 'number' && value >= 0 ? value : DEFAULT_GRACE_PERIOD_SECONDS;
  });
  return seconds.length === 0 ? DEFAULT_GRACE_PERIOD_SECONDS : Math.max(...seconds);
}

export type SubStatusName = 'canaryStatus' | 'blueGreenStatus';
export const subStatusName = (rollout: KubeObject): SubStatusName =>
  isBlueGreen(rollout) ? 'blueGreenStatus' : 'canaryStatus';

/** Names of the fields in which the sub-statuses differ. */
export const SUB_STATUS_FIELDS = {
  canaryStatus: { revision: 'canaryRevision', replicas: 'canaryReplicas', readyReplicas: 'canaryReadyReplicas' },
  blueGreenStatus: { revision: 'updatedRevision', replicas: 'updatedReplicas', readyReplicas: 'updatedReadyReplicas' },
} as const;

/** The status of the style in use. */
export function subStatus(rollout: Rollout): SubStatus | undefined {
  const status = field(rollout.status, subStatusName(rollout));
  return isObject(status) ? (status as SubStatus) : undefined;
}

/** Revision that the status is about; undefined before the first release. */
export function releasedRevision(rollout: Rollout): string | undefined {
  const revision = field(subStatus(rollout), SUB_STATUS_FIELDS[subStatusName(rollout)].revision);
  return typeof revision === 'string' && revision !== '' ? revision : undefined;
}

/** Not part of the plan: waiting, tolerance, and pod metadata, of which a release keeps what it began with. */
const UNPLANNED = ['failureThreshold', 'patchPodTemplateMetadata'];

/** Changes when the steps or the routing of the strategy in use change. */
export function strategyHash(rollout: KubeObject): string {
  const strategy = without(strategyOf(rollout) ?? {}, ...UNPLANNED);
  const steps = stepsOf(rollout).map((step) => (isObject(step) ? without(step, 'pause') : step));
  const plan = canonicalJson({ name: subStatusName(rollout), ...strategy, steps });
  return safeEncode(bytesToHex(sha256(utf8ToBytes(plan))));
}
