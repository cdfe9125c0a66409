import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../../src/api/names.ts';
import { planWorkload, type WorkloadFacts } from '../../../../src/core/workload/enrolment.ts';
import { candidatesWith } from '../../../../src/core/workload/governing.ts';
import { applied } from '../../../../src/lib/json-patch.ts';
import type { ExactPatchAction } from '../../../../src/objects/actions.ts';
import { mergePatch } from '../../../../src/objects/status.ts';
import { deploymentCanary } from '../../../../src/workloads/deployment-canary.ts';
import {
  deployment,
  enrolled,
  held,
  progressing,
  replicaSet,
  rollout,
  type RolloutParts,
} from '../../workloads/objects.ts';

interface Situation {
  object: KubeObject;
  rollouts?: RolloutParts[];
  batchReleases?: string[];
  phase?: string;
  live?: boolean;
  replicaSets?: KubeObject[];
  namespaceTerminating?: boolean;
}

function plan({
  object,
  rollouts = [{}],
  batchReleases = [],
  phase = 'Progressing',
  live = false,
  replicaSets,
  namespaceTerminating = false,
}: Situation) {
  const facts: WorkloadFacts = {
    workload: object,
    kind: deploymentCanary,
    view: deploymentCanary.view(object, { replicaSets: replicaSets ?? [replicaSet('v1', 5, 1)] }),
    candidates: rollouts.map((parts) => candidatesWith()(rollout(parts))),
    batchReleases: batchReleases.map((name) => ({ metadata: { name }, status: { phase } })),
    liveConfirmed: live,
    namespaceTerminating,
  };
  const result = planWorkload(facts);
  return { ...result, needsLive: (result.asks ?? []).length > 0 };
}

const patchOf = (situation: Situation): unknown => {
  const { actions } = plan(situation);
  expect(actions.length).toBeLessThanOrEqual(1);
  const [action] = actions;
  if (action?.do === 'exactPatch') return changeBy(situation.object, action);
  if (action !== undefined) expect(action).toMatchObject({ do: 'patch', resourceVersion: '10' });
  return action?.do === 'patch' ? action.patch : undefined;
};

/** An exact patch as the merge patch that makes the same of the object. */
function changeBy(object: KubeObject, { operations }: ExactPatchAction): unknown {
  const changes = operations.filter((one) => one.op !== 'test');
  return mergePatch(object, applied(object, changes));
}

const kindOfWrite = (situation: Situation): unknown[] => plan(situation).actions.map((action) => action.do);

const ENROL = {
  metadata: {
    labels: { [LABEL.enrolled]: 'canary', [LABEL.workloadType]: 'deployment' },
    annotations: { [ANNOTATION.rollout]: 'shop', [ANNOTATION.workloadTypeOwned]: 'true' },
  },
};
const typed = { [LABEL.workloadType]: 'deployment' };
const own = (parts: { annotations?: object; labels?: object } = {}) => ({
  labels: { ...enrolled().labels, ...typed, ...parts.labels },
  annotations: { ...enrolled().annotations, [ANNOTATION.workloadTypeOwned]: 'true', ...parts.annotations },
});
const mine = deployment(own());
const WITHDRAW = {
  metadata: {
    labels: { [LABEL.enrolled]: null, [LABEL.workloadType]: null },
    annotations: { [ANNOTATION.rollout]: null, [ANNOTATION.workloadTypeOwned]: null },
  },
};
const heldNow = (rolloutName = 'shop') => {
  const marks = held(rolloutName);
  return deployment({
    image: 'v2',
    paused: true,
    labels: { ...marks.labels, ...typed },
    annotations: { ...marks.annotations, [ANNOTATION.workloadTypeOwned]: 'true' },
  });
};
const RELEASE = {
  metadata: {
    labels: { [LABEL.stableRevision]: null, ...WITHDRAW.metadata.labels },
    annotations: { [ANNOTATION.inProgressing]: null, ...WITHDRAW.metadata.annotations },
  },
  spec: { paused: null },
};

