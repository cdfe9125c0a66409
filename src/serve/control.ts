// The control pipe, wired: tables -> wakes -> queues -> pipes -> apply. Runs only while this process leads.

import type { Config } from '../config.ts';
import { apply, type ApplyNeeds } from '../kube/apply.ts';
import type { Client } from '../kube/client.ts';
import type { Store } from '../kube/store.ts';
import { WriteLog } from '../kube/writes.ts';
import { wakeOnChanges, type Waker } from '../pipes/wake-on-changes.ts';
import { switchedOn } from '../pipes/index.ts';
import type { Performer } from '../pipes/perform.ts';
import { reconcilerOf, type Shell } from '../pipes/run.ts';
import { AnnouncedWaits } from '../pipes/announced-waits.ts';
import type { Clock } from '../runtime/clock.ts';
import { createController, type Controller, type ReconcileReport } from '../runtime/controller.ts';
import type { Tables } from '../tables/tables.ts';
import type { Kinds } from '../workloads/kinds.ts';

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
  /** Something changed that no table of these pipes has. */
  wake: Waker;
  controllers: readonly Controller[];
}

export function createControl(needs: ControlNeeds): Control {
  const { config, tables, clock, onReport } = needs;
  const pipes = switchedOn(config.featureGates);
  const shell = shellOf(needs);
  const byName = new Map(
    pipes.map((pipe): [string, Controller] => {
      const workers = config.workers[pipe.workers.setting] ?? pipe.workers.byDefault;
      return [pipe.name, createController(reconcilerOf(pipe, shell), { clock, workers, onReport })];
    }),
  );
  const wake: Waker = (pipe, key) => byName.get(pipe)?.add(key);
  wakeOnChanges(pipes, tables, wake);
  const controllers = [...byName.values()];
  return {
    start() {
      // A new leader starts from what is there; nothing is carried over from the last one.
      shell.announcedWaits.clear();
      for (const { name, all } of pipes) for (const key of all(tables)) wake(name, key);
      for (const controller of controllers) controller.start();
    },
    wake,
    controllers,
    stop: async () => void (await Promise.all(controllers.map((controller) => controller.stop()))),
  };
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
    announcedWaits: new AnnouncedWaits(),
  };
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
