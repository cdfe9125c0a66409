// How many pods a step means.

import type { Capabilities } from '../workloads/workload.ts';
import { ceilScaled } from '../lib/int-or-percent.ts';

/** Its share rounded up, unless the kind says otherwise. */
export const podsOfStep = (kind: Capabilities | undefined, step: unknown, replicas: number): number =>
  kind?.stepSize?.(step, replicas) ?? ceilScaled(step, replicas);
