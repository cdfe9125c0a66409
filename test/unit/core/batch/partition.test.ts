// BatchReleases of kinds that are updated in place.

import { describe, expect, it } from 'vitest';
import type { BatchRelease } from '../../../../src/api/batch-release.ts';
import type { KubeObject } from '../../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../../src/api/names.ts';
import type { Action } from '../../../../src/objects/actions.ts';
import { planBatchRelease } from '../../../../src/core/batch/plan-batch-release.ts';
import { planHash } from '../../../../src/core/batch/plan-hash.ts';
import { releaseContext } from '../../../../src/core/batch/release-context.ts';
import { statefulSet as kind } from '../../../../src/workloads/statefulset.ts';
import { controllerRevision, statefulSet, type StatefulParts } from '../../workloads/stateful-objects.ts';

const related = { revisions: [controllerRevision('v1', 1), controllerRevision('v2', 2)] };
const GATES = {
  RolloutHistory: false,
  AdvancedDeployment: true,
  AppendPodSelector: false,
  KeepWorkloadPausedOnRolloutDeletion: false,
};

function batchRelease(plan: object, status: object, annotations: Record<string, string> = {}): BatchRelease {
  const releasePlan = {
    batches: [{ canaryReplicas: '50%' }, { canaryReplicas: '100%' }],
    batchPartition: 0,
    rolloutID: 'r-1',
    rollingStyle: 'Partition',
    enableExtraWorkloadForCanary: false,
    ...plan,
  };
  return {
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'br',
      resourceVersion: '3',
      generation: 1,
      annotations,
      finalizers: ['rollouts.kruise.io/batch-release-finalizer'],
    },
    spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web' }, releasePlan },
    status: {
      phase: 'Progressing',
      observedReleasePlanHash: planHash(releasePlan),
      observedWorkloadReplicas: 5,
      observedRolloutID: 'r-1',
      stableRevision: 'v1',
      ...status,
    },
  } as unknown as BatchRelease;
}

const pod = (ordinal: number, revision: string, ready: boolean, labels: Record<string, string> = {}): KubeObject => ({
  metadata: {
    name: `web-${ordinal}`,
    namespace: 'shop',
    uid: `p-${ordinal}`,
    resourceVersion: '1',
    labels: { app: 'web', [LABEL.controllerRevisionHash]: revision, ...labels },
  },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});

function plan(release: BatchRelease, parts: StatefulParts, pods: KubeObject[], isGivenBack = false) {
  const claim: Record<string, string> = isGivenBack
    ? {}
    : { [ANNOTATION.controlInfo]: JSON.stringify(releaseContext(release).owner) };
  const object = statefulSet({ ...parts, annotations: { ...parts.annotations, ...claim } });
  const revision = kind.view(object, related).podRevision;
  return planBatchRelease({
    now: 0,
    batchRelease: release,
    siblings: [release],
    kind,
    unsupported: '',
    workload: { object, view: kind.view(object, related) },
    related,
    pods: pods.filter(({ metadata }) => metadata.labels?.[LABEL.controllerRevisionHash] === revision),
    allPods: pods,
    nameTaken: false,
    writtenAt: {},
    gates: GATES,
  });
}

const deletes = (actions: Action[]): string[] =>
  actions.flatMap((action) => (action.do === 'delete' ? [action.target.name] : []));
const statusOf = (actions: Action[]): Record<string, unknown> =>
  Object.assign({}, ...actions.map((action) => (action.do === 'patch' ? action.patch['status'] : {})));

