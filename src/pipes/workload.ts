// Workloads: who governs this one, and what it carries of our marks.

import { BATCH_RELEASES, ROLLOUTS } from '../api/resources.ts';
import type { Rollout } from '../api/rollout.ts';
import { confirmedClaims } from '../core/workload/claims.ts';
import { planWorkload, type WorkloadFacts } from '../core/workload/enrolment.ts';
import { candidatesWith, type Candidate } from '../core/workload/governing.ts';
import { observeWorkload } from '../gather/workload.ts';
import type { Table } from '../kube/store.ts';
import { namespaceOf, workloadKey, workloadOfRelease, workloadOfRollout } from '../tables/keys.ts';
import type { Pipe } from './pipe.ts';
import { workloads } from './wakes.ts';

const keysIn = (table: Table): string[] => {
  const { group, kind } = table.resource;
  return table.list().map((object) => workloadKey(namespaceOf(object), group, kind, object.metadata.name));
};

/** What is planned, and how Rollouts that a live list shows are judged. */
interface Observed {
  facts: WorkloadFacts;
  candidateOf: (rollout: Rollout) => Candidate;
}

export const WORKLOAD: Pipe<Observed> = {
  name: 'workload',
  workers: { setting: 'rollout', byDefault: 3 },
  tables: [],
  wakes: [
    { on: ROLLOUTS, keys: (rollout) => [workloadOfRollout(rollout)] },
    { on: BATCH_RELEASES, keys: (release) => [workloadOfRelease(release)] },
    ...workloads((key) => [key]),
  ],
  all: (tables) => tables.workloads.values().flatMap(keysIn),
  observe(key, observer) {
    const facts = observeWorkload(observer, key);
    const candidateOf = candidatesWith(observer.rules, observer.kinds);
    return Promise.resolve(facts === undefined ? undefined : { facts, candidateOf });
  },
  plan: ({ facts, candidateOf }, _last, answers) =>
    planWorkload({ ...facts, ...confirmedClaims(answers, facts.workload, facts.kind.kind, candidateOf) }),
  about: ({ facts }) => facts.workload,
  // Workload kinds ask for what this needs.
  rights: [],
};
