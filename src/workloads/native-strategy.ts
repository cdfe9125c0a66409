// The native strategy of a Deployment that is rolled by partition, and the annotation that stands for it: how they are taken
// and how they are given back. Of both styles a Deployment is given back by these, whatever was done to it before.

import {
  PARTITION_ROLLING_STYLE,
  readDeploymentStrategy,
  rollingUpdateOf,
  type DeploymentStrategy,
} from '../api/deployment-strategy.ts';
import type { JsonObject, KubeObject } from '../api/kube.ts';
import { ANNOTATION, LABEL } from '../api/names.ts';
import { patch, type Action, type PatchAction } from '../objects/actions.ts';
import { isObject, readAt } from '../lib/json.ts';
import { percentOf } from '../lib/int-or-percent.ts';
import { annotationOf, labelOf } from '../objects/marks.ts';
import { DEPLOYMENT, isDeploymentPaused } from './deployment.ts';

export const STRATEGY = ['spec', 'strategy'];
export const RECREATE = 'Recreate';
const ROLLING = 'RollingUpdate';

export const isRecreate = (deployment: KubeObject): boolean => readAt(deployment, [...STRATEGY, 'type']) === RECREATE;

/** The annotation's strategy where it stands for the native one. */
export function drivenStrategy(deployment: KubeObject): DeploymentStrategy | undefined {
  const strategy = readDeploymentStrategy(annotationOf(deployment, ANNOTATION.deploymentStrategy));
  return strategy?.rollingStyle === PARTITION_ROLLING_STYLE && isRecreate(deployment) ? strategy : undefined;
}

/** The user's own strategy, as the annotation shall keep it from the native one. */
export const takenStrategy = (deployment: KubeObject): Pick<DeploymentStrategy, 'rollingUpdate' | 'nativeType'> => ({
  rollingUpdate: rollingUpdateOf(readAt(deployment, [...STRATEGY, 'rollingUpdate'])),
  ...(isRecreate(deployment) ? { nativeType: RECREATE } : {}),
});

const isQuantity = (value: unknown): boolean =>
  percentOf(value) !== undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0);
const isNothing = (value: unknown): boolean => value === 0 || percentOf(value) === 0;

/** As the API server takes it, whatever a person wrote into the annotation. */
function nativeStrategy({ rollingUpdate, nativeType }: DeploymentStrategy): JsonObject {
  if (nativeType === RECREATE) return { type: RECREATE };
  const { maxSurge, maxUnavailable } = rollingUpdate;
  const isUsable = isQuantity(maxSurge) && isQuantity(maxUnavailable);
  const { maxSurge: surge, maxUnavailable: missing } = isUsable ? rollingUpdate : rollingUpdateOf(undefined);
  const isStuck = isNothing(surge) && isNothing(missing);
  return { type: ROLLING, rollingUpdate: { maxSurge: surge, maxUnavailable: isStuck ? 1 : missing } };
}

/** Only our marks go: it stays paused, with the pods as they are and with the user's own strategy for when it is resumed. */
export function freeze(deployment: KubeObject): Action[] {
  const claim = annotationOf(deployment, ANNOTATION.controlInfo);
  const extra = claim === undefined ? {} : { annotations: { [ANNOTATION.controlInfo]: null } };
  return letGo(deployment, extra).map((action) => (action.do === 'patch' ? keepingPause(action) : action));
}

function keepingPause(action: PatchAction): PatchAction {
  const spec = readAt(action.patch, ['spec']);
  const { paused: _kept, ...rest } = isObject(spec) ? spec : {};
  const { spec: _spec, ...body } = action.patch;
  const patched = Object.keys(rest).length === 0 ? body : { ...body, spec: rest };
  return { ...action, patch: patched, why: 'leave the Deployment as it is: paused' };
}

/** One write that ends the hold, the marks of the release, and the strategy that stood in for the user's. */
export function letGo(deployment: KubeObject, extra: { labels?: JsonObject; annotations?: JsonObject } = {}): Action[] {
  const strategy = drivenStrategy(deployment);
  const dropLabel = (key: string): JsonObject => (labelOf(deployment, key) === undefined ? {} : { [key]: null });
  const drop = (key: string): JsonObject => (annotationOf(deployment, key) === undefined ? {} : { [key]: null });
  const metadata = {
    labels: {
      ...dropLabel(LABEL.stableRevision),
      ...dropLabel(LABEL.controlledByAdvancedDeployment),
      ...extra.labels,
    },
    annotations: {
      ...drop(ANNOTATION.inProgressing),
      ...(strategy === undefined
        ? {}
        : { ...drop(ANNOTATION.deploymentStrategy), ...drop(ANNOTATION.deploymentExtraStatus) }),
      ...extra.annotations,
    },
  };
  const spec: JsonObject = {
    ...(isDeploymentPaused(deployment) ? { paused: null } : {}),
    ...(strategy === undefined ? {} : { strategy: nativeStrategy(strategy) }),
  };
  const body: JsonObject = {
    ...(Object.values(metadata).some((map) => Object.keys(map).length > 0) ? { metadata } : {}),
    ...(Object.keys(spec).length > 0 ? { spec } : {}),
  };
  if (Object.keys(body).length === 0) return [];
  return [patch(DEPLOYMENT, deployment, body, 'give the Deployment back: end the hold and its marks in one write')];
}
