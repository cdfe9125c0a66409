import { describe, expect, it } from 'vitest';
import { ANNOTATION, LABEL } from '../../../src/api/names.ts';
import { deploymentCanary } from '../../../src/workloads/deployment-canary.ts';
import { maxUnavailableOf } from '../../../src/workloads/deployment.ts';
import { BUILT_IN } from '../../../src/workloads/index.ts';
import { deployment, enrolled, held, replicaSet } from './objects.ts';

const view = (object: ReturnType<typeof deployment>, ...replicaSets: ReturnType<typeof replicaSet>[]) =>
  deploymentCanary.view(object, { replicaSets });

describe('which revision is stable', () => {
  it.each([
    ['idle', deployment(), [replicaSet('v1', 5, 1)], 'v1', true],
    [
      'idle, with old revisions',
      deployment({ image: 'v2' }),
      [replicaSet('v1', 0, 1), replicaSet('v2', 5, 2)],
      'v2',
      true,
    ],
    ['held', deployment({ ...held(), image: 'v2' }), [replicaSet('v1', 5, 1)], 'v1', false],
    ['held, back to v1', deployment({ ...held(), image: 'v1' }), [replicaSet('v1', 5, 1)], 'v1', true],
    ['promoting', deployment({ image: 'v2' }), [replicaSet('v1', 2, 1), replicaSet('v2', 3, 2)], 'v1', false],
    [
      'promoted half, then back to v1: the label tells',
      deployment({ ...held(), image: 'v1' }),
      [replicaSet('v2', 3, 2), replicaSet('v1', 2, 3)],
      'v1',
      true,
    ],
    [
      'a stale label of an idle workload does not count',
      deployment({ image: 'v2', labels: { [LABEL.stableRevision]: 'v1' } }),
      [replicaSet('v1', 1, 1), replicaSet('v2', 4, 2)],
      'v1',
      false,
    ],
    [
      'a label of a revision without pods does not count',
      deployment({ ...held(), image: 'v3' }),
      [replicaSet('v1', 0, 1), replicaSet('v2', 5, 2)],
      'v2',
      false,
    ],
    ['nothing serves', deployment(), [], '', false],
  ])('%s', (_title, object, replicaSets, stableRevision, templateIsStable) => {
    expect(view(object, ...replicaSets)).toMatchObject({ stableRevision, templateIsStable });
  });
});

describe('the view of a Deployment', () => {
  it('counts revisions and says when the newest was made', () => {
    const seen = view(deployment({ image: 'v2' }), replicaSet('v1', 0, 1), replicaSet('v2', 5, 2));
    expect(seen).toMatchObject({
      activeRevisions: 1,
      olderRevisions: 1,
      newestRevisionSince: '2026-01-01T00:00:02Z',
      podRevision: 'v2',
    });
  });

  it.each([
    ['complete', {}, true],
    ['unobserved', { observedGeneration: 2 }, false],
    ['not all updated', { updatedReplicas: 4 }, false],
    ['old pods left', { replicas: 6 }, false],
    ['one unavailable, as maxUnavailable allows', { availableReplicas: 4 }, true],
    ['two unavailable', { availableReplicas: 3 }, false],
  ])('settled: %s', (_title, change, settled) => {
    const status = {
      observedGeneration: 3,
      replicas: 5,
      updatedReplicas: 5,
      readyReplicas: 5,
      availableReplicas: 5,
      ...change,
    };
    expect(view(deployment({ status }), replicaSet('v1', 5, 1)).settled).toBe(settled);
  });

  it.each([
    ['25%', 5, 1],
    ['25%', 3, 0],
    [3, 2, 2],
    ['nonsense', 5, 0],
  ])('maxUnavailable %s of %i pods is %i', (maxUnavailable, replicas, wanted) => {
    expect(maxUnavailableOf(deployment({ strategy: { rollingUpdate: { maxUnavailable } } }), replicas)).toBe(wanted);
  });

  it('has the release id of the label, else of the annotation', () => {
    const annotations = { [ANNOTATION.rolloutId]: 'a' };
    expect(view(deployment({ annotations })).releaseId).toBe('a');
    expect(view(deployment({ annotations, labels: { [LABEL.rolloutId]: 'b' } })).releaseId).toBe('b');
    expect(view(deployment()).releaseId).toBe('');
  });

  it('tells a bare mark of a client from ours', () => {
    const marked = (value: string) =>
      view(deployment({ annotations: { [ANNOTATION.inProgressing]: value } })).inProgress;
    expect([marked('{"rolloutName":"shop"}'), marked('true'), marked('{'), marked('null')]).toEqual([
      'shop',
      '',
      '',
      '',
    ]);
  });
});

describe('giving a Deployment back', () => {
  it('removes hold, mark and stable revision in one merge patch, and our labels when asked to', () => {
    const actions = deploymentCanary.letGo(deployment({ ...held(), image: 'v2' }), {
      labels: { [LABEL.enrolled]: null },
    });
    expect(actions).toEqual([
      expect.objectContaining({
        do: 'patch',
        resourceVersion: '10',
        patch: {
          metadata: {
            labels: { [LABEL.stableRevision]: null, [LABEL.enrolled]: null },
            annotations: { [ANNOTATION.inProgressing]: null },
          },
          spec: { paused: null },
        },
      }),
    ]);
  });

  it('writes nothing when there is nothing to give back', () => {
    expect(deploymentCanary.letGo(deployment(enrolled()))).toEqual([]);
  });
});

describe('the registry', () => {
  it('finds a kind by any version of its API', () => {
    expect(BUILT_IN.byRef('apps/v1beta2', 'Deployment', 'canary')).toBe(deploymentCanary);
  });

  it('has a named answer for what it does not know', () => {
    expect(BUILT_IN.byRef('batch/v1', 'Job', 'canary')).toBeUndefined();
    expect(BUILT_IN.unsupportedText('batch/v1', 'Job', 'canary')).toMatch(
      /kind Job \(batch\/v1\) are not supported; supported kinds: .*apps\/Deployment/,
    );
    expect(BUILT_IN.unsupportedText('apps/v1', 'Deployment', 'bluegreen')).toMatch(
      /style bluegreen is not supported for Deployment/,
    );
  });
});
