// What a hold consists of, what keeps it, and what asks for it.

import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../../../src/api/names.ts';
import { REASON } from '../../../../../src/core/admission/texts.ts';
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

const shop = { rollouts: [rollout()] };

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
const finalising = { rollouts: [rollout({ status: progressing('Finalising') })] };

describe('what the webhook lets pass unheld', () => {
  const promoting = { related: { replicaSets: [replicaSet('v1', 1, 3), replicaSet('v2', 2, 2)] }, live: true };
  const promoted = deployment({ ...enrolled(), image: 'v2' });
  const back = deployment({ ...enrolled(), image: 'v1' });
  const letPass = (old: KubeObject, next: KubeObject): unknown =>
    stored(next, decide(review(old, next), snapshot({ ...finalising, ...promoting }))).metadata.annotations?.[
      ANNOTATION.letPass
    ];

  it('bears the generation that it was looked at with, for the guard', () => {
    const old = { ...promoted, metadata: { ...promoted.metadata, generation: 7 } };
    expect(letPass(old, back)).toBe('7');
  });

  it('bears nothing where nothing changes that the guard judges', () => {
    expect(
      letPass(promoted, {
        ...promoted,
        metadata: { ...promoted.metadata, labels: { ...promoted.metadata.labels, team: 'a' } },
      }),
    ).toBeUndefined();
  });
});

describe('the marks of a hold', () => {
  const hold = (old: KubeObject, next: KubeObject): KubeObject =>
    stored(next, decide(review(old, next), snapshot(shop)));

  it('has the pause, the Rollout, the stable revision and the enrolment', () => {
    expect(hold(plain1, plain2)).toEqual({
      ...plain2,
      metadata: {
        ...plain2.metadata,
        annotations: held().annotations,
        labels: { [LABEL.enrolled]: 'canary', [LABEL.stableRevision]: 'v1' },
      },
      spec: { ...(plain2['spec'] as object), paused: true },
    });
  });

  it('names the lowest active revision that is not the new template as stable', () => {
    const decision = decide(
      review(v1, v2),
      snapshot({
        ...shop,
        related: {
          replicaSets: [replicaSet('v2', 1, 1), replicaSet('v0', 2, 3), replicaSet('v1', 2, 2), replicaSet('vx', 0, 0)],
        },
      }),
    );
    expect(stored(v2, decision).metadata.labels).toMatchObject({ [LABEL.stableRevision]: 'v1' });
  });

  it('holds an update that drops the enrolment in the same request, and enrols again', () => {
    expect(hold(v1, plain2).metadata).toMatchObject({
      labels: { [LABEL.enrolled]: 'canary' },
      annotations: { [ANNOTATION.rollout]: 'shop' },
    });
  });

  it('finds revisions when the new object comes without uid', () => {
    const next = deployment({ ...enrolled(), image: 'v2', metadata: { uid: undefined } });
    expect(hold(v1, next).metadata.labels).toMatchObject({ [LABEL.stableRevision]: 'v1' });
  });

  it('X38 decides for a workload of 0 replicas without waiting for anything', () => {
    const zero = deployment({ ...enrolled(), replicas: 0, image: 'v2' });
    expect(decide(review(v1, zero), snapshot({ ...shop, related: { replicaSets: [] } }))).toMatchObject({
      is: 'allow',
    });
  });
});

describe('what keeps a release held', () => {
  const old = deployment({ ...held(), image: 'v2' });
  const kept = (next: KubeObject): KubeObject => stored(next, decide(review(old, next), snapshot(shop)));

  it('X29 puts in-progressing, label, annotation and pause back when a replace drops them', () => {
    const replaced = kept(deployment({ image: 'v2' }));
    expect(replaced.metadata.labels).toEqual({ [LABEL.enrolled]: 'canary', [LABEL.stableRevision]: 'v1' });
    expect(replaced.metadata.annotations).toEqual(old.metadata.annotations);
    expect(replaced).toMatchObject({ spec: { paused: true } });
  });

  it('X14 keeps a template that arrives while the release is completing', () => {
    const next = deployment({ image: 'v3' });
    const decision = decide(review(old, next), snapshot(finalising));
    expect(stored(next, decision).metadata.annotations).toEqual(old.metadata.annotations);
  });

  it('puts the whole strategy back when it becomes Recreate', () => {
    const next = deployment({ ...held(), image: 'v2', strategy: { type: 'Recreate' } });
    expect(kept(next)).toMatchObject({ spec: { strategy: (old['spec'] as { strategy: object }).strategy } });
  });

  it('leaves a strategy that always was Recreate', () => {
    const recreate = deployment({ ...held(), image: 'v2', strategy: { type: 'Recreate' } });
    expect(decide(review(recreate, recreate), snapshot(shop))).toMatchObject({ is: 'allow' });
  });

  it('leaves other edits of the user alone', () => {
    const next = deployment({
      ...held(),
      image: 'v2',
      replicas: 9,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
    });
    expect(decide(review(old, next), snapshot(shop))).toMatchObject({ is: 'allow', warnings: [] });
  });

  it('puts the enrolment of a healthy workload back when a replace drops it', () => {
    const decision = decide(review(v1, plain1), snapshot(shop));
    expect(decision).toMatchObject({ is: 'patch', reason: REASON.marksRestored });
    expect(stored(plain1, decision).metadata).toMatchObject({
      labels: { [LABEL.enrolled]: 'canary' },
      annotations: enrolled().annotations,
    });
  });
});

