// One Sluice process in the model: the shell's own triggers, gatherers, plans and writes over the model's API server. It may be
// killed after any write.

import { keyIn } from '../../../../../src/api/object-key.ts';
import type { KubeObject } from '../../../../../src/api/kube.ts';
import { FEATURE_GATES, type Gates } from '../../../../../src/api/names.ts';
import type { Observer } from '../../../../../src/gather/observer.ts';
import { apply } from '../../../../../src/kube/apply.ts';
import { isKubeError } from '../../../../../src/kube/errors.ts';
import { WriteLog } from '../../../../../src/kube/writes.ts';
import type { Action } from '../../../../../src/objects/actions.ts';
import { BATCH_RELEASE } from '../../../../../src/pipes/batch-release.ts';
import { wakeOnChanges } from '../../../../../src/pipes/wake-on-changes.ts';
import type { ApplyOutcome, Performer } from '../../../../../src/pipes/perform.ts';
import { ROLLOUT } from '../../../../../src/pipes/rollout.ts';
import { reconcilerOf } from '../../../../../src/pipes/run.ts';
import { AnnouncedWaits } from '../../../../../src/pipes/announced-waits.ts';
import { TRAFFIC_ROUTING } from '../../../../../src/pipes/traffic-routing.ts';
import type { Clock } from '../../../../../src/runtime/clock.ts';
import type { Reconciler } from '../../../../../src/runtime/controller.ts';
import { BUILT_IN } from '../../../../../src/workloads/index.ts';
import type { ApiServer, Write } from './api-server.ts';
import { ModelClient } from './client.ts';
import { LANE, WEB } from './objects.ts';
import { ToldTables } from './tables.ts';

export { AnswerLost, SLUICE } from './client.ts';

/** Thrown by a listener of writes to end the process there. */
export class Killed extends Error {}

export type Part = 'rollout' | 'batch' | 'routing';
export const PARTS: readonly Part[] = ['rollout', 'batch', 'routing'];
/** Who enrols workloads is not in the model. */
const MODELLED = { rollout: ROLLOUT, batch: BATCH_RELEASE, routing: TRAFFIC_ROUTING };

export const NO_GATES = Object.fromEntries(FEATURE_GATES.map((gate) => [gate, false])) as Gates;
export const RULES: Observer['rules'] = { partitionPercentLimit: 50, filterWorkloadType: true };
const UNTIL_DONE = new AbortController().signal;

/** What is gone when the process dies. */
interface Process {
  told: ToldTables;
  writes: WriteLog;
  reconcilers: Record<Part, Reconciler>;
}

export class Controller {
  readonly #server: ApiServer;
  readonly #client: ModelClient;
  readonly #clock: Clock;
  readonly #wake: (part: Part) => void;
  readonly #keys: Record<Part, string>;
  #process: Process;
  #attempted: readonly Action[] = [];
  #onlyPlans = false;
  wakeAt: Partial<Record<Part, number>> = {};
  /** Events recorded so far. */
  readonly events: string[] = [];

  constructor(server: ApiServer, now: () => number, wake: (part: Part) => void = () => {}) {
    this.#server = server;
    this.#client = new ModelClient(server);
    this.#clock = { now, monotonic: now, after: () => () => {} };
    this.#wake = wake;
    const web = keyIn(server.namespace, WEB);
    this.#keys = { rollout: web, batch: web, routing: keyIn(server.namespace, LANE) };
    this.#process = this.#begin();
  }

  restart(): void {
    this.#process = this.#begin();
    this.wakeAt = {};
    // A new leader looks at everything once.
    for (const part of PARTS) this.#wake(part);
  }

  /** The server has stored this; `lags`: the watches tell it later. */
  hear(write: Write, lags: boolean): void {
    this.#process.told.hear(write, lags);
  }

  /** The watches tell one write that they have not told yet; false when there is none. */
  catchUp(): boolean {
    return this.#process.told.catchUp();
  }

  /** What it would write now. */
  async plan(part: Part): Promise<readonly Action[]> {
    this.#onlyPlans = true;
    try {
      await this.#reconcile(part);
    } finally {
      this.#onlyPlans = false;
    }
    return this.#attempted;
  }

  /** True when anything was attempted. */
  async run(part: Part): Promise<boolean> {
    delete this.wakeAt[part];
    const began = this.#clock.now();
    try {
      const { wakeAt, again } = await this.#reconcile(part);
      if (wakeAt !== undefined) this.#wakeLater(part, wakeAt, began);
      return again === true || this.#attempted.length > 0;
    } catch (error) {
      if (error instanceof Killed) this.restart();
      // Tried again after a while by the shell, and at once by the model.
      else if (!(isKubeError(error) && error.retryable)) throw error;
      return true;
    }
  }

  #wakeLater(part: Part, time: number, now: number): void {
    if (time <= now) throw new Error('a deadline in the past');
    this.wakeAt[part] = time;
  }

  #reconcile(part: Part) {
    this.#attempted = [];
    return this.#process.reconcilers[part].reconcile(this.#keys[part], UNTIL_DONE);
  }

  #begin(): Process {
    const told = new ToldTables(this.#server);
    const writes = new WriteLog();
    const observer: Observer = {
      reader: this.#client,
      ...told,
      kinds: BUILT_IN,
      now: () => this.#clock.now(),
      writtenAt: () => writes.all(),
      rules: RULES,
      gates: NO_GATES,
    };
    const performer: Performer = {
      apply: (actions) => this.#apply(actions, told, writes),
      event: (_about: KubeObject, _type, _reason, message) => void this.events.push(message),
      log: () => {},
    };
    wakeOnChanges(Object.values(MODELLED), told.tables, (pipe, key) => {
      for (const part of PARTS) if (MODELLED[part].name === pipe && key === this.#keys[part]) this.#wake(part);
    });
    const shell = { observer, performer, announcedWaits: new AnnouncedWaits() };
    const reconcilers = {
      rollout: reconcilerOf(ROLLOUT, shell),
      batch: reconcilerOf(BATCH_RELEASE, shell),
      routing: reconcilerOf(TRAFFIC_ROUTING, shell),
    };
    return { told, writes, reconcilers };
  }

  async #apply(actions: readonly Action[], { store }: ToldTables, writes: WriteLog): Promise<ApplyOutcome> {
    this.#attempted = actions;
    if (this.#onlyPlans) return {};
    const needs = { client: this.#client, store, clock: this.#clock, writes, fence: { isLeader: () => true } };
    return apply(actions, needs);
  }
}
