// What the webhook server asks, wired: the registry of judges, what they see, and what was let pass, remembered for a moment.

import type { Absence } from '../core/admission/absence.ts';
import { doorsOf } from '../core/admission/doors.ts';
import type { Judge } from '../core/admission/judge.ts';
import { JUDGES } from '../core/admission/judges/index.ts';
import { isShown, rolloutLetPass, withRemembered } from '../core/admission/remembered.ts';
import type { RuleSettings } from '../core/admission/rules/index.ts';
import { snapshotLive, snapshotOf } from '../gather/admission.ts';
import { isKubeError } from '../kube/errors.ts';
import type { Reader, Writer } from '../kube/port.ts';
import type { Store } from '../kube/store.ts';
import type { AdmissionParts } from '../server/server-needs.ts';
import type { Tables } from '../tables/tables.ts';
import type { Kinds } from '../workloads/kinds.ts';
import type { WatchStatus } from '../kube/watch-contract.ts';
import { RecentRollouts } from './recent-rollouts.ts';
import { RolloutSight, type SightNeeds } from './rollout-sight.ts';

export interface AdmissionNeeds {
  reader: Reader;
  /** What a verdict tells before it is answered; absent = nothing is told. */
  writer?: Pick<Writer, 'jsonPatch'>;
  store: Store;
  tables: Tables;
  kinds: Kinds;
  /** User name of our own writes. */
  identity: string;
  settings: RuleSettings;
  /** How the watch of the Rollouts does; undefined = it was not started yet. */
  rolloutsWatch?(): WatchStatus | undefined;
  /** What tells whether other processes of ours answer beside this one (`SightNeeds`). */
  company?: Pick<SightNeeds, 'isAlone' | 'ownNamespace' | 'deploymentsWatch' | 'isEnding'>;
  /** Milliseconds since the process was held up; undefined = never. */
  sinceStallMs?(): number | undefined;
  /** Milliseconds of a clock that never goes back. */
  now?(): number;
  /** Who judges, where not those of the registry. */
  judges?: readonly Judge[];
}

/** Nobody says who else answers. */
const UNKNOWN: NonNullable<AdmissionNeeds['company']> = {
  isAlone: false,
  ownNamespace: undefined,
  deploymentsWatch: () => undefined,
  isEnding: () => false,
};

export function admissionParts(needs: AdmissionNeeds): AdmissionParts {
  const { rollouts } = needs.tables;
  const now = needs.now ?? (() => performance.now());
  const recent = new RecentRollouts(now);
  const sight = new RolloutSight({
    tables: needs.tables,
    recent,
    watch: needs.rolloutsWatch ?? (() => undefined),
    ...(needs.company ?? UNKNOWN),
    now,
    sinceStallMs: needs.sinceStallMs ?? (() => undefined),
  });
  const absence = (namespace: string): Absence => sight.absence(namespace);
  const observer = { ...needs, rules: needs.settings, absence };
  return {
    doors: doorsOf(needs.judges ?? JUDGES, needs.kinds),
    snapshot: (review, judges) => snapshotOf(observer, review, judges),
    lookLive: (review, judges, signal) => snapshotLive(observer, review, judges, signal),
    tell: async ({ target, operations, subresource }, signal) => {
      const options = { signal, ...(subresource === undefined ? {} : { subresource }) };
      try {
        await needs.writer?.jsonPatch(target, [...operations], options);
      } catch (error) {
        // A test that failed: it is told already, by an earlier answer or by the watch.
        if (!isKubeError(error) || !error.invalid) throw error;
      }
    },
    recall: (review, known) => {
      const cached = (name: string) => rollouts.get(review.namespace, name);
      return { ...known, rollouts: withRemembered(review, known.rollouts, recent.in(review.namespace), cached) };
    },
    judged: (review, verdict) => {
      const rollout = rolloutLetPass(review, verdict);
      if (rollout === undefined || isShown(rollouts.get(review.namespace, rollout.metadata.name), rollout)) return;
      recent.note(rollout);
    },
  };
}