describe('enrolling', () => {
  it('takes one live, enabled, valid Rollout of a supported style and one stable revision', () => {
    expect(patchOf({ object: deployment() })).toEqual(ENROL);
  });

  it('is an exact patch while nothing of ours is there, and fenced by the version else', () => {
    expect(kindOfWrite({ object: deployment() })).toEqual(['exactPatch']);
    expect(kindOfWrite({ object: deployment({ labels: typed, annotations: { team: 'a' } }) })).toEqual(['exactPatch']);
    const copied = { [ANNOTATION.inProgressing]: '{"rolloutName":"shop"}' };
    const during = { replicaSets: [replicaSet('v1', 2, 1), replicaSet('v2', 3, 2)], batchReleases: ['shop'] };
    for (const other of [
      { object: deployment({ ...own(), labels: typed }) },
      { object: deployment({ labels: { [LABEL.enrolled]: 'partition' } }) },
      { object: deployment({ annotations: copied }) },
      { object: deployment({ image: 'v2', paused: true, annotations: copied }) },
      { object: deployment({ image: 'v2' }), ...during },
      { object: mine, rollouts: [{ name: 'next' }] },
    ])
      expect(kindOfWrite(other)).toEqual(['patch']);
  });

  it('waits for the number that the controller of a Deployment just made is about to write on it', () => {
    const numbered = { annotations: { [ANNOTATION.deploymentRevision]: '1' } };
    expect(kindOfWrite({ object: deployment({ status: {} }) })).toEqual([]);
    expect(kindOfWrite({ object: deployment({ status: {}, ...numbered }) })).toEqual(['exactPatch']);
    expect(kindOfWrite({ object: deployment() }), 'a number that somebody took away').toEqual(['exactPatch']);
  });

  it('is done once', () => {
    expect(plan({ object: mine }).actions).toEqual([]);
  });

  it('repairs a lost label', () => {
    const labels = { ...typed };
    expect(patchOf({ object: deployment({ ...own(), labels }) })).toEqual({
      metadata: { labels: { [LABEL.enrolled]: 'canary' } },
    });
  });

  it('X23 leaves a workload-type that the user set, and does not call it ours', () => {
    const patched = patchOf({ object: deployment({ labels: typed }) });
    expect(patched).toEqual({
      metadata: { labels: { [LABEL.enrolled]: 'canary' }, annotations: { [ANNOTATION.rollout]: 'shop' } },
    });
  });

  it.each([
    ['no revision serves', []],
    ['two revisions run', [replicaSet('v0', 2, 1), replicaSet('v1', 3, 2)]],
    ['another template is on its way', [replicaSet('v0', 5, 1)]],
  ])('waits while %s', (_title, replicaSets) => {
    expect(plan({ object: deployment(), replicaSets }).actions).toEqual([]);
  });

  it.each([
    ['disabled', { disabled: true }],
    ['being deleted', { deleting: true }],
    ['invalid', { steps: [] }],
    ['of an unsupported style', { style: 'bluegreen' as const, steps: [{ replicas: '100%' }] }],
  ])('never for a Rollout that is %s', (_title, parts) => {
    expect(plan({ object: deployment(), rollouts: [parts], live: true }).actions).toEqual([]);
  });

  it('happens during a release that another controller began', () => {
    const object = deployment({
      image: 'v2',
      paused: true,
      annotations: { [ANNOTATION.inProgressing]: '{"rolloutName":"shop"}' },
    });
    expect(patchOf({ object })).toEqual(ENROL);
  });

  it('happens while a BatchRelease of its Rollout promotes', () => {
    const replicaSets = [replicaSet('v1', 2, 1), replicaSet('v2', 3, 2)];
    expect(patchOf({ object: deployment({ image: 'v2' }), replicaSets, batchReleases: ['shop'] })).toEqual(ENROL);
  });

  it('changes to another Rollout when the holder is gone', () => {
    expect(patchOf({ object: mine, rollouts: [{ name: 'next' }] })).toEqual({
      metadata: { annotations: { [ANNOTATION.rollout]: 'next' } },
    });
  });

  it('stays with the holder while an older Rollout appears', () => {
    expect(plan({ object: mine, rollouts: [{}, { name: 'older', created: '2020-01-01T00:00:00Z' }] }).actions).toEqual(
      [],
    );
  });

  it('waits for a holder that finalises', () => {
    const leaving = { deleting: true, status: { phase: 'Terminating' } };
    expect(plan({ object: mine, rollouts: [leaving, { name: 'next' }] }).actions).toEqual([]);
  });
});

