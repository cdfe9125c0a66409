// The control pipe, wired: tables -> triggers -> queues -> reconcilers -> apply. Runs only while this process leads.

import { keyOf } from '../api/object-key.ts';
import type { Config } from '../config.ts';
import { apply, type ApplyNeeds } from '../kube/apply.ts';
import type { Client } from '../kube/client.ts';
import type { Store } from '../kube/store.ts';
import { WriteLog } from '../kube/writes.ts';
import { batchReleaseReconciler } from '../reconcile/batch-release.ts';
import { deploymentReconciler, partitionedDeployments, watchDeployments } from '../reconcile/deployment.ts';
import type { Observer } from '../gather/observer.ts';
import type { Performer } from '../reconcile/perform.ts';
import { connectHistories, rolloutKeyOf } from '../reconcile/history-table.ts';
import { rolloutHistoryReconciler } from '../reconcile/rollout-history.ts';
import { rolloutReconciler } from '../reconcile/rollout.ts';
import { workloadKey, type Tables } from '../reconcile/tables.ts';
import { connect } from '../reconcile/triggers.ts';
import { trafficRoutingReconciler } from '../reconcile/traffic-routing.ts';
import { workloadReconciler } from '../reconcile/workload.ts';
import type { Kinds } from '../workloads/kinds.ts';
import { createController, type Controller, type Reconciler, type ReconcileReport } from '../runtime/controller.ts';
import type { Clock } from '../runtime/clock.ts';

export interface ControlNeeds {
  config: Config;
  client: Client;
  store: Store;
  tables: Tables;
  kinds: Kinds;
  clock: Clock;
  isLeader(): boolean;
  event: Performer['event'];
  log: Performer['log'];
  onReport(report: ReconcileReport): void;
}

export interface Control {
  /** Looks at everything once, then at what changes. */
  start(): void;
  stop(): Promise<void>;
  /** Something changed that no table of this pipe has. */
  lookAtRelease(key: string): void;
  controllers: readonly Controller[];
}

export function createControl(needs: ControlNeeds): Control {
  const { config, tables, clock } = needs;
  const { observer, performer } = shellOf(needs);
  const run: Run = (reconciler, workers) => createController(reconciler, { clock, workers, onReport: needs.onReport });
  const rollouts = run(rolloutReconciler(observer, performer), config.workers.rollout);
  const releases = run(batchReleaseReconciler(observer, performer), config.workers.batchRelease);
  const workloads = run(workloadReconciler(observer, performer), config.workers.rollout);
  const routings = run(trafficRoutingReconciler(observer, performer), config.workers.trafficRouting);
  const more = gated(needs, { observer, performer }, run);
  const controllers = [rollouts, releases, workloads, routings, ...more.map(({ controller }) => controller)];
  const lookAtRelease = (key: string): void => releases.add(key);
  connect(tables, {
    rollout: (key) => rollouts.add(key),
    batchRelease: lookAtRelease,
    workload: (key) => workloads.add(key),
    trafficRouting: (key) => routings.add(key),
  });
  return {
    start() {
      addAll(tables, { rollouts, releases, workloads, routings });
      for (const { controller, keys } of more) for (const key of keys()) controller.add(key);
      for (const controller of controllers) controller.start();
    },
    lookAtRelease,
    controllers,
    stop: async () => void (await Promise.all(controllers.map((controller) => controller.stop()))),
  };
}

type Run = (reconciler: Reconciler, workers: number) => Controller;

/** What every reconciler reads and writes with. */
interface Shell {
  observer: Observer;
  performer: Performer;
}

function shellOf(needs: ControlNeeds): Shell {
  const { config, client, store, tables, kinds, clock, event, log } = needs;
  const writes = new WriteLog();
  return {
    observer: {
      reader: client,
      store,
      tables,
      kinds,
      now: () => clock.now(),
      writtenAt: () => writes.all(),
      rules: config.rules,
      gates: config.featureGates,
    },
    performer: { apply: (actions, signal) => apply(actions, fenced(needs, writes, signal)), event, log },
  };
}

/** Controllers that a feature gate switches on, and the keys with which they begin. */
function gated(
  { config, store, tables }: ControlNeeds,
  { observer, performer }: Shell,
  run: Run,
): { controller: Controller; keys(): Iterable<string> }[] {
  const parts: ReturnType<typeof gated> = [];
  if (config.featureGates.AdvancedDeployment) {
    const controller = run(deploymentReconciler(observer, performer), config.workers.deployment);
    watchDeployments(store, (key) => controller.add(key));
    parts.push({ controller, keys: () => partitionedDeployments(store) });
  }
  const { histories, rollouts } = tables;
  if (histories !== undefined) {
    const controller = run(rolloutHistoryReconciler(observer, performer, histories), config.workers.rolloutHistory);
    connectHistories(histories, rollouts, (key) => controller.add(key));
    parts.push({ controller, keys: () => [...histories.list().map(rolloutKeyOf), ...rollouts.list().map(keyOf)] });
  }
  return parts;
}

const fenced = (
  { client, store, clock, isLeader }: ControlNeeds,
  writes: WriteLog,
  signal: AbortSignal,
): ApplyNeeds => ({
  client,
  store,
  clock,
  writes,
  signal,
  fence: { isLeader },
});

/** A new leader starts from what is there; nothing is carried over from the last one. */
function addAll(tables: Tables, to: Record<'rollouts' | 'releases' | 'workloads' | 'routings', Controller>): void {
  for (const rollout of tables.rollouts.list()) to.rollouts.add(keyOf(rollout));
  for (const release of tables.batchReleases.list()) to.releases.add(keyOf(release));
  for (const routing of tables.trafficRoutings.list()) to.routings.add(keyOf(routing));
  for (const table of tables.workloads.values()) {
    const { group, kind } = table.resource;
    for (const { metadata } of table.list()) {
      to.workloads.add(workloadKey(metadata.namespace ?? '', group, kind, metadata.name));
    }
  }
}
