import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../../src/api/kube.ts';
import { ANNOTATION, LABEL } from '../../../../src/api/names.ts';
import { planDeployment } from '../../../../src/core/deployment/plan-deployment.ts';
import { computeHash } from '../../../../src/objects/revision.ts';
import { template } from '../../workloads/objects.ts';
import { Model } from './model.ts';

const strict = { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } };
const sizes = (model: Model, ...images: string[]): number[] => images.map((image) => model.size(image));

const planned = (model: Model, deployment: KubeObject = model.deployment, namesTaken = 0) =>
  planDeployment({ deployment, replicaSets: model.replicaSets, namesTaken, answers: model.answers });

/** Sizes of the named images after each write, without repetitions. */
const course = (model: Model): string[] =>
  model.history
    .map((line) => line.slice(line.indexOf(' ') + 1))
    .filter((line, at, all) => line.includes('v2') && line !== all[at - 1]);

describe('a release in partition style', () => {
  it('follows its steps and ends with the new revision alone', () => {
    const model = new Model(5, strict);
    for (const [partition, v1, v2] of [
      ['20%', 4, 1],
      ['60%', 2, 3],
      ['100%', 0, 5],
    ] as const) {
      model.release('v2', partition);
      model.rest();
      expect(sizes(model, 'v1', 'v2')).toEqual([v1, v2]);
    }
  });

  it('goes one pod up and one down within surge and availability', () => {
    const model = new Model(3, { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
    model.release('v2', 2);
    model.rest();
    expect(course(model)).toEqual(['web:v1=3 web:v2=1', 'web:v1=2 web:v2=1', 'web:v1=2 web:v2=2', 'web:v1=1 web:v2=2']);
  });

  it('begins with one pod also where there is no surge, and never leaves a ReplicaSet alone with fewer pods', () => {
    const model = new Model(3, { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } });
    model.release('v2', '50%');
    model.rest();
    expect(course(model)).toEqual(['web:v1=3 web:v2=1', 'web:v1=2 web:v2=1', 'web:v1=1 web:v2=1', 'web:v1=1 web:v2=2']);
    expect(model.history.filter((line) => line.startsWith('kcm'))).toEqual([]);
  });

  it('brings no stable pod down for pods that never serve', () => {
    const model = new Model(5, strict);
    model.release('broken', '60%');
    model.rest();
    expect(model.serving).toBe(4);
    expect(sizes(model, 'v1', 'broken')).toEqual([4, 2]);
    model.setImage('v1');
    model.rest();
    expect(sizes(model, 'v1', 'broken')).toEqual([4, 2]);
  });

  it('a newer revision takes the place of one half released, and the stable one is complete again', () => {
    const model = new Model(5, strict);
    model.release('v2', '60%');
    model.rest();
    model.release('v3', '20%');
    const from = model.history.length;
    model.rest();
    expect(sizes(model, 'v1', 'v2', 'v3')).toEqual([4, 0, 1]);
    const stable = model.history.slice(from).map((line) => Number(/web:v1=(\d+)/.exec(line)?.[1]));
    expect(stable).toEqual([...stable].sort((a, b) => a - b));
  });

  it('X20 the stable revision is the one that the release knows, also when it has no pods any more', () => {
    const model = new Model(5, strict);
    model.release('v2', '100%');
    model.rest();
    model.release('v3', '20%');
    model.rest();
    expect(sizes(model, 'v1', 'v2', 'v3')).toEqual([4, 0, 1]);
  });

  it('a newer revision begins before the last pod of a broken one goes, so that the stable one is never alone', () => {
    const model = new Model(5, strict);
    model.release('broken', '60%');
    model.rest();
    model.release('v3', '20%');
    model.rest();
    expect(sizes(model, 'v1', 'broken', 'v3')).toEqual([4, 0, 1]);
    expect(model.history.filter((line) => line.startsWith('kcm'))).toEqual([]);
  });

  it('takes pods that do not serve before others, and those of the middle before stable ones', () => {
    const model = new Model(6, strict);
    model.release('v2', 3);
    model.rest();
    const middle = model.find('v2');
    for (const pod of (middle?.pods ?? []).slice(0, 1)) pod.ready = false;
    if (middle !== undefined) model.replicaSet(middle);
    model.release('v3', 1);
    model.kcm();
    model.plan();
    const shrunk = model.pending.filter(
      ({ action }) => action.do === 'patch' && JSON.stringify(action).includes('"spec"'),
    );
    expect(shrunk.map(({ action }) => action.target.name)).toEqual([middle?.object.metadata.name]);
  });

  it.each([
    ['up', 10, 8, 2],
    ['down', 2, 1, 1],
  ])('scaled %s it keeps its share', (_how, replicas, v1, v2) => {
    const model = new Model(5, strict);
    model.release('v2', '20%');
    model.rest();
    model.scale(replicas);
    model.rest();
    expect(sizes(model, 'v1', 'v2')).toEqual([v1, v2]);
  });

  it('scaled up from the one pod that the first step replaced, it goes back to its share', () => {
    const model = new Model(1, strict);
    model.release('v2', '20%');
    model.rest();
    expect(sizes(model, 'v1', 'v2')).toEqual([0, 1]);
    model.scale(5);
    model.rest();
    expect(sizes(model, 'v1', 'v2')).toEqual([4, 1]);
    expect(model.history.filter((line) => line.startsWith('kcm'))).toEqual(['kcm: web:v1=0 web:v2=5']);
  });
});

describe('who may have new pods', () => {
  it('only the revision that the release names: a newer template waits for a release of its own', () => {
    const model = new Model(5, strict);
    model.release('v2', '60%');
    model.rest();
    model.setImage('v3');
    model.rest();
    expect(sizes(model, 'v1', 'v2', 'v3')).toEqual([2, 3, 0]);
    model.release('v3', '60%');
    model.rest();
    expect(sizes(model, 'v1', 'v2', 'v3')).toEqual([2, 0, 3]);
  });

  it('nobody while a release is under way that has not named its revision', () => {
    const model = new Model(5, { ...strict, partition: '60%' });
    model.deployment.metadata.annotations = {
      ...model.deployment.metadata.annotations,
      [ANNOTATION.inProgressing]: '{"rolloutName":"shop"}',
    };
    model.setImage('v2');
    model.rest();
    expect(sizes(model, 'v1', 'v2')).toEqual([5, 0]);
  });

  it('any, where a person wrote the annotation; at rest it moves nothing', () => {
    const model = new Model(5, strict);
    model.setImage('v2');
    model.strategy = { partition: '100%' };
    model.rest();
    expect(sizes(model, 'v1', 'v2')).toEqual([0, 5]);
    model.strategy = { partition: '20%' };
    model.rest();
    expect(sizes(model, 'v1', 'v2')).toEqual([0, 5]);
    model.setImage('v3');
    model.rest();
    expect(sizes(model, 'v1', 'v2', 'v3')).toEqual([0, 4, 1]);
  });

  it('nobody new while the strategy is paused: every ReplicaSet keeps its share of the size', () => {
    const model = new Model(5, strict);
    model.release('v2', '40%');
    model.rest();
    model.strategy = { paused: true, partition: '100%' };
    model.rest();
    expect(sizes(model, 'v1', 'v2')).toEqual([3, 2]);
    model.scale(10);
    model.rest();
    expect(sizes(model, 'v1', 'v2')).toEqual([6, 4]);
    model.scale(5);
    model.rest();
    expect(sizes(model, 'v1', 'v2')).toEqual([3, 2]);
  });

  it('a release of the template that serves already moves nothing', () => {
    const model = new Model(5, strict);
    model.release('v2', '100%');
    model.rest();
    model.deployment.metadata.labels = { [LABEL.stableRevision]: computeHash(template('v2')) };
    model.release('v2', '20%');
    model.rest();
    expect(sizes(model, 'v1', 'v2')).toEqual([0, 5]);
  });

  it.each([
    ['not paused', (model: Model) => Object.assign(model.deployment.spec, { paused: false })],
    [
      'of type RollingUpdate',
      (model: Model) => Object.assign(model.deployment.spec, { strategy: { type: 'RollingUpdate' } }),
    ],
    ['being deleted', (model: Model) => Object.assign(model.deployment.metadata, { deletionTimestamp: 'now' })],
    [
      'taken away by a person',
      (model: Model) => Object.assign(model.deployment.metadata, { labels: { [LABEL.enrolled]: 'false' } }),
    ],
    ['of another style', (model: Model) => (model.strategy = { rollingStyle: 'Canary' })],
    ['without annotation', (model: Model) => Object.assign(model.deployment.metadata, { annotations: {} })],
    ['not seen yet by kube-controller-manager', (model: Model) => model.setImage('v3')],
  ])('none of ours: a Deployment that is %s', (_what, change) => {
    const model = new Model(5, strict);
    model.release('v2', '60%');
    model.kcm();
    expect(planned(model).actions).not.toEqual([]);
    change(model);
    expect(planned(model).actions).toEqual([]);
  });
});

describe('the ReplicaSet of a new revision', () => {
  const started = (): Model => {
    const model = new Model(5, strict);
    model.release('v2', '60%');
    model.kcm();
    return model;
  };
  const created = (model: Model, namesTaken = 0) =>
    planned(model, model.deployment, namesTaken).actions.find((action) => action.do === 'create')?.object as KubeObject;

  it('is as kube-controller-manager would make it', () => {
    const model = started();
    const hash = computeHash(template('v2'));
    const labels = { app: 'web', 'pod-template-hash': hash };
    expect(created(model)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `web-${hash}`,
        namespace: 'shop',
        labels,
        annotations: {
          'deployment.kubernetes.io/revision': '2',
          'deployment.kubernetes.io/desired-replicas': '5',
          'deployment.kubernetes.io/max-replicas': '6',
        },
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            name: 'web',
            uid: 'd',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { ...template('v2'), metadata: { labels } },
      },
    });
  });

  it('has the next name when somebody else has the first', () => {
    const model = started();
    expect(created(model, 1).metadata.name).toBe(`web-${computeHash(template('v2'), 1)}`);
    expect(created(model, 2).metadata.name).not.toBe(created(model, 1).metadata.name);
  });

  it('has a name within what Kubernetes allows', () => {
    const model = started();
    model.deployment.metadata.name = 'w'.repeat(253);
    expect(created(model).metadata.name).toHaveLength(253);
    expect(created(model).metadata.name.endsWith(computeHash(template('v2')))).toBe(true);
  });
});

it('says on the Deployment how many new pods are ready', () => {
  const model = new Model(5, strict);
  model.release('v2', '60%');
  model.rest();
  const text = model.deployment.metadata.annotations?.[ANNOTATION.deploymentExtraStatus] ?? '';
  expect(JSON.parse(text)).toEqual({ updatedReadyReplicas: 3, expectedUpdatedReplicas: 3 });
});