describe('a rollback in batches', () => {
  const marks = { [ANNOTATION.rollbackInBatch]: 'true' };
  const untouched = { [LABEL.noNeedUpdate]: 'r-1' };
  const stable = [0, 1, 2].map((ordinal) => pod(ordinal, 'v1', true));

  it('first marks the pods that run the stable revision already, and counts them', () => {
    const release = batchRelease({}, { phase: 'Preparing' }, marks);
    const parts = {
      strategy: { rollingUpdate: { partition: 32_767 } },
      status: { updateRevision: 'v1', updatedReplicas: 3 },
    };
    const { actions } = plan(release, parts, [...stable, pod(3, 'v2', true), pod(4, 'v2', true)]);
    const marked = actions.filter(({ target }) => target.resource.kind === 'Pod').map(({ target }) => target.name);
    expect(marked).toEqual(['web-0', 'web-1', 'web-2']);
    expect(statusOf(actions)).toMatchObject({ canaryStatus: { noNeedUpdateReplicas: 3 } });
    expect(
      actions.some(({ target }) => target.resource.kind === 'StatefulSet'),
      'nothing is updated yet',
    ).toBe(false);
  });

  it('a batch is ready when the pods that were taken back are, whatever those say that needed no update', () => {
    const state = {
      updateRevision: 'v1',
      canaryStatus: { currentBatch: 0, batchState: 'Upgrading', noNeedUpdateReplicas: 3 },
    };
    const parts = {
      strategy: { rollingUpdate: { partition: 4 } },
      status: { updateRevision: 'v1', updatedReplicas: 4, updatedReadyReplicas: 3 },
    };
    const marked = stable.map((one) => ({
      ...one,
      metadata: { ...one.metadata, labels: { ...one.metadata.labels, ...untouched } },
    }));
    const back = (ready: boolean) => pod(4, 'v1', ready, { [LABEL.rolloutId]: 'r-1', [LABEL.rolloutBatchId]: '1' });
    const release = batchRelease({}, state, marks);
    expect(plan(release, parts, [...marked, back(false)]).why).toMatch(/0 of 1 new pods are ready/);
    expect(plan(release, parts, [...marked, back(true)]).why).toMatch(/is ready/);
  });
});

describe('counts of new pods', () => {
  const claims = (status: object) => {
    const counted = { currentBatch: 1, batchState: 'Upgrading', updatedReplicas: 2, updatedReadyReplicas: 2 };
    const release = batchRelease({ batchPartition: 1 }, { updateRevision: 'v2', canaryStatus: counted });
    const parts = { image: 'v2', strategy: { rollingUpdate: { partition: 0 } } };
    const revisions = { currentRevision: 'v1', updateRevision: 'v2' };
    const { actions } = plan(release, { ...parts, status: { ...revisions, ...status } }, []);
    return statusOf(actions)['canaryStatus'];
  };

  it('stay what they were until the controller of the workload has seen the last write', () => {
    const unseen = claims({ observedGeneration: 2, updatedReplicas: 0, updatedReadyReplicas: 0 });
    expect(unseen).toMatchObject({ batchState: 'Verifying' });
    expect(unseen).not.toHaveProperty('updatedReplicas', 0);
    expect(unseen).not.toHaveProperty('updatedReadyReplicas', 0);
  });

  it('follow it from then on, downwards too', () => {
    expect(claims({ updatedReplicas: 1, updatedReadyReplicas: 0 })).toMatchObject({
      updatedReplicas: 1,
      updatedReadyReplicas: 0,
    });
  });
});