describe('what asks for a release', () => {
  const reasonOf = (old: KubeObject, next: KubeObject): string => decide(review(old, next), snapshot(shop)).reason;
  const withId = (image: string, id: string) =>
    deployment({ ...enrolled(), image, annotations: { ...enrolled().annotations, [ANNOTATION.rolloutId]: id } });

  it('a new release id, without a new template', () => {
    expect(reasonOf(withId('v1', '1'), withId('v1', '2'))).toBe(REASON.held);
  });

  it('not a new template under the same release id', () => {
    expect(reasonOf(withId('v1', '1'), withId('v2', '1'))).toBe(REASON.nothingToDecide);
  });

  it('X3 a new template under the same rollout-id label', () => {
    const labels = { ...enrolled().labels, [LABEL.rolloutId]: '1' };
    expect(reasonOf(deployment({ ...enrolled(), labels }), deployment({ ...enrolled(), labels, image: 'v2' }))).toBe(
      REASON.held,
    );
  });

  it('a bare in-progressing that a client writes', () => {
    const annotations = { ...enrolled().annotations, [ANNOTATION.inProgressing]: 'true' };
    expect(reasonOf(v1, deployment({ ...enrolled(), annotations }))).toBe(REASON.held);
  });

  it('a new template although an undo copied in-progressing to a workload that is not held', () => {
    const annotations = held().annotations;
    expect(
      reasonOf(deployment({ ...enrolled(), annotations }), deployment({ ...enrolled(), annotations, image: 'v2' })),
    ).toBe(REASON.held);
  });

  it('not the hash label that controllers add to templates', () => {
    const next = structuredClone(v1);
    (next['spec'] as { template: { metadata: { labels: object } } }).template.metadata.labels = {
      app: 'web',
      [LABEL.podTemplateHash]: 'x',
    };
    expect(reasonOf(v1, next)).toBe(REASON.nothingToDecide);
  });
});

describe('two Rollouts for one workload', () => {
  const older = rollout({ name: 'older', created: '2025-01-01T00:00:00Z' });
  const nameOf = (old: KubeObject, rollouts = [rollout(), older]): string | undefined => {
    const next = { ...v2, metadata: { ...old.metadata } };
    return stored(next, decide(review(old, next), snapshot({ rollouts }))).metadata.annotations?.[ANNOTATION.rollout];
  };

  it('X45 the holder governs, whatever the order', () => {
    expect(nameOf(v1)).toBe('shop');
    expect(nameOf(v1, [older, rollout()])).toBe('shop');
  });

  it('X22 without a holder the oldest does, also when it names another API version', () => {
    const other = {
      ...older,
      spec: { ...older.spec, workloadRef: { ...older.spec.workloadRef, apiVersion: 'apps/v1beta1' } },
    };
    expect(nameOf(plain1, [rollout(), other])).toBe('older');
  });

  it('a Rollout for another workload never does', () => {
    expect(nameOf(plain1, [rollout({ name: 'aaa', target: 'api', created: '2020-01-01T00:00:00Z' }), rollout()])).toBe(
      'shop',
    );
  });
});

describe('AW-27 a release under our own user', () => {
  it('passes every write unchanged, held or not', () => {
    const objects = [v1, v2, v2Held, plain1, deployment(held()), deployment(escape)];
    for (const old of objects)
      for (const next of objects)
        expect(decide(review(old, next, { username: OURS }), snapshot(shop))).toMatchObject({
          is: 'allow',
          warnings: [],
        });
  });
});

describe('a hold that begins a release', () => {
  const toldOf = (next: KubeObject, phase: string) => {
    const idle = rollout({ status: { phase } });
    const decision = decide(review(v1, next), snapshot({ rollouts: [idle] }));
    return 'tells' in decision ? decision.tells : undefined;
  };

  it('is told in the status of a Healthy Rollout, as far as it is still that one and Healthy', () => {
    const told = toldOf(v2, 'Healthy');
    expect(told?.action).toMatchObject({ target: { name: 'shop' }, subresource: 'status' });
    expect(told?.action.operations).toEqual(
      expect.arrayContaining([
        { op: 'test', path: '/metadata/uid', value: rollout().metadata.uid },
        { op: 'test', path: '/status/phase', value: 'Healthy' },
        { op: 'replace', path: '/status/phase', value: 'Progressing' },
        { op: 'add', path: '/status/currentStepState', value: 'BeforeStepUpgrade' },
      ]),
    );
  });

  it('is urgent to answer unless a policy has held it already', () => {
    expect(toldOf(v2, 'Healthy')?.isUrgent).toBe(true);
    expect(toldOf(v2Held, 'Healthy')?.isUrgent).toBe(false);
  });

  it('is not told where nobody would take it for done', () => {
    expect(toldOf(v2, 'Initial')).toBeUndefined();
  });
});
