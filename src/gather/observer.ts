// What every gatherer looks with: the tables, a port that only reads, and what the process knows beside them.

import type { Gates } from '../api/names.ts';
import type { RuleSettings } from '../core/admission/rules/index.ts';
import type { Reader } from '../kube/port.ts';
import type { Store } from '../kube/store.ts';
import type { Tables } from '../tables/tables.ts';
import type { Kinds } from '../workloads/kinds.ts';

export interface Observer {
  reader: Reader;
  store: Store;
  tables: Tables;
  kinds: Kinds;
  now(): number;
  /** When this process wrote an object last, by `resource/namespace/name`. */
  writtenAt(): Record<string, number>;
  /** Settings of the rules for Rollouts. */
  rules: RuleSettings;
  gates: Gates;
}
