// The leader's part: control runs while the Lease is ours, and Events tell what it does.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { LEASE_NAME } from '../api/names.ts';
import { createEventRecorder } from '../kube/events.ts';
import { createLeaderElector, type LeaderElector } from '../kube/lease.ts';
import type { Store } from '../kube/store.ts';
import type { Tables } from '../reconcile/tables.ts';
import type { ReconcileReport } from '../runtime/controller.ts';
import { systemClock } from '../runtime/clock.ts';
import { createControl, type Control } from './control.ts';
import type { ServeNeeds } from './needs.ts';

export interface Leading {
  start(): void;
  stop(): Promise<void>;
}

export interface LeadNeeds extends ServeNeeds {
  store: Store;
  tables: Tables;
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
function follow({ log, metrics }: LeadNeeds, elector: LeaderElector, control: Control, identity: string): void {
  elector.onStartedLeading(() => {
    log.info({ identity }, 'leading');
    metrics.leading(true);
    control.start();
  });
  elector.onStoppedLeading(() => {
    log.info({ identity }, 'not leading any more');
    metrics.leading(false);
    void control.stop();
  });
}

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
  metrics.readQueues(() => control.controllers.map((one) => ({ controller: one.name, ...one.stats() })));
  follow(needs, elector, control, identity);
  return {
    start: () => (alone ? control.start() : elector.start()),
    async stop() {
      await control.stop();
      await elector.stop();
      await events.stop();
    },
  };
}

function note({ metrics, log }: LeadNeeds, report: ReconcileReport): void {
  const { controller, key, outcome, durationMs, error, retryInMs } = report;
  metrics.reconciled(controller, outcome, durationMs / 1000);
  if (error !== undefined) log.warn({ controller, key, outcome, retryInMs, err: error }, 'a reconcile failed');
}
