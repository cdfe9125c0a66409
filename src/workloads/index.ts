// The registry of workload kinds and styles: one line each. Everything that must know which kinds exist (admission, watches,
// RBAC, policies, webhook rules, the documentation) is derived from it.

import { deploymentCanary } from './deployment-canary.ts';
import { deploymentPartition } from './deployment-partition.ts';
import { Kinds } from './kinds.ts';
import { statefulSet } from './statefulset.ts';
import type { Workload } from './workload.ts';

export const WORKLOADS: readonly Workload[] = [deploymentCanary, deploymentPartition, statefulSet];

/** The kinds of the registry alone, without what a cluster adds at run time. */
export const BUILT_IN = new Kinds(WORKLOADS);
