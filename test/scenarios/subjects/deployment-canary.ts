// Deployment in canary style: new pods in a Deployment of their own, the user's own pods untouched until the end.

import { DEPLOYMENTS } from '../../../src/api/resources.ts';
import type { Subject } from '../subject.ts';

export const deploymentCanary: Subject = {
  name: 'Deployment canary',
  registered: 'apps/Deployment/canary',
  style: 'canary',
  resource: DEPLOYMENTS,
  resources: [DEPLOYMENTS],
  strategy: { enableExtraWorkloadForCanary: true },
  maxUnavailable: 1,
  addedPodsAreNew: false,
  rollsBackInBatches: false,
  spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } } },
};