describe('one made by hand', () => {
  const rolling = { updateRevision: 'v2', updatedReplicas: 1, updatedReadyReplicas: 1 };
  const writes = (strategy: object | null, annotations: Record<string, string> = {}) => {
    const parts = { image: 'v2', strategy, annotations, status: rolling };
    const { actions } = plan(batchRelease({}, { updateRevision: 'v2' }), parts, [pod(4, 'v2', true)], true);
    const patches = actions.flatMap((action) => (action.do === 'patch' ? [action] : []));
    return {
      workload: patches.filter(({ target }) => target.resource.kind === 'StatefulSet').map((action) => action.patch),
      batchState: (statusOf(actions)['canaryStatus'] as { batchState?: string } | undefined)?.batchState,
    };
  };

  it('holds a roll-out under way in the write that claims it, and judges no batch before that shows', () => {
    const { workload, batchState } = writes(null);
    expect(workload).toEqual([
      {
        metadata: {
          annotations: {
            [ANNOTATION.controlInfo]: expect.stringContaining('"uid":"br"') as string,
            [ANNOTATION.heldFields]: '{"updateStrategy":null}',
          },
        },
        spec: { updateStrategy: { rollingUpdate: { partition: 32_767 } } },
      },
    ]);
    expect(batchState).not.toBe('Ready');
  });

  it('takes a partition that its user has set for his hold, and lowers it only', () => {
    const { workload } = writes({ rollingUpdate: { partition: 5 } });
    expect(JSON.stringify(workload)).not.toContain('32767');
    expect(workload.at(-1)).toMatchObject({ spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } });
  });

  it('raises a partition that lets pods go, and remembers it as the user’s', () => {
    expect(writes({ rollingUpdate: { partition: 2 } }).workload).toMatchObject([
      {
        metadata: { annotations: { [ANNOTATION.heldFields]: '{"partition":2}' } },
        spec: { updateStrategy: { rollingUpdate: { partition: 32_767 } } },
      },
    ]);
  });

  it('holds again where a release before let every pod go, and keeps the memory of that', () => {
    const left = { [ANNOTATION.heldFields]: '{"partition":3}', [ANNOTATION.controlInfo]: '{"uid":"gone"}' };
    expect(writes({ rollingUpdate: { partition: 0 } }, left).workload).toMatchObject([
      {
        metadata: { annotations: { [ANNOTATION.heldFields]: '{"partition":3}' } },
        spec: { updateStrategy: { rollingUpdate: { partition: 32_767 } } },
      },
    ]);
  });

  it('leaves pods alone that only their user replaces', () => {
    expect(JSON.stringify(writes({ type: 'OnDelete' }).workload)).not.toContain('32767');
  });

  const finish = (parts: StatefulParts) => {
    const release = batchRelease({ batchPartition: null }, { updateRevision: 'v2' });
    const { actions } = plan(release, parts, []);
    return actions.flatMap((action) =>
      action.do === 'patch' && action.target.resource.kind === 'StatefulSet' ? [action.patch] : [],
    );
  };

  it('finished with a template that it did not release, it gives the partition back, because nobody else would', () => {
    const parts = {
      image: 'v3',
      strategy: { rollingUpdate: { partition: 4 } },
      annotations: { [ANNOTATION.heldFields]: '{"partition":0}' },
      status: { updateRevision: 'v3', updatedReplicas: 1 },
    };
    const given = {
      metadata: { annotations: { [ANNOTATION.heldFields]: null, [ANNOTATION.controlInfo]: null } },
      spec: { updateStrategy: { rollingUpdate: { partition: 0 } } },
    };
    expect(finish(parts)).toEqual([given]);
    const governed = { ...parts, annotations: { ...parts.annotations, [ANNOTATION.inProgressing]: '{}' } };
    expect(finish(governed), 'a Rollout decides about it').toEqual([]);
  });

  it.each([{}, { [ANNOTATION.heldFields]: '{"partition":0}' }])(
    'gives back what only its user replaces without a rollingUpdate, which would be refused',
    (annotations) => {
      const strategy = { type: 'OnDelete' };
      const [given, ...more] = finish({ image: 'v2', strategy, annotations, status: { updateRevision: 'v2' } });
      expect(given).not.toHaveProperty('spec');
      expect(given).toHaveProperty(['metadata', 'annotations', ANNOTATION.controlInfo], null);
      expect(more).toEqual([]);
    },
  );
});

describe('a promotion that is rolled back', () => {
  const promoted = { phase: 'Finalizing', updateRevision: 'v2' };
  const release = batchRelease({ batchPartition: null, finalizingPolicy: 'WaitResume' }, promoted);

  it('clears away the broken pod that OrderedReady would wait for, and spares stable ones', () => {
    const parts = { status: { updateRevision: 'v1', updatedReplicas: 4, readyReplicas: 3, availableReplicas: 3 } };
    const { actions, why } = plan(release, parts, [pod(0, 'v1', false), pod(4, 'v2', false)], true);
    expect(deletes(actions)).toEqual(['web-4']);
    expect(why).toMatch(/rolls out by itself/);
  });
});
