// The truth table of the hold, row by row: situation and update on the left, verdict and stored object on the right.

import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../../../src/api/names.ts';
import { DOUBT } from '../../../../../src/core/admission/absence.ts';
import { REASON } from '../../../../../src/core/admission/texts.ts';
import type { Decision, Review, Snapshot } from '../../../../../src/core/admission/types.ts';
import {
  decide,
  deployment,
  enrolled,
  held,
  OURS,
  progressing,
  replicaSet,
  review,
  rollout,
  snapshot,
  stored,
} from '../../../workloads/objects.ts';

const DAY = '2026-01-02T00:00:00Z';
const LIVE = { live: true };
const shop = { rollouts: [rollout()] };
const twoActive = { related: { replicaSets: [replicaSet('v0', 3, 1), replicaSet('v1', 2, 2)] } };

interface Row {
  title: string;
  old: KubeObject;
  next: KubeObject;
  known?: Partial<Snapshot>;
  review?: Partial<Review>;
  verdict: Decision['is'];
  reason: string;
  /** Whether the stored object is held. */
  held: boolean;
  warns?: RegExp;
  denies?: RegExp;
}

const isHeld = ({ metadata, spec }: KubeObject): boolean =>
  (spec as { paused?: boolean }).paused === true && metadata.annotations?.[ANNOTATION.inProgressing] !== undefined;

const v1 = deployment(enrolled());
const v2 = deployment({ ...enrolled(), image: 'v2' });
/** v2 after the policy. */
const v2Held = deployment({
  image: 'v2',
  paused: true,
  labels: enrolled().labels,
  annotations: { ...enrolled().annotations, [ANNOTATION.inProgressing]: '{"rolloutName":"shop"}' },
});
const plain1 = deployment();
const plain2 = deployment({ image: 'v2' });
const escape = { labels: { [LABEL.enrolled]: 'false' } };
const v3 = { labels: held().labels, annotations: held().annotations, image: 'v3' };
const finalising = { rollouts: [rollout({ status: progressing('Finalising') })] };
const promoting = {
  related: { replicaSets: [replicaSet('v1', 2, 1), replicaSet('v2', 3, 2)] },
};
const promoted2 = deployment({ ...enrolled(), image: 'v2', status: { replicas: 5, updatedReplicas: 3 } });

