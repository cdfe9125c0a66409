// What the webhook server asks: decisions of the pure core over what the tables know, or over one live look.

import type { KubeObject } from '../api/kube.ts';
import { groupOf } from '../api/kube.ts';
import { V1ALPHA1 } from '../api/names.ts';
import { ROLLOUTS } from '../api/resources.ts';
import { convert } from '../api/convert/index.ts';
import type { Rollout } from '../api/rollout.ts';
import { decide } from '../core/admission/decide.ts';
import { formatViolations, validateRollout, type RuleSettings } from '../core/admission/rules/index.ts';
import type { Decision, Review } from '../core/admission/types.ts';
import { isAbout, snapshotLive, snapshotOf } from '../gather/admission.ts';
import type { Reader } from '../kube/port.ts';
import type { Store } from '../kube/store.ts';
import type { AdmissionParts } from '../server/parts.ts';
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
}

export function admissionParts(needs: AdmissionNeeds): AdmissionParts {
  const observer = { ...needs, rules: needs.settings };
  return {
    decide,
    snapshot: (review) => snapshotOf(observer, review),
    lookLive: (review, signal) => snapshotLive(observer, review, signal),
    ...witness(needs),
  };
}

/** The cache has it, or has a later one; of two that were made under one name the later is the one let pass. */
const isKnown = (cached: KubeObject | undefined, noted: Rollout): boolean =>
  cached !== undefined &&
  cached.metadata.uid === noted.metadata.uid &&
  (cached.metadata.generation ?? 0) >= (noted.metadata.generation ?? 0);

/** Validates Rollouts, and remembers for a moment those that it let pass. */
function witness(needs: AdmissionNeeds): Pick<AdmissionParts, 'recall' | 'validateRollout'> {
  const recent = new RecentRollouts();
  const { rollouts: table } = needs.tables;
  table.onChange((before, after) => {
    if (before !== undefined && after === undefined) recent.forget(before as Rollout);
  });
  return {
    recall: (review, known) => {
      const { namespace } = review;
      const news = recent.in(namespace).filter((one) => !isKnown(table.get(namespace, one.metadata.name), one));
      const names = new Set(news.map(({ metadata }) => metadata.name));
      const kept = known.rollouts.filter(({ metadata }) => !names.has(metadata.name));
      return { ...known, rollouts: [...kept, ...news.filter((one) => isAbout(review, one))] };
    },
    validateRollout: (review) => {
      const decision = judgeRollout(needs, review);
      if (decision.is === 'allow' && !review.dryRun && review.object !== undefined)
        recent.note(stored(review.object) as Rollout);
      return decision;
    },
  };
}

const REASON = { valid: 'rollout-valid', invalid: 'rollout-invalid' } as const;

function judgeRollout({ tables, settings }: AdmissionNeeds, review: Review): Decision {
  if (review.object === undefined || review.operation === 'DELETE')
    return { is: 'allow', reason: REASON.valid, warnings: [] };
  const rollout = stored(review.object) as Rollout;
  const old = review.oldObject === undefined ? undefined : (stored(review.oldObject) as Rollout);
  const siblings = tables.rollouts.list(review.namespace) as Rollout[];
  const violations = validateRollout({
    rollout,
    siblings,
    settings,
    ...(old === undefined ? {} : { old }),
    ...(review.version === V1ALPHA1 ? { v1alpha1: review.object } : {}),
  });
  if (violations.length === 0) return { is: 'allow', reason: REASON.valid, warnings: [] };
  const message = formatViolations(violations);
  return {
    is: 'deny',
    reason: violations[0]?.rule ?? REASON.invalid,
    code: 422,
    message,
    retryable: false,
    warnings: [],
  };
}

/** As v1beta1, whatever version the client wrote. */
const stored = (object: KubeObject): KubeObject =>
  groupOf(object.apiVersion ?? '') === ROLLOUTS.group && object.apiVersion?.endsWith(`/${V1ALPHA1}`) === true
    ? convert(object, `${ROLLOUTS.group}/${ROLLOUTS.version}`)
    : object;
