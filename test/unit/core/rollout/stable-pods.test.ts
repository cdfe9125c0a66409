// Releases in place: which revisions the stable Service may be pinned to while pods are replaced, and what a newer template
// means between the last step and the hand-over.

import { describe, expect, it } from 'vitest';
import type { BatchRelease } from '../../../../src/api/batch-release.ts';
import type { KubeObject } from '../../../../src/api/kube.ts';
import { ANNOTATION, FEATURE_GATES, LABEL, type Gates } from '../../../../src/api/names.ts';
import { SERVICES } from '../../../../src/api/resources.ts';
import type { CanaryStatus, Rollout, RolloutStep } from '../../../../src/api/rollout.ts';
import type { Plan } from '../../../../src/core/tasks/plan.ts';
import { NO_ANSWERS, questionKey, type Answers } from '../../../../src/core/tasks/questions.ts';
import { selects } from '../../../../src/objects/label-selector.ts';
import { planHash } from '../../../../src/core/batch/plan-hash.ts';
import type { RolloutObserved } from '../../../../src/core/rollout/rollout-observed.ts';
import { planRollout } from '../../../../src/core/rollout/plan-rollout.ts';
import { statefulSet as kind } from '../../../../src/workloads/statefulset.ts';
import { controllerRevision, statefulSet, type StatefulParts } from '../../workloads/stateful-objects.ts';
import * as objects from './model/objects.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const STEPS: RolloutStep[] = [
  { replicas: 1, traffic: '20%', pause: {} },
  { replicas: 2, traffic: '40%', pause: {} },
];
const NO_GATES = Object.fromEntries(FEATURE_GATES.map((gate) => [gate, false])) as Gates;

interface Parts {
  reason?: string;
  sub?: CanaryStatus;
  steps?: RolloutStep[];
  traffic?: boolean;
  pinned?: string;
}

const rollout = ({ reason = 'InRolling', sub, steps = STEPS, traffic = true }: Parts): Rollout =>
  ({
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'ro',
      resourceVersion: '5',
      generation: 1,
      finalizers: ['rollouts.kruise.io/rollout'],
    },
    spec: {
      workloadRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web' },
      strategy: {
        canary: {
          steps,
          ...(traffic
            ? {
                trafficRoutings: [
                  { service: 'web', gracePeriodSeconds: 0, ingress: { name: 'web', classType: 'nginx' } },
                ],
              }
            : {}),
        },
      },
    },
    status: {
      phase: 'Progressing',
      conditions: [
        { type: 'Progressing', status: 'True', reason, message: '', lastUpdateTime: '', lastTransitionTime: '' },
      ],
      canaryStatus: {
        stableRevision: 'v1',
        canaryRevision: 'v2',
        observedRolloutID: 'v2',
        podTemplateHash: 'v2',
        currentStepIndex: 1,
        nextStepIndex: 2,
        currentStepState: 'StepPaused',
        ...sub,
      },
    },
  }) as unknown as Rollout;

const claim = { [ANNOTATION.controlInfo]: '{}' };
const workload = ({ partition = 4, ...parts }: StatefulParts & { partition?: number }): KubeObject =>
  statefulSet({
    image: 'v2',
    labels: { [LABEL.enrolled]: 'partition' },
    strategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
    ...parts,
    annotations: {
      [ANNOTATION.inProgressing]: '{"rolloutName":"web"}',
      [ANNOTATION.rollout]: 'web',
      [ANNOTATION.heldFields]: '{"partition":0}',
      ...parts.annotations,
    },
    status: { updateRevision: 'v2', ...parts.status },
  });

/** Ready with `index` pods, in step `index`. */
function batchRelease({ spec }: Rollout, index: number): BatchRelease {
  const steps = spec.strategy.canary?.steps ?? [];
  const releasePlan = {
    batches: steps.map(({ replicas }) => ({ canaryReplicas: replicas ?? '100%' })),
    batchPartition: index - 1,
    rolloutID: 'v2',
    rollingStyle: 'Partition',
    enableExtraWorkloadForCanary: false,
  };
  return {
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'br',
      resourceVersion: '3',
      ownerReferences: [{ apiVersion: 'x', kind: 'Rollout', name: 'web', uid: 'ro', controller: true }],
    },
    spec: { workloadRef: spec.workloadRef, releasePlan },
    status: {
      phase: 'Progressing',
      observedReleasePlanHash: planHash(releasePlan as BatchRelease['spec']['releasePlan']),
      observedWorkloadReplicas: 5,
      updateRevision: 'v2',
      observedRolloutID: 'v2',
      canaryStatus: {
        batchState: 'Ready',
        currentBatch: index - 1,
        updatedReplicas: index,
        updatedReadyReplicas: index,
      },
    },
  } as unknown as BatchRelease;
}

/** One of each revision, ready. */
const PODS = ['v1', 'v2', 'v3'].map((revision): KubeObject => ({
  metadata: { name: `web-${revision}`, labels: { app: 'web', [LABEL.controllerRevisionHash]: revision } },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
}));

