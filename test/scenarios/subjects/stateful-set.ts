// StatefulSet of Kubernetes: ordinals from the highest down to the partition run the new revision.

import { STATEFUL_SETS } from '../../../src/api/resources.ts';
import { NAME, type Subject } from '../subject.ts';

export const statefulSet: Subject = {
  name: 'StatefulSet',
  registered: 'apps/StatefulSet/partition',
  style: 'partition',
  resource: STATEFUL_SETS,
  resources: [STATEFUL_SETS],
  strategy: {},
  maxUnavailable: 1,
  addedPodsAreNew: true,
  rollsBackInBatches: true,
  spec: { serviceName: NAME },
};
