// BatchRelease v1beta1, the stored version: the pods half of a release, made and owned by a Rollout.

import { Type, type Static } from 'typebox';
import type { Condition, KubeObject } from './kube.ts';
import { failureThresholdField, metaOfStatus, podMetadataSchema } from './rollout-parts.ts';
import { objectReference } from './routing.ts';
import { int32, intOrString, oneOf, time } from './schema.ts';
import { FINALIZING_POLICY, ROLLING_STYLE } from './states.ts';
import type { Style } from './style.ts';

export const releasePlanFields = {
  batches: Type.Optional(
    Type.Array(
      Type.Object({ canaryReplicas: intOrString({ description: 'New pods after this batch, rounded up.' }) }),
      { description: 'Sizes of the batches.' },
    ),
  ),
  batchPartition: Type.Optional(
    int32({ description: 'Last batch to release, from 0. Absent: go to the end and finalise.' }),
  ),
  rolloutID: Type.Optional(Type.String({ description: 'Release id, stamped on pods.' })),
  failureThreshold: failureThresholdField,
  finalizingPolicy: Type.Optional(
    oneOf([FINALIZING_POLICY.waitResume, FINALIZING_POLICY.immediate], {
      description: 'WaitResume: finalising ends when the native roll-out is complete.',
    }),
  ),
  patchPodTemplateMetadata: Type.Optional(podMetadataSchema),
};

const EXTRA_WORKLOAD = 'New pods run in a Deployment of their own.';
/** Old clients leave it out. */
export const enableExtraWorkloadField = Type.Optional(Type.Boolean({ description: EXTRA_WORKLOAD }));

const releasePlanSchema = Type.Object({
  ...releasePlanFields,
  rollingStyle: Type.Optional(oneOf([ROLLING_STYLE.canary, ROLLING_STYLE.partition, ROLLING_STYLE.blueGreen])),
  enableExtraWorkloadForCanary: Type.Boolean({ default: false, description: EXTRA_WORKLOAD }),
});
export type ReleasePlan = Static<typeof releasePlanSchema>;

export const batchReleaseSpecSchema = Type.Object({
  workloadRef: objectReference('The workload that is released.'),
  releasePlan: releasePlanSchema,
});
export type BatchReleaseSpec = Static<typeof batchReleaseSpecSchema>;

const batchStatusSchema = Type.Object({
  batchState: Type.Optional(Type.String()),
  currentBatch: Type.Optional(int32({ description: 'Batch under way, from 0.' })),
  batchReadyTime: Type.Optional(time()),
  updatedReplicas: Type.Optional(int32()),
  updatedReadyReplicas: Type.Optional(int32()),
  noNeedUpdateReplicas: Type.Optional(int32()),
});
export type BatchStatus = Static<typeof batchStatusSchema>;

const { message, ...metaWithoutMessage } = metaOfStatus;
export const batchReleaseStatusFields = {
  ...metaWithoutMessage,
  stableRevision: Type.Optional(Type.String()),
  updateRevision: Type.Optional(Type.String()),
  observedRolloutID: Type.Optional(Type.String()),
  observedWorkloadReplicas: Type.Optional(int32({ description: '-1: not known.' })),
  observedReleasePlanHash: Type.Optional(Type.String({ description: 'SHA-256 of releasePlan.' })),
  collisionCount: Type.Optional(int32()),
  canaryStatus: Type.Optional(batchStatusSchema),
};
export const batchReleaseStatusSchema = Type.Object({ ...batchReleaseStatusFields, message });
export type BatchReleaseStatus = Static<typeof batchReleaseStatusSchema> & { conditions?: Condition[] };

export interface BatchRelease extends KubeObject {
  spec: BatchReleaseSpec;
  status?: BatchReleaseStatus;
}

export function releaseStyleOf({ spec: { releasePlan } }: BatchRelease): Style {
  if (releasePlan.rollingStyle === ROLLING_STYLE.blueGreen) return 'bluegreen';
  const canary = releasePlan.rollingStyle === ROLLING_STYLE.canary || releasePlan.enableExtraWorkloadForCanary === true;
  return canary ? 'canary' : 'partition';
}

/** Where its batch is; empty while it has no status. */
export const batchStatusOf = (batchRelease: BatchRelease | undefined): Readonly<BatchStatus> =>
  batchRelease?.status?.canaryStatus ?? {};