function answered(plan: (answers: Answers) => Plan, known: Answers = NO_ANSWERS): Plan {
  const { asks = [], ...result } = plan(known);
  if (asks.length === 0) return result;
  const found = asks.map((one): [string, KubeObject[]] => [
    questionKey(one),
    PODS.filter(({ metadata }) => selects(one.labels, metadata.labels)),
  ]);
  return answered(plan, new Map([...known, ...found]));
}

/** `released`: the step that a BatchRelease has reached; 0 = there is none. */
function plan(object: KubeObject, parts: Parts = {}, released = 1): Plan {
  const ro = rollout(parts);
  const related = { revisions: ['v1', 'v2', 'v3'].map((name, index) => controllerRevision(name, index + 1)) };
  const { metadata, ...ingress } = objects.ingress();
  const pin = parts.pinned === undefined ? {} : { [LABEL.controllerRevisionHash]: parts.pinned };
  const observed: RolloutObserved = {
    now: NOW,
    rollout: ro,
    kind,
    unsupported: '',
    workload: { object, related, view: kind.view(object, related) },
    governor: 'web',
    violations: [],
    batchRelease: released === 0 ? undefined : batchRelease(ro, released),
    stableService: {
      metadata: { name: 'web', namespace: 'shop', resourceVersion: '1' },
      spec: { selector: { app: 'web', ...pin } },
    },
    canaryService: undefined,
    routes: { ingress: { ...ingress, metadata: { ...metadata, namespace: 'shop', resourceVersion: '1' } } },
    shared: undefined,
    writtenAt: {},
    gates: NO_GATES,
  };
  return answered((answers) => planRollout({ ...observed, answers }));
}

/** What the plan writes into the selector of the stable Service. */
const selectorWrites = ({ actions }: Plan): unknown[] =>
  actions.flatMap((one) =>
    one.do === 'patch' && one.target.resource === SERVICES
      ? [(one.patch['spec'] as { selector: Record<string, unknown> }).selector[LABEL.controllerRevisionHash]]
      : [],
  );

describe('the stable Service in a release in place', () => {
  const counts = (currentReplicas: number, updatedReplicas: number) => ({ currentReplicas, updatedReplicas });

  it('is pinned before the first new pod, and once two revisions run', () => {
    const begins = { currentStepState: 'BeforeStepUpgrade' as const };
    expect(selectorWrites(plan(workload({ partition: 32_767, status: counts(5, 0) }), { sub: begins }, 0))).toEqual([
      'v1',
    ]);
    const steps: RolloutStep[] = [{ replicas: 1, pause: {} }, ...STEPS.slice(1)];
    const second = { ...begins, currentStepIndex: 2, nextStepIndex: -1 };
    expect(selectorWrites(plan(workload({ status: counts(4, 1) }), { steps, sub: second }))).toEqual(['v1']);
  });

  it('is pinned again when somebody has taken the pin off', () => {
    expect(selectorWrites(plan(workload({ status: counts(4, 1) })))).toEqual(['v1']);
  });

  it('is not pinned past pods that this release has not let go of', () => {
    const third = plan(workload({ status: counts(2, 1) }));
    const early = plan(workload({ partition: 32_767, status: counts(3, 0) }), {}, 0);
    for (const { actions, why } of [third, early]) {
      expect(why).toContain('several revisions of the workload run');
      expect(selectorWrites({ actions, events: [], why })).toEqual([]);
    }
  });

  it.each([
    ['counted by the kind', counts(0, 1)],
    ['taken over as current', { ...counts(1, 1), currentRevision: 'v2', replicas: 1 }],
    ['not counted by the kind', { updatedReplicas: 5 }],
  ])('is not pinned to a revision without pods: %s', (_title, status) => {
    const object = workload({ partition: 0, annotations: claim, status });
    const unpinned = plan(object);
    expect(selectorWrites(unpinned)).toEqual([]);
    expect(unpinned.why).toContain('no pod of the stable revision v1 serves, so requests are not split');
    expect(unpinned.actions.map(({ target }) => target.resource.kind)).not.toContain('Ingress');
    const pinned = plan(object, { pinned: 'v1' });
    expect(selectorWrites(pinned)).toEqual([null]);
    expect(pinned.why).toContain('no pod of the stable revision v1 serves');
  });
});

describe('a newer template after the last step', () => {
  const ending = {
    reason: 'Finalising',
    traffic: false,
    sub: { currentStepState: 'Completed' as const, nextStepIndex: -1 },
  };
  const newer = (parts: StatefulParts) =>
    workload({ image: 'v3', partition: 32_767, ...parts, status: { updateRevision: 'v3', ...parts.status } });

  it('begins its release when no promotion has reached the workload', () => {
    const object = newer({ annotations: claim, status: { currentReplicas: 3, updatedReplicas: 0 } });
    expect(plan(object, ending, 0).why).toContain('revision v3 replaces v2, and the release starts again');
  });

  it('stays held in the middle of the promotion', () => {
    const object = newer({ status: { currentReplicas: 1, updatedReplicas: 0 } });
    expect(plan(object, ending, 0).why).toContain('arrived while v2 was being promoted, and is held');
  });
});
