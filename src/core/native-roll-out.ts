// How a workload that rolls out by itself is told of, by whoever waits for it.

import type { WorkloadView } from '../workloads/workload.ts';

export const nativeRollOutText = ({ status: { updated, available }, replicas }: WorkloadView): string =>
  `the workload rolls out by itself: ${updated} of ${replicas} pods updated, ${available} available`;
