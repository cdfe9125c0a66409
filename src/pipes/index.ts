// Everything that is reconciled, one line each. Tables, triggers, controllers, rights, flags and `uninstall` follow from it.

import type { Gates } from '../api/names.ts';
import type { TableSpec } from '../tables/tables.ts';
import type { Permission } from '../workloads/workload.ts';
import { BATCH_RELEASE } from './batch-release.ts';
import { DEPLOYMENT } from './deployment.ts';
import type { Pipe } from './pipe.ts';
import { ROLLOUT } from './rollout.ts';
import { ROLLOUT_HISTORY } from './rollout-history.ts';
import { TRAFFIC_ROUTING } from './traffic-routing.ts';
import { WORKLOAD } from './workload.ts';

export const PIPES: readonly Pipe[] = [
  // In the order in which a change wakes them, after the one whose table it is.
  ROLLOUT,
  BATCH_RELEASE,
  WORKLOAD,
  TRAFFIC_ROUTING,
  DEPLOYMENT,
  ROLLOUT_HISTORY,
];

export const switchedOn = (gates: Gates, pipes = PIPES): readonly Pipe[] =>
  pipes.filter(({ gate }) => gate === undefined || gates[gate]);

export const tablesOf = (pipes: readonly Pipe[]): readonly TableSpec[] => pipes.flatMap(({ tables }) => tables);

/** Whatever gates are on: a gate is a flag of the process, rights are given when it is installed. */
export const PIPE_RIGHTS: readonly Permission[] = PIPES.flatMap(({ rights }) => rights);

/** Flags for how many keys a controller works on at once, by setting. */
export const WORKER_SETTINGS: Readonly<Record<string, number>> = Object.fromEntries(
  PIPES.map(({ workers }) => [workers.setting, workers.byDefault]),
);
