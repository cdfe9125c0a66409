// A BatchRelease as the workload kinds want to see it.

import { API_VERSION } from '../../api/names.ts';
import type { BatchRelease } from '../../api/batch-release.ts';
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