describe('un-enrolling', () => {
  it('asks for a live list first', () => {
    expect(plan({ object: mine, rollouts: [] })).toMatchObject({ actions: [], needsLive: true });
  });

  it.each([
    ['no Rollout names it', []],
    ['its Rollout is Disabled', [{ disabled: true, status: { phase: 'Disabled' } }]],
    ['its Rollout is invalid', [{ steps: [] }]],
    ['its Rollout has an unsupported style now', [{ style: 'bluegreen' as const, steps: [{ replicas: '100%' }] }]],
  ])('withdraws everything of ours when %s', (_title, rollouts) => {
    expect(patchOf({ object: mine, rollouts, live: true })).toEqual(WITHDRAW);
  });

  it('leaves a workload-type that the user set', () => {
    const object = deployment({ labels: { ...enrolled().labels, ...typed }, annotations: enrolled().annotations });
    expect(patchOf({ object, rollouts: [], live: true })).toEqual({
      metadata: { labels: { [LABEL.enrolled]: null }, annotations: { [ANNOTATION.rollout]: null } },
    });
  });

  it.each([
    ['Progressing', { disabled: true, status: progressing('Cancelling') }],
    ['Disabling', { disabled: true, status: { phase: 'Disabling' } }],
    ['Terminating', { deleting: true, status: { phase: 'Terminating' } }],
  ])('never while its Rollout is %s', (_title, parts) => {
    expect(plan({ object: mine, rollouts: [parts], live: true }).actions).toEqual([]);
  });

  it('never while a BatchRelease names it', () => {
    expect(plan({ object: mine, rollouts: [], live: true, batchReleases: ['shop'] }).actions).toEqual([]);
  });
});

describe('an in-progressing on a workload that is not held', () => {
  const copied = { annotations: { [ANNOTATION.inProgressing]: '{"rolloutName":"shop"}' } };

  it('is stripped', () => {
    expect(patchOf({ object: deployment(own(copied)) })).toEqual({
      metadata: { annotations: { [ANNOTATION.inProgressing]: null } },
    });
  });

  it('is stripped together with the enrolment, in one write', () => {
    expect(patchOf({ object: deployment(copied) })).toEqual({
      metadata: { ...ENROL.metadata, annotations: { ...ENROL.metadata.annotations, [ANNOTATION.inProgressing]: null } },
    });
  });

  it('is stripped where no Rollout is', () => {
    expect(patchOf({ object: deployment(copied), rollouts: [] })).toEqual({
      metadata: { annotations: { [ANNOTATION.inProgressing]: null } },
    });
  });
});

describe('an orphan: held, and nothing names it', () => {
  it('is not released before a live list said so', () => {
    expect(plan({ object: heldNow(), rollouts: [] })).toMatchObject({ actions: [], needsLive: true });
  });

  it('X12 is released and un-enrolled in one write', () => {
    expect(patchOf({ object: heldNow(), rollouts: [], live: true })).toEqual(RELEASE);
  });

  it.each([
    ['Disabled', { disabled: true, status: { phase: 'Disabled' } }],
    ['invalid, and no release was begun', { steps: [] }],
  ])('also when its Rollout is %s', (_title, parts) => {
    expect(patchOf({ object: heldNow(), rollouts: [parts], live: true })).toEqual(RELEASE);
  });

  it.each([
    ['healthy', {}],
    ['Terminating: it finalises', { deleting: true }],
    ['Disabling: it finalises', { disabled: true, status: { phase: 'Disabling' } }],
    ['disabled a moment ago', { disabled: true, status: progressing('InRolling') }],
    ['invalid in the middle of a release', { steps: [], status: progressing('InRolling') }],
  ])('is none when its Rollout is %s', (_title, parts) => {
    expect(plan({ object: heldNow(), rollouts: [parts], live: true }).actions).toEqual([]);
  });

  it('is none when a BatchRelease names it, unless that is completed', () => {
    const left = { object: heldNow(), rollouts: [], live: true, batchReleases: ['mine'] };
    expect(plan(left).actions).toEqual([]);
    expect(plan({ ...left, phase: 'Completed' }).why).toContain('orphan');
    expect(patchOf({ ...left, phase: 'Completed' })).toHaveProperty(['spec', 'paused'], null);
  });

  it('is none when somebody else held it', () => {
    const object = deployment({ paused: true, annotations: { [ANNOTATION.inProgressing]: 'true' } });
    expect(plan({ object, rollouts: [], live: true })).toMatchObject({ actions: [], needsLive: false });
  });

  it('goes to another Rollout that wants it, marks and all', () => {
    expect(patchOf({ object: heldNow(), rollouts: [{ name: 'next' }] })).toEqual({
      metadata: { annotations: { [ANNOTATION.rollout]: 'next', [ANNOTATION.inProgressing]: '{"rolloutName":"next"}' } },
    });
  });
});

describe('hands off', () => {
  const escape = { labels: { [LABEL.enrolled]: 'false' }, annotations: held().annotations };

  it.each([
    ['the escape', { object: deployment(escape) }],
    [
      'the escape of a held workload without Rollout',
      { object: deployment({ ...escape, paused: true }), rollouts: [], live: true },
    ],
    ['a workload on its way out', { object: deployment({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }) }],
    ['a namespace on its way out', { object: deployment(), namespaceTerminating: true }],
  ])('%s', (_title, situation: Situation) => {
    expect(plan(situation)).toMatchObject({ actions: [], needsLive: false });
  });
});
