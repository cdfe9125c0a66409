// What the gatherers of the shell hand to the plans for a process that has just begun.

import type { BatchRelease } from '../../../../../src/api/batch-release.ts';
import type { Gates } from '../../../../../src/api/names.ts';
import type { Rollout } from '../../../../../src/api/rollout.ts';
import type { TrafficRouting } from '../../../../../src/api/traffic-routing.ts';
import type { BatchObserved } from '../../../../../src/core/batch/batch-observed.ts';
import { planRollout } from '../../../../../src/core/rollout/plan-rollout.ts';
import type { RolloutObserved } from '../../../../../src/core/rollout/rollout-observed.ts';
import type { RoutingObserved } from '../../../../../src/core/routing/routing-observed.ts';
import type { Plan } from '../../../../../src/core/tasks/plan.ts';
import { planned } from '../../../../../src/gather/answers.ts';
import { observeBatchRelease as ofBatchRelease } from '../../../../../src/gather/batch-release.ts';
import type { Observer } from '../../../../../src/gather/observer.ts';
import { observeRollout as ofRollout } from '../../../../../src/gather/rollout.ts';
import { observeRouting as ofRouting } from '../../../../../src/gather/traffic-routing.ts';
import { BUILT_IN } from '../../../../../src/workloads/index.ts';
import type { ApiServer } from './api-server.ts';
import { ModelClient } from './client.ts';
import { NO_GATES, RULES } from './controller.ts';
import { ToldTables } from './tables.ts';

/** What the process knows beside the objects. */
export interface Memory {
  writtenAt: Record<string, number>;
  nameTaken: boolean;
  /** Switches of the process; all off by default. */
  gates?: Gates;
}

const UNTIL_DONE = new AbortController().signal;

const observerOf = (server: ApiServer, now: number, { writtenAt, gates = NO_GATES }: Memory): Observer => ({
  reader: new ModelClient(server),
  ...new ToldTables(server),
  kinds: BUILT_IN,
  now: () => now,
  writtenAt: () => writtenAt,
  rules: RULES,
  gates,
});

type Look<Observed> = (server: ApiServer, name: string, now: number, memory: Memory) => Promise<Observed | undefined>;

export const observeRollout: Look<RolloutObserved> = async (server, name, now, memory) => {
  const observer = observerOf(server, now, memory);
  const rollout = observer.tables.rollouts.get(server.namespace, name) as Rollout | undefined;
  return rollout === undefined ? undefined : ofRollout(observer, rollout, UNTIL_DONE);
};

export const observeBatchRelease: Look<BatchObserved> = async (server, name, now, memory) => {
  const observer = observerOf(server, now, memory);
  const release = observer.tables.batchReleases.get(server.namespace, name) as BatchRelease | undefined;
  if (release === undefined) return undefined;
  return { ...(await ofBatchRelease(observer, release, UNTIL_DONE)), nameTaken: memory.nameTaken };
};

export const observeRouting: Look<RoutingObserved> = async (server, name, now, memory) => {
  const observer = observerOf(server, now, memory);
  const routing = observer.tables.trafficRoutings.get(server.namespace, name) as TrafficRouting | undefined;
  return routing === undefined ? undefined : ofRouting(observer, routing, UNTIL_DONE);
};

/** The plan, with what it asks for answered by the server. */
export const planAnswered = (server: ApiServer, observed: RolloutObserved): Promise<Plan> =>
  planned(new ModelClient(server), UNTIL_DONE, (answers) => planRollout({ ...observed, answers }));
