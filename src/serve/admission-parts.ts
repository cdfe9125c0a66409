// What the webhook server asks, wired: the registry of judges, what they see, and what was let pass, remembered for a moment.

import type { Rollout } from '../api/rollout.ts';
import { doorsOf } from '../core/admission/doors.ts';
import type { Judge } from '../core/admission/judge.ts';
import { JUDGES } from '../core/admission/judges/index.ts';
import { rolloutLetPass, withRemembered } from '../core/admission/remembered.ts';
import type { RuleSettings } from '../core/admission/rules/index.ts';
import { snapshotLive, snapshotOf } from '../gather/admission.ts';
import type { Reader } from '../kube/port.ts';
import type { Store } from '../kube/store.ts';
import type { AdmissionParts } from '../server/server-needs.ts';
import type { Tables } from '../tables/tables.ts';
import type { Kinds } from '../workloads/kinds.ts';
import { RecentRollouts } from './recent-rollouts.ts';

export interface AdmissionNeeds {
  reader: Reader;
  store: Store;
  tables: Tables;
  kinds: Kinds;
  /** User name of our own writes. */
  identity: string;
  settings: RuleSettings;
  /** Who judges, where not those of the registry. */
  judges?: readonly Judge[];
}

export function admissionParts(needs: AdmissionNeeds): AdmissionParts {
  const observer = { ...needs, rules: needs.settings };
  const { rollouts } = needs.tables;
  const recent = new RecentRollouts();
  rollouts.onChange((before, after) => {
    if (before !== undefined && after === undefined) recent.forget(before as Rollout);
  });
  return {
    doors: doorsOf(needs.judges ?? JUDGES, needs.kinds),
    snapshot: (review, judges) => snapshotOf(observer, review, judges),
    lookLive: (review, judges, signal) => snapshotLive(observer, review, judges, signal),
    recall: (review, known) => {
      const cached = (name: string) => rollouts.get(review.namespace, name);
      return { ...known, rollouts: withRemembered(review, known.rollouts, recent.in(review.namespace), cached) };
    },
    judged: (review, verdict) => {
      const rollout = rolloutLetPass(review, verdict);
      if (rollout !== undefined) recent.note(rollout);
    },
  };
}
