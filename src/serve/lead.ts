// The leader's part: control runs while the Lease is ours, and Events tell what it does.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { LEASE_NAME } from '../api/names.ts';
import { createEventRecorder } from '../kube/events.ts';
import { createLeaderElector, type LeaderElector } from '../kube/lease.ts';
import type { Store, Table } from '../kube/store.ts';
import { BATCH_RELEASE } from '../pipes/batch-release.ts';
import type { ReconcileReport } from '../runtime/controller.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Tables } from '../tables/tables.ts';
import type { Kinds } from '../workloads/kinds.ts';
import { createControl, type Control } from './control.ts';
import { createLayers, type Layers } from './layers.ts';
import { watchTable } from './learned-kinds.ts';
import type { ServeNeeds } from './needs.ts';
import { PodWatches } from './pod-watches.ts';

export interface Leading {
  /** What it alone must watch. */
  tables: readonly Table[];
  start(): void;
  /** What holds the kinds that are known, in place before one of them is enrolled; nothing where another process leads. */
  enforce(): Promise<boolean>;
  stop(): Promise<void>;
}

export interface LeadNeeds extends ServeNeeds {
  store: Store;
  tables: Tables;
  kinds: Kinds;
}

function electorFor({ config, client, log }: LeadNeeds, identity: string): LeaderElector {
  const { durationMs, renewMs: renewDeadlineMs, retryMs: retryPeriodMs } = config.lease;
  return createLeaderElector({
    client,
    namespace: config.namespace,
    name: LEASE_NAME,
    identity,
    clock: systemClock,
    timing: { durationMs, renewDeadlineMs, retryPeriodMs },
    onFailure: (error) => log.warn({ err: error }, 'the Lease could not be read or written'),
  });
}

/** Control begins with leadership and ends with it. */
function follow({ log, metrics }: LeadNeeds, elector: LeaderElector, work: Work, identity: string): void {
  elector.onStartedLeading(() => {
    log.info({ identity }, 'leading');
    metrics.leading(true);
    work.start();
  });
  elector.onStoppedLeading(() => {
    log.info({ identity }, 'not leading any more');
    metrics.leading(false);
    void work.stop();
  });
}

/** What only the leader does. */
type Work = Pick<Control, 'start' | 'stop'>;

const together = (control: Control, layers: Layers, pods: PodWatches): Work => ({
  start() {
    control.start();
    layers.start();
    pods.start();
  },
  stop: async () => void (await Promise.all([pods.stop(), control.stop(), layers.controller.stop()])),
});

export function lead(needs: LeadNeeds): Leading {
  const { config, client, log, metrics } = needs;
  const identity = `${hostname()}_${randomUUID()}`;
  const elector = electorFor(needs, identity);
  const events = createEventRecorder({ client, clock: systemClock, reportingInstance: identity });
  const alone = !config.lease.elect;
  const control = createControl({
    ...needs,
    clock: systemClock,
    isLeader: () => alone || elector.isLeader(),
    event: (about, type, reason, message) => events.record(about, { type, reason, message }),
    log: (fields, message) => log.info(fields, message),
    onReport: (report) => note(needs, report),
  });
  const layers = createLayers({ ...needs, clock: systemClock, onReport: (report) => note(needs, report) });
  const controllers = [...control.controllers, layers.controller];
  metrics.readQueues(() => controllers.map((one) => ({ controller: one.name, ...one.stats() })));
  const pods = new PodWatches({
    ...needs,
    watch: (table) => watchTable(needs, table),
    wake: (key) => control.wake(BATCH_RELEASE.name, key),
    onError: (error) => log.error({ err: error }, 'a listener failed'),
  });
  const work = together(control, layers, pods);
  follow(needs, elector, work, identity);
  return {
    tables: layers.tables,
    start: () => (alone ? work.start() : elector.start()),
    enforce: async () => (alone || elector.isLeader()) && (await layers.mend()),
    async stop() {
      await work.stop();
      await elector.stop();
      await events.stop();
    },
  };
}

function note({ metrics, log }: ServeNeeds, report: ReconcileReport): void {
  const { controller, key, outcome, durationMs, error, retryInMs } = report;
  metrics.reconciled(controller, outcome, durationMs / 1000);
  if (error !== undefined) log.warn({ controller, key, outcome, retryInMs, err: error }, 'a reconcile failed');
}
