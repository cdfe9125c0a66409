// The control pipe, wired: tables -> triggers -> queues -> reconcilers -> apply. Runs only while this process leads.

import type { Config } from '../config.ts';
import { apply, type ApplyNeeds } from '../kube/apply.ts';
import type { Client } from '../kube/client.ts';
import type { Store } from '../kube/store.ts';
import { WriteLog } from '../kube/writes.ts';
import { batchReleaseReconciler } from '../reconcile/batch-release.ts';
import { deploymentReconciler, partitionedDeployments, watchDeployments } from '../reconcile/deployment.ts';
import type { Observer } from '../reconcile/observe.ts';
import type { Performer } from '../reconcile/perform.ts';
import { rolloutReconciler } from '../reconcile/rollout.ts';
import { workloadKey, type Tables } from '../reconcile/tables.ts';
import { connect } from '../reconcile/triggers.ts';
import { trafficRoutingReconciler } from '../reconcile/traffic-routing.ts';
import { workloadReconciler } from '../reconcile/workload.ts';
import type { Kinds } from '../workloads/kinds.ts';
import { createController, type Controller, type ReconcileReport } from '../runtime/controller.ts';
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
  controllers: readonly Controller[];
}

export function createControl(needs: ControlNeeds): Control {
  const { config, client, store, tables, clock } = needs;
  const writes = new WriteLog();
  const observer: Observer = {
    client,
    store,
    tables,
    kinds: needs.kinds,
    now: () => clock.now(),
    writtenAt: () => writes.all(),
    rules: config.rules,
    gates: config.featureGates,
  };
  const performer = performerOf(needs, writes);
  const run = (reconciler: Parameters<typeof createController>[0], workers: number): Controller =>
    createController(reconciler, { clock, workers, onReport: needs.onReport });
  const rollouts = run(rolloutReconciler(observer, performer), config.workers.rollout);
  const releases = run(batchReleaseReconciler(observer, performer), config.workers.batchRelease);
  const workloads = run(workloadReconciler(observer, performer), config.workers.rollout);
  const routings = run(trafficRoutingReconciler(observer, performer), config.workers.trafficRouting);
  const deployments = run(deploymentReconciler(observer, performer), config.workers.deployment);
  const isRolling = config.featureGates.AdvancedDeployment;
  const controllers = [rollouts, releases, workloads, routings, ...(isRolling ? [deployments] : [])];
  connect(tables, {
    rollout: (key) => rollouts.add(key),
    batchRelease: (key) => releases.add(key),
    workload: (key) => workloads.add(key),
    trafficRouting: (key) => routings.add(key),
  });
  if (isRolling) watchDeployments(store, (key) => deployments.add(key));
  return {
    start() {
      addAll(tables, { rollouts, releases, workloads, routings });
      if (isRolling) for (const key of partitionedDeployments(store)) deployments.add(key);
      for (const controller of controllers) controller.start();
    },
    controllers,
    stop: async () => void (await Promise.all(controllers.map((controller) => controller.stop()))),
  };
}

const performerOf = (needs: ControlNeeds, writes: WriteLog): Performer => ({
  apply: (actions, signal) => apply(actions, fenced(needs, writes, signal)),
  event: needs.event,
  log: needs.log,
});

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
  const keyOf = (object: { metadata: { namespace?: string; name: string } }): string =>
    `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
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