const rows: Row[] = [
  {
    title: 'enrolled, healthy: held',
    old: v1,
    next: v2,
    known: shop,
    verdict: 'patch',
    reason: REASON.held,
    held: true,
    warns: /held by Rollout shop: released in 2 steps/,
  },
  {
    title: 'enrolled, healthy, held by the policy: completed with the stable revision',
    old: v1,
    next: v2Held,
    known: shop,
    verdict: 'patch',
    reason: REASON.held,
    held: true,
  },
  {
    title: 'enrolled, held by the policy, cache still without the Rollout: looks live',
    old: v1,
    next: v2Held,
    verdict: 'asks',
    reason: REASON.marked,
    held: true,
  },
  {
    title: 'not enrolled, cache without Rollout: looks live',
    old: plain1,
    next: plain2,
    verdict: 'asks',
    reason: REASON.negativeFromCache,
    held: false,
  },
  {
    title: 'not enrolled, a Rollout may be on its way into the cache: looks live',
    old: plain1,
    next: plain2,
    known: { absence: DOUBT.unseen },
    verdict: 'asks',
    reason: DOUBT.unseen,
    held: false,
  },
  {
    title: 'not enrolled, no Rollout in a cache that is known to lack none: untouched, without a look',
    old: plain1,
    next: plain2,
    known: { absence: 'known' },
    verdict: 'allow',
    reason: REASON.noRollout,
    held: false,
  },
  {
    title: 'not enrolled, its Rollout is disabled, in a cache that is known to lack none: untouched, without a look',
    old: plain1,
    next: plain2,
    known: { rollouts: [rollout({ disabled: true })], absence: 'known' },
    verdict: 'allow',
    reason: REASON.noRollout,
    held: false,
  },
  {
    title: 'enrolled, no Rollout in a cache that is known to lack none: looks live all the same',
    old: v1,
    next: v2,
    known: { absence: 'known' },
    verdict: 'asks',
    reason: REASON.marked,
    held: false,
  },
  {
    title: 'not enrolled, and named by the annotation: looks live all the same',
    old: deployment({ annotations: enrolled().annotations }),
    next: deployment({ annotations: enrolled().annotations, image: 'v2' }),
    known: { absence: 'known' },
    verdict: 'asks',
    reason: REASON.marked,
    held: false,
  },
  {
    title: 'no stable revision, by a cache that is known to lack no Rollout: looks live all the same',
    old: plain1,
    next: plain2,
    known: { ...shop, related: { replicaSets: [] }, absence: 'known' },
    verdict: 'asks',
    reason: REASON.revisionsFromCache,
    held: false,
  },
  {
    title: 'not enrolled, its Rollout created a moment ago: held and enrolled by the live look',
    old: plain1,
    next: plain2,
    known: { ...shop, ...LIVE },
    verdict: 'patch',
    reason: REASON.held,
    held: true,
    warns: /held by Rollout shop/,
  },
  {
    title: 'not enrolled, no Rollout: untouched',
    old: plain1,
    next: plain2,
    known: LIVE,
    verdict: 'allow',
    reason: REASON.noRollout,
    held: false,
  },
  {
    title: 'not enrolled, live look failed: untouched with a warning',
    old: plain1,
    next: plain2,
    known: { liveError: 'timeout' },
    verdict: 'allow',
    reason: REASON.lookFailed,
    held: false,
    warns: /could not look for a Rollout \(timeout\)/,
  },
  {
    title: 'enrolled, live look failed: held as the policy does it',
    old: v1,
    next: v2,
    known: { liveError: 'timeout' },
    verdict: 'patch',
    reason: REASON.held,
    held: true,
    warns: /timeout/,
  },
  {
    title: 'release under way, un-paused by a client: stays held',
    old: deployment({ ...held(), image: 'v2' }),
    next: deployment({ ...held(), image: 'v2', paused: false }),
    known: shop,
    verdict: 'patch',
    reason: REASON.keptHeld,
    held: true,
    warns: /spec\.paused=true stays: Rollout shop is at step 1 of 2/,
  },
  {
    title: 'release under way, newer template: stays held (continuous release)',
    old: deployment({ ...held(), image: 'v2' }),
    next: deployment({ ...v3, paused: true }),
    known: shop,
    verdict: 'allow',
    reason: REASON.keptHeld,
    held: true,
  },
  {
    title: 'release under way, stable template: stays held (rollback)',
    old: deployment({ ...held(), image: 'v2' }),
    next: deployment({ ...held(), image: 'v1', paused: false }),
    known: shop,
    verdict: 'patch',
    reason: REASON.keptHeld,
    held: true,
    warns: /spec\.paused=true stays/,
  },
  {
    title: 'release under way, its Rollout gone: stays held and says so',
    old: deployment({ ...held(), image: 'v2' }),
    next: deployment({ ...v3, paused: true }),
    known: LIVE,
    verdict: 'allow',
    reason: REASON.keptHeld,
    held: true,
    warns: /no active Rollout shop/,
  },
  {
    title: 'release under way, live look failed: stays held',
    old: deployment({ ...held(), image: 'v2' }),
    next: deployment(v3),
    known: { liveError: 'timeout' },
    verdict: 'patch',
    reason: REASON.keptHeld,
    held: true,
  },
  {
    title: 'rollback under way (Cancelling), still held: stays held',
    old: deployment({ ...held(), image: 'v1' }),
    next: deployment(v3),
    known: { rollouts: [rollout({ status: progressing('Cancelling') })] },
    verdict: 'patch',
    reason: REASON.keptHeld,
    held: true,
    warns: /spec\.paused=true stays/,
  },
  {
    title: 'rollback under way (Cancelling), let go: a new template is held for step 1',
    old: v1,
    next: v2,
    known: { rollouts: [rollout({ status: progressing('Cancelling') })] },
    verdict: 'patch',
    reason: REASON.held,
    held: true,
    warns: /held by Rollout shop/,
  },
  {
    title: 'promotion running natively, back to the old stable revision: allowed at once',
    old: promoted2,
    next: v1,
    known: { ...finalising, ...promoting },
    // Nothing but what tells the guard that it was looked at.
    verdict: 'patch',
    reason: REASON.promotionRolledBack,
    held: false,
    warns: /rolled back at once/,
  },
  {
    title: 'promotion running natively, back to stable after the policy held it: let go again',
    old: promoted2,
    next: deployment({ ...enrolled(), image: 'v1', paused: true, annotations: held().annotations }),
    known: { ...finalising, ...promoting },
    verdict: 'patch',
    reason: REASON.promotionRolledBack,
    held: false,
    warns: /rolled back at once/,
  },
  {
    title: 'promotion running natively, third template from a cached status: looks live',
    old: promoted2,
    next: deployment({ ...enrolled(), image: 'v3' }),
    known: { ...finalising, ...promoting },
    verdict: 'asks',
    reason: REASON.promotionRunning,
    held: false,
  },
  {
    title: 'promotion running natively, third template: refused for now with the progress',
    old: promoted2,
    next: deployment({ ...enrolled(), image: 'v3', status: { replicas: 5, updatedReplicas: 3 } }),
    known: { ...finalising, ...promoting, ...LIVE },
    verdict: 'deny',
    reason: REASON.promotionRunning,
    held: false,
    denies: /3 of 5 pods are updated.*rollback to revision v1.*Retry when status\.phase is Healthy/,
  },
  {
    title: 'promotion running natively, third template, live look failed: held, never refused',
    old: promoted2,
    next: deployment({ ...enrolled(), image: 'v3' }),
    known: { ...finalising, ...promoting, liveError: 'timeout' },
    verdict: 'patch',
    reason: REASON.held,
    held: true,
    warns: /held by Rollout shop/,
  },
  {
    title: 'promotion, workload still held: another template stays held',
    old: deployment({ ...held(), image: 'v2' }),
    next: deployment(v3),
    known: finalising,
    verdict: 'patch',
    reason: REASON.keptHeld,
    held: true,
    warns: /spec\.paused=true stays/,
  },
  {
    title: 'still labelled, Rollout deleted while Sluice was dead: left held by the policy',
    old: v1,
    next: v2Held,
    known: LIVE,
    verdict: 'allow',
    reason: REASON.noRollout,
    held: true,
    warns: /Sluice releases it soon/,
  },
  {
    title: 'still labelled, Rollout disabled: left held by the policy',
    old: v1,
    next: v2Held,
    known: { ...LIVE, rollouts: [rollout({ disabled: true })] },
    verdict: 'allow',
    reason: REASON.noRollout,
    held: true,
    warns: /Sluice releases it soon/,
  },
  {
    title: 'still labelled, no policy, Rollout deleted: untouched',
    old: v1,
    next: v2,
    known: LIVE,
    verdict: 'allow',
    reason: REASON.noRollout,
    held: false,
  },
  {
    title: 'Rollout disabled: untouched',
    old: plain1,
    next: plain2,
    known: { ...LIVE, rollouts: [rollout({ disabled: true })] },
    verdict: 'allow',
    reason: REASON.noRollout,
    held: false,
  },
  {
    title: 'Rollout being deleted: untouched',
    old: plain1,
    next: plain2,
    known: { ...LIVE, rollouts: [rollout({ deleting: true })] },
    verdict: 'allow',
    reason: REASON.noRollout,
    held: false,
  },
  {
    title: 'unsupported style: untouched with the reason',
    old: plain1,
    next: plain2,
    known: { ...LIVE, rollouts: [rollout({ style: 'bluegreen', steps: [{ replicas: '50%' }, { replicas: '100%' }] })] },
    verdict: 'allow',
    reason: REASON.notEligible,
    held: false,
    warns: /style bluegreen is not supported/,
  },
  {
    title: 'invalid Rollout: untouched with the broken rule',
    old: plain1,
    next: plain2,
    known: { ...LIVE, rollouts: [rollout({ steps: [] })] },
    verdict: 'allow',
    reason: REASON.notEligible,
    held: false,
    warns: /Rollout shop: .*step/,
  },
  {
    title: 'invalid Rollout, held by the policy: as the user sent it',
    old: v1,
    next: v2Held,
    known: { ...LIVE, rollouts: [rollout({ steps: [] })] },
    verdict: 'patch',
    reason: REASON.notEligible,
    held: false,
    warns: /rule has-steps/,
  },
  {
    title: '0 replicas: untouched',
    old: deployment({ ...enrolled(), replicas: 0 }),
    next: deployment({ ...enrolled(), replicas: 0, image: 'v2' }),
    known: shop,
    verdict: 'allow',
    reason: REASON.scaledToZero,
    held: false,
  },
  {
    title: 'scaled from 0 together with a new template: untouched',
    old: deployment({ ...enrolled(), replicas: 0 }),
    next: v2,
    known: shop,
    verdict: 'allow',
    reason: REASON.scaledToZero,
    held: false,
  },
  {
    title: 'no stable revision yet, by the cache: looks live',
    old: plain1,
    next: plain2,
    known: { ...shop, related: { replicaSets: [] } },
    verdict: 'asks',
    reason: REASON.revisionsFromCache,
    held: false,
  },
  {
    title: 'no stable revision yet: untouched',
    old: plain1,
    next: plain2,
    known: { ...shop, ...LIVE, related: { replicaSets: [] } },
    verdict: 'allow',
    reason: REASON.noStableRevision,
    held: false,
  },
  {
    title: 'no revision known, live look failed, seen by its controller: held',
    old: plain1,
    next: plain2,
    known: { ...shop, related: { replicaSets: [] }, liveError: 'timeout' },
    verdict: 'patch',
    reason: REASON.held,
    held: true,
    warns: /held by Rollout shop/,
  },
  {
    title: 'no revision known, live look failed, made a moment ago: untouched',
    old: deployment({ status: {} }),
    next: deployment({ image: 'v2', status: {} }),
    known: { ...shop, related: { replicaSets: [] }, liveError: 'timeout' },
    verdict: 'allow',
    reason: REASON.noStableRevision,
    held: false,
  },
  {
    title: 'namespace terminating: untouched',
    old: plain1,
    next: plain2,
    known: { ...shop, namespaceTerminating: true },
    verdict: 'allow',
    reason: REASON.goingAway,
    held: false,
  },
  {
    title: 'namespace terminating, held by the policy: as the user sent it',
    old: v1,
    next: v2Held,
    known: { ...shop, namespaceTerminating: true },
    verdict: 'patch',
    reason: REASON.goingAway,
    held: false,
  },
  {
    title: 'workload being deleted: untouched',
    old: v1,
    next: deployment({ ...enrolled(), image: 'v2', metadata: { deletionTimestamp: DAY } }),
    known: shop,
    verdict: 'allow',
    reason: REASON.goingAway,
    held: false,
  },
  {
    title: 'escape: untouched and explained',
    old: v1,
    next: deployment({ ...escape, image: 'v2' }),
    known: shop,
    verdict: 'allow',
    reason: REASON.escaped,
    held: false,
    warns: /sluice\.dev\/enrolled=false: Sluice leaves this workload alone/,
  },
  {
    title: 'escape during a release: hands off at once',
    old: deployment({ ...held(), image: 'v2' }),
    next: deployment({ ...escape, image: 'v2' }),
    known: shop,
    verdict: 'allow',
    reason: REASON.escaped,
    held: false,
    warns: /leaves this workload alone/,
  },
  {
    title: 'not enrolled, traffic, two active revisions, by the cache: looks live',
    old: plain1,
    next: plain2,
    known: { rollouts: [rollout({ traffic: true })], ...twoActive },
    verdict: 'asks',
    reason: REASON.revisionsFromCache,
    held: false,
  },
  {
    title: 'not enrolled, traffic, two active revisions: untouched with a warning',
    old: plain1,
    next: plain2,
    known: { rollouts: [rollout({ traffic: true })], ...twoActive, ...LIVE },
    verdict: 'allow',
    reason: REASON.rollOutOutside,
    held: false,
    warns: /2 revisions run already/,
  },
  {
    title: 'not enrolled, no traffic, two active revisions: held',
    old: plain1,
    next: plain2,
    known: { ...shop, ...twoActive },
    verdict: 'patch',
    reason: REASON.held,
    held: true,
    warns: /held by Rollout shop/,
  },
  {
    title: 'enrolled, traffic, two active revisions: held',
    old: v1,
    next: v2,
    known: { rollouts: [rollout({ traffic: true })], ...twoActive },
    verdict: 'patch',
    reason: REASON.held,
    held: true,
    warns: /held by Rollout shop/,
  },
  {
    title: 'our own write: unchanged',
    old: deployment({ ...held(), image: 'v2' }),
    next: deployment({ image: 'v2' }),
    known: shop,
    review: { username: OURS },
    verdict: 'allow',
    reason: REASON.ownWrite,
    held: false,
  },
  {
    title: 'template unchanged: nothing to decide',
    old: v1,
    next: deployment({ ...enrolled(), replicas: 9 }),
    known: shop,
    verdict: 'allow',
    reason: REASON.nothingToDecide,
    held: false,
  },
];

describe('the truth table of the hold', () => {
  it.each(rows)('$title', ({ old, next, known, review: asked, verdict, reason, held: wanted, warns, denies }) => {
    const decision = decide(review(old, next, asked), snapshot(known));
    expect(decision).toMatchObject({ is: verdict, reason });
    if (decision.is !== 'asks') expect(isHeld(stored(next, decision))).toBe(wanted);
    const warnings = decision.is === 'asks' ? [] : decision.warnings;
    expect(warnings.join('\n')).toMatch(warns ?? /^$/);
    if (denies !== undefined)
      expect(decision).toMatchObject({
        is: 'deny',
        code: 429,
        retryable: true,
        message: expect.stringMatching(denies),
      });
  });

  it.each(rows)('$title: the same for a dry run', ({ old, next, known, review: asked }) => {
    const verdict = (dryRun: boolean): Decision => decide(review(old, next, { ...asked, dryRun }), snapshot(known));
    expect(verdict(true)).toEqual(verdict(false));
  });
});
