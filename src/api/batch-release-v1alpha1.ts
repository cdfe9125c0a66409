// BatchRelease v1alpha1, served for older clients: the style is an annotation, the workload one level deeper, and
// status has no message.

import { Type, type Static } from 'typebox';
import type { Condition, KubeObject } from './kube.ts';
import { batchReleaseStatusFields, enableExtraWorkloadField, releasePlanFields } from './batch-release.ts';
import { objectReference } from './routing.ts';

export const batchReleaseSpecV1alpha1Schema = Type.Object({
  targetReference: Type.Object({ workloadRef: objectReference('The workload that is released.') }),
  releasePlan: Type.Object({ ...releasePlanFields, enableExtraWorkloadForCanary: enableExtraWorkloadField }),
});
export type BatchReleaseSpecV1alpha1 = Static<typeof batchReleaseSpecV1alpha1Schema>;

export const batchReleaseStatusV1alpha1Schema = Type.Object(batchReleaseStatusFields);
export type BatchReleaseStatusV1alpha1 = Static<typeof batchReleaseStatusV1alpha1Schema> & { conditions?: Condition[] };

export interface BatchReleaseV1alpha1 extends KubeObject {
  spec: BatchReleaseSpecV1alpha1;
  status?: BatchReleaseStatusV1alpha1;
}
