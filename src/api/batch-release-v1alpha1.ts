// BatchRelease v1alpha1, served for older clients: the style is an annotation, the workload one level deeper, and
// status has no message.

import { Type } from 'typebox';
import { batchReleaseStatusFields, enableExtraWorkloadField, releasePlanFields } from './batch-release.ts';
import { objectReference } from './routing.ts';

export const batchReleaseSpecV1alpha1Schema = Type.Object({
  targetReference: Type.Object({ workloadRef: objectReference('The workload that is released.') }),
  releasePlan: Type.Object({ ...releasePlanFields, enableExtraWorkloadForCanary: enableExtraWorkloadField }),
});

export const batchReleaseStatusV1alpha1Schema = Type.Object(batchReleaseStatusFields);
