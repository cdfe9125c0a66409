// A BatchRelease as the workload kinds want to see it.

import { ANNOTATION, API_VERSION } from '../../api/names.ts';
import type { BatchRelease } from '../../api/batch-release.ts';
import { controllerOf } from '../../objects/ownership.ts';
import type { ReleaseContext } from '../../workloads/workload.ts';

export const releaseContext = (batchRelease: BatchRelease): ReleaseContext => ({
  batchRelease,
  owner: {
    apiVersion: API_VERSION.v1beta1,
    kind: 'BatchRelease',
    name: batchRelease.metadata.name,
    uid: batchRelease.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  },
  podMetadata: batchRelease.spec.releasePlan.patchPodTemplateMetadata,
  collisionCount: batchRelease.status?.collisionCount ?? 0,
});

/** A Rollout made it and decides about its workload; without one somebody made it by hand. */
export const isOwned = (batchRelease: BatchRelease): boolean => controllerOf(batchRelease) !== undefined;

/** The release takes a workload back to its stable revision, batch by batch. */
export const isRollbackInBatches = ({ metadata }: BatchRelease): boolean =>
  metadata.annotations?.[ANNOTATION.rollbackInBatch] === 'true';

/** Whoever made it takes the update back: it goes no further, also when the template that it releases returns. */
export const isHalted = ({ metadata }: BatchRelease): boolean => metadata.annotations?.[ANNOTATION.halted] === 'true';
