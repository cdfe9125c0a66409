// Deployment in partition style: new pods take the place of old ones within maxSurge and maxUnavailable, up to the step.

import { DEPLOYMENTS } from '../../../src/api/resources.ts';
import type { Subject } from '../subject.ts';

export const deploymentPartition: Subject = {
  name: 'Deployment partition',
  registered: 'apps/Deployment/partition',
  style: 'partition',
  resource: DEPLOYMENTS,
  resources: [DEPLOYMENTS],
  strategy: { enableExtraWorkloadForCanary: false },
  maxUnavailable: 1,
  addedPodsAreNew: false,
  rollsBackInBatches: false,
  spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } } },
};
