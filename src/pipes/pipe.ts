// The contract of a pipe: everything about one reconciled resource. One file a pipe, one line each in index.ts; tables,
// triggers, controllers, rights, flags and `uninstall` follow from that list. What a plan reads must be among what wakes it:
// nothing is re-checked by time.

import type { KubeObject, Resource } from '../api/kube.ts';
import type { FeatureGate } from '../api/names.ts';
import type { Announced, Plan } from '../core/tasks/plan.ts';
import type { Answers } from '../core/tasks/questions.ts';
import type { Observer } from '../gather/observer.ts';
import type { Family, TableSpec, Tables } from '../tables/tables.ts';
import type { Permission } from '../workloads/workload.ts';

/** `Observed`: the plain value that its plan is made from. */
export interface Pipe<Observed = unknown> {
  /** Of its controller, in metrics and logs. */
  name: string;
  /** Without this gate it has no table, no controller and no wakes; its rights and its flag are there. */
  gate?: FeatureGate;
  workers: Workers;
  /** Tables that nobody else defines. */
  tables: readonly TableSpec[];
  wakes: readonly Wake[];
  /** What looks again when a kind of workload is learned, or turns out not to be there. */
  onKindSettled?(tables: Tables): Iterable<string>;
  /** Everything there is, for a new leader. */
  all(tables: Tables): Iterable<string>;
  /** Undefined = there is nothing to do. */
  observe(key: string, observer: Observer, signal: AbortSignal): Promise<Observed | undefined>;
  /** `answers`: to what it asked in earlier rounds. */
  plan(observed: Observed, last: LastAttempt, answers: Answers): Plan;
  /** Whom its Events and log lines are about. */
  about(observed: Observed, key: string): KubeObject;
  /** It wrote what no table has, so nothing else will wake it. */
  looksAgain?(plan: Plan): boolean;
  /** What our account may do for it, beside what workload kinds and traffic providers ask for. */
  rights: readonly Permission[];
  farewell?: Farewell;
}

/** Which changes give which keys. */
export interface Wake {
  on: Resource | Family;
  /** Asked for the object as it was and as it is; `resource` is that of its table. */
  keys(object: KubeObject, tables: Tables, resource: Resource): Iterable<string>;
}

/** How many keys at once: `--<setting>-workers` in lower case. Pipes may share a setting. */
export interface Workers {
  setting: string;
  byDefault: number;
}

/** What the API server said to the last attempt with this key. Lost on a restart, which asks again. */
export interface LastAttempt {
  /** Why it was refused for good (quota, policy, an invalid object); '' = it was not. */
  refused: string;
  /** It ended in an error, whichever. */
  hasFailed: boolean;
  /** It found the name that it wanted to create in use. */
  nameTaken: boolean;
  /** How many attempts in a row did. */
  namesTaken: number;
  /** Which wait this text in the status of this key tells of (`Plan.announces`), by pipe; undefined = not known any more. */
  announced(pipe: string, text: string | undefined): Announced | undefined;
}

/** What `uninstall` does to its objects, which stay, once nothing is held any more. */
export interface Farewell {
  resource: Resource;
  /** Its status tells of what nobody carries on, and is cleared: why, and what a user is told about that. */
  outdated(object: KubeObject): { why: string; told?: string } | undefined;
  isOurs(finalizer: string): boolean;
  /** Why our finalizers go. */
  why: string;
}
