// Workloads: who governs this one, and what it carries of our marks.

import { BATCH_RELEASES, ROLLOUTS } from '../api/resources.ts';
import { planWorkload, type WorkloadFacts } from '../core/workload/enrolment.ts';
import { claimsLive, observeWorkload } from '../gather/workload.ts';
import type { Table } from '../kube/store.ts';
import type { Plan } from '../objects/actions.ts';
import { namespaceOf, workloadKey, workloadOfRelease, workloadOfRollout } from '../tables/keys.ts';
import type { Live, Pipe } from './pipe.ts';
import { workloads } from './wakes.ts';

const keysIn = (table: Table): string[] => {
  const { group, kind } = table.resource;
  return table.list().map((object) => workloadKey(namespaceOf(object), group, kind, object.metadata.name));
};

/** Again with a live list when the plan asks for one. It tells nothing by Events. */
async function planFrom(facts: WorkloadFacts, { observer, signal }: Live): Promise<Plan> {
  const plan = planWorkload(facts);
  const last = plan.needsLive ? planWorkload({ ...facts, ...(await claimsLive(observer, facts, signal)) }) : plan;
  return { ...last, events: [] };
}

export const WORKLOAD: Pipe<WorkloadFacts> = {
  name: 'workload',
  workers: { setting: 'rollout', byDefault: 3 },
  tables: [],
  wakes: [
    { on: ROLLOUTS, keys: (rollout) => [workloadOfRollout(rollout)] },
    { on: BATCH_RELEASES, keys: (release) => [workloadOfRelease(release)] },
    ...workloads((key) => [key]),
  ],
  all: (tables) => tables.workloads.values().flatMap(keysIn),
  observe: (key, observer) => Promise.resolve(observeWorkload(observer, key)),
  plan: (facts, _last, live) => planFrom(facts, live),
  about: ({ workload }) => workload,
  // Workload kinds ask for what this needs.
  rights: [],
};
