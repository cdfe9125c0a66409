// Kinds of a cluster's own: what a Rollout names and no registry line knows is released like a StatefulSet, where the process
// was started with --filter-workload-type=false. Discovery tells the resource; then a watch, webhook rules and policies
// (layers.ts) follow, without a restart. Tried again when Rollouts or definitions change.

import { groupOf, type Resource } from '../api/kube.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../api/resources.ts';
import type { ObjectReference, Rollout } from '../api/rollout.ts';
import { workloadRefOf } from '../api/rollout-view.ts';
import { servedKind } from '../kube/served-kind.ts';
import type { Store, Table } from '../kube/store.ts';
import type { Watch, WatchTiming } from '../kube/watch-contract.ts';
import { startWatch } from '../kube/watch.ts';
import type { Logger } from '../obs/log.ts';
import { backoffMs } from '../runtime/backoff.ts';
import { sleep, systemClock } from '../runtime/clock.ts';
import { defineWorkloads } from '../tables/shared.ts';
import type { Tables } from '../tables/tables.ts';
import type { Kinds } from '../workloads/kinds.ts';
import type { ServeNeeds } from './needs.ts';
import { completePolicies } from './apply-policies.ts';

export interface LearningNeeds extends ServeNeeds {
  store: Store;
  tables: Tables;
  kinds: Kinds;
  /** Stopped with the process; watches of learned kinds join. */
  watches: Watch[];
  /** Brings policies and webhook rules into place where this process leads; true when something had to be written. */
  enforce(): Promise<boolean>;
}

/** API servers take up new policies and rules within about a second, and nothing tells when. */
const TAKEN_UP_MS = 3_000;

const RETRY = { baseMs: 500, capMs: 30_000, random: Math.random };

export const watchTable = ({ client, log }: ServeNeeds, table: Table, timing: Partial<WatchTiming> = {}): Watch =>
  startWatch({
    client,
    table,
    clock: systemClock,
    timing,
    onFailure: ({ collection, error, retryInMs }) =>
      log.warn({ collection, retryInMs, reason: error.reason, err: error.message }, 'a watch failed'),
  });

/** Resolves once the kinds that are named now are known, and policies hold them; goes on learning after. */
export async function learnKinds(needs: LearningNeeds): Promise<void> {
  const { client, config, kinds, log, store, tables } = needs;
  const look = singleFlight(log, () => lookForKinds(needs));
  // An API group that does not answer must not keep the others waiting, nor this process from being ready.
  await lookForKinds(needs).catch(() => void look());
  await singleFlight(log, async () => void (await completePolicies(client, config, kinds, log)))();
  const again = (): void => {
    if (unknownRefs(needs).length > 0) void look();
  };
  tables.rollouts.onChange(again);
  store.table(CUSTOM_RESOURCE_DEFINITIONS).onChange(again);
}

async function lookForKinds(needs: LearningNeeds): Promise<void> {
  const failures: unknown[] = [];
  const fresh: Resource[] = [];
  await Promise.all(
    unknownRefs(needs).map(async ({ apiVersion, kind }) => {
      try {
        const resource = await servedKind(needs.client, apiVersion, kind);
        if (resource === undefined) needs.tables.workloads.noteAbsent(groupOf(apiVersion), kind);
        else if (needs.kinds.learn(resource)) fresh.push(resource);
      } catch (error) {
        failures.push(error);
      }
    }),
  );
  if (fresh.length > 0) await follow(needs, fresh);
  if (failures.length > 0) throw failures[0];
}

/** An object is enrolled once its table is there, so whatever holds it comes first. */
async function follow(needs: LearningNeeds, fresh: readonly Resource[]): Promise<void> {
  const { client, config, kinds, log } = needs;
  try {
    const created = await completePolicies(client, config, kinds, log);
    const isNew = (await needs.enforce()) || created > 0;
    if (isNew) await sleep(systemClock, TAKEN_UP_MS);
  } catch (error) {
    log.warn({ err: error }, 'what holds a kind of this cluster could not be brought into place yet');
  }
  for (const resource of fresh) watchKind(needs, resource);
}

/** Runs until it succeeds; asked for while it runs, it runs once more. */
function singleFlight(log: Logger, run: () => Promise<void>): () => Promise<void> {
  let asked = false;
  let running = false;
  return async () => {
    asked = true;
    if (running) return;
    running = true;
    for (let failures = 0; asked;) {
      asked = false;
      try {
        await run();
        failures = 0;
      } catch (error) {
        asked = true;
        failures += 1;
        const retryInMs = backoffMs(failures, RETRY);
        log.warn({ err: error, retryInMs }, 'kinds and policies could not be brought into place');
        await sleep(systemClock, retryInMs);
      }
    }
    running = false;
  };
}

/** What Rollouts name and nobody knows. */
function unknownRefs({ config, tables, kinds }: LearningNeeds): ObjectReference[] {
  if (config.rules.filterWorkloadType) return [];
  const refs = tables.rollouts.list().map((rollout) => workloadRefOf(rollout as Rollout));
  const unknown = refs.filter(({ apiVersion, kind }) => kind !== '' && kinds.isUnknown(groupOf(apiVersion), kind));
  return [...new Map(unknown.map((ref) => [`${ref.apiVersion}/${ref.kind}`, ref])).values()];
}

function watchKind(needs: LearningNeeds, resource: Resource): void {
  const { kinds, store, tables, watches, log } = needs;
  const table = defineWorkloads(store, kinds, resource, (error) => log.error({ err: error }, 'a listener failed'));
  watches.push(watchTable(needs, table));
  void table.whenSynced().then(() => tables.workloads.add(table));
  log.info(
    { resource: `${resource.plural}.${resource.group}` },
    'a kind of this cluster is released like a StatefulSet',
  );
}
