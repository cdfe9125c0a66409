// The truth table of the hold with a Sluice process alive, row by row, on a real API server.

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { deployment, ingress, rollout, service } from './support/objects.ts';
import { staysTrue, until } from './support/until.ts';
import {
  at,
  enrolledAs,
  expectHeld,
  expectUntouched,
  imageOf,
  imagesOf,
  isHeld,
  load,
  NAME,
  V1,
  V2,
  V3,
} from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('hold-alive');
const QUIET = { traffic: false } as const;

const merge = (namespace: string, body: object, kind = 'deployment', name = NAME) =>
  world.kubectl.try(['patch', kind, name, '-n', namespace, '--type=merge', '-p', JSON.stringify(body)]);
/** A PUT, as `kubectl replace` sends it. */
const put = (object: object) => world.kubectl.do(['replace', '-f', '-'], JSON.stringify(object));

async function releasing(options: object = QUIET): Promise<string> {
  const namespace = await world.namespace('alive');
  await world.app(namespace, options);
  await world.setImage(namespace, V2);
  await world.pausedIn(namespace, 1);
  return namespace;
}

describe('enrolled, healthy', () => {
  test('a changed template is held, and the stable revision is written on the workload', async () => {
    const namespace = await world.namespace('alive');
    await world.app(namespace, QUIET);
    const [before] = await world.list('replicasets', namespace);
    await world.setImage(namespace, V2);
    await expectHeld(world, namespace, V2);
    const held = await load(world, namespace);
    expect(held.metadata.labels?.['rollouts.kruise.io/stable-revision']).toBe(
      before?.metadata.labels?.['pod-template-hash'],
    );
  });

  test('a changed release id alone is a release', async () => {
    const namespace = await world.namespace('alive');
    await world.app(namespace, QUIET);
    await merge(namespace, { metadata: { annotations: { 'rollouts.kruise.io/rollout-id': 'r-2' } } });
    expect(isHeld(await load(world, namespace))).toBe(true);
  });

  test('kubectl scale and writes of an autoscaler never start a release, held or not', async () => {
    const namespace = await world.namespace('alive');
    await world.app(namespace, QUIET);
    await world.kubectl.do(['scale', 'deployment', NAME, '--replicas=3', '-n', namespace]);
    expect(isHeld(await load(world, namespace))).toBe(false);
    await until('three pods', async () => (await imagesOf(world, namespace)).length === 3);
    await world.setImage(namespace, V2);
    await world.kubectl.do(['scale', 'deployment', NAME, '--replicas=4', '-n', namespace]);
    const scaled = await load(world, namespace);
    expect([at(scaled, 'spec', 'replicas'), isHeld(scaled)]).toEqual([4, true]);
  });

  test('a dry run is answered like the real thing and stores nothing', async () => {
    const namespace = await world.namespace('alive');
    await world.app(namespace, QUIET);
    const out = await world.kubectl.do([
      'set',
      'image',
      `deployment/${NAME}`,
      `${NAME}=${V2}`,
      '-n',
      namespace,
      '--dry-run=server',
      '-o',
      'json',
    ]);
    expect(isHeld(JSON.parse(out) as KubeObject)).toBe(true);
    expect(imageOf(await load(world, namespace))).toBe(V1);
  });
});

describe('not enrolled, its Rollout created a moment ago', () => {
  test('the update is held and enrolled by the live look', async () => {
    const namespace = await world.namespace('alive');
    await world.kubectl.apply(deployment({ namespace }));
    await until('five pods', async () => at(await load(world, namespace), 'status', 'availableReplicas') === 5);
    await world.kubectl.apply(rollout({ namespace, traffic: false }), deployment({ namespace, image: V2 }));
    await expectHeld(world, namespace, V2);
    expect(enrolledAs(await load(world, namespace))).toBe('canary');
    await world.pausedIn(namespace, 1);
  });
});

describe('enrolled, a release in progress', () => {
  test('a newer template stays held and starts again from step 1; the stable one is a rollback', async () => {
    const namespace = await releasing();
    await world.approve(namespace);
    await world.pausedIn(namespace, 2);
    await world.setImage(namespace, V3);
    await expectHeld(world, namespace, V3);
    await world.in(namespace, { phase: 'Progressing', currentStepIndex: 1, currentStepState: 'StepPaused' });
    await until('one pod of v3, none of v2', async () => {
      const images = await imagesOf(world, namespace);
      return images.filter((image) => image === V3).length === 1 && !images.includes(V2);
    });
    await world.setImage(namespace, V1);
    await world.in(namespace, { phase: 'Healthy', message: 'Rollout progressing has been canceled' });
    await until('only v1', async () => new Set(await imagesOf(world, namespace)).size === 1);
  });

  test('X29: a PUT that drops label, annotation and hold frees nothing', async () => {
    const namespace = await releasing();
    const bare = { ...deployment({ namespace, image: V2 }) };
    await put(bare);
    const stored = await load(world, namespace);
    expect([isHeld(stored), enrolledAs(stored), stored.metadata.annotations?.['sluice.dev/rollout']]).toEqual([
      true,
      'canary',
      NAME,
    ]);
  });

  test('a GitOps tool that re-applies paused: false releases nothing', async () => {
    const namespace = await releasing();
    await merge(namespace, { spec: { paused: false } });
    await expectHeld(world, namespace, V2);
  });

  test('kubectl rollout undo goes back to the stable template and cancels the release', async () => {
    const namespace = await world.namespace('alive');
    await world.app(namespace, QUIET);
    await world.setImage(namespace, V2);
    await world.pausedIn(namespace, 1);
    await world.setImage(namespace, V1);
    await world.in(namespace, { phase: 'Healthy', message: 'Rollout progressing has been canceled' });
  });

  test('Recreate, sent during a release, does not take the old pods down', async () => {
    const namespace = await releasing();
    await merge(namespace, { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } });
    expect(at(await load(world, namespace), 'spec', 'strategy', 'type')).toBe('RollingUpdate');
  });

  test('a rollback under way: the newer template is held, and released from step 1 once the rollback is done', async () => {
    const namespace = await releasing({ grace: 3 });
    await world.setImage(namespace, V1);
    await until('cancelling', async () => JSON.stringify(await world.status(namespace)).includes('Cancelling'));
    await world.setImage(namespace, V3);
    await expectHeld(world, namespace, V3);
    await world.pausedIn(namespace, 1);
    await until(
      'one pod of v3',
      async () => (await imagesOf(world, namespace)).filter((image) => image === V3).length === 1,
    );
    expect((await imagesOf(world, namespace)).filter((image) => image === V1)).toHaveLength(5);
  });
});

describe('promotion running natively', () => {
  /** New pods take long to be ready, so that the native roll-out can be caught in the act. */
  async function promoting(): Promise<string> {
    const namespace = await world.namespace('alive');
    const slow = (image: string): object => {
      const object = deployment({ namespace, image });
      const late = image === V2 ? { annotations: { 'kwok.sluice.dev/ready-after': '8s' } } : {};
      return {
        ...object,
        spec: {
          ...object.spec,
          template: { ...object.spec.template, metadata: { ...object.spec.template.metadata, ...late } },
        },
      };
    };
    const steps = [{ replicas: 1 }];
    await world.kubectl.apply(slow(V1), rollout({ namespace, traffic: false, steps }));
    await world.idle(namespace);
    await world.kubectl.apply(slow(V2));
    await world.pausedIn(namespace, 1);
    await world.approve(namespace);
    await until('the native roll-out runs', async () => {
      const object = await load(world, namespace);
      return (
        JSON.stringify(await world.status(namespace)).includes('Finalising') &&
        !isHeld(object) &&
        at(object, 'status', 'updatedReplicas') !== undefined
      );
    });
    return namespace;
  }

  test('a third template is refused as retryable, with the progress', async () => {
    const namespace = await promoting();
    const { code, err } = await world.kubectl.try([
      'set',
      'image',
      `deployment/${NAME}`,
      `${NAME}=${V3}`,
      '-n',
      namespace,
    ]);
    expect(code).toBe(1);
    expect(err).toMatch(/retry|again/i);
    expect(imageOf(await load(world, namespace))).toBe(V2);
  });

  test('a rollback to the old stable revision is allowed at once', async () => {
    const namespace = await promoting();
    const sets = await world.list('replicasets', namespace);
    const stable = sets.find((set) => imageOf(set) === V1);
    const template = at(stable, 'spec', 'template') as { metadata: { labels: Record<string, string> } };
    delete template.metadata.labels['pod-template-hash'];
    const body = [{ op: 'replace', path: '/spec/template', value: template }];
    await world.kubectl.do(['patch', 'deployment', NAME, '-n', namespace, '--type=json', '-p', JSON.stringify(body)]);
    expect(isHeld(await load(world, namespace))).toBe(false);
    await until('all pods run v1 again', async () => {
      const images = await imagesOf(world, namespace);
      return images.length === 5 && images.every((image) => image === V1);
    });
    await world.in(namespace, { phase: 'Healthy' });
  });
});

describe('untouched', () => {
  const untouched = async (title: string, prepare: (namespace: string) => Promise<void>): Promise<void> => {
    const namespace = await world.namespace('alive');
    await prepare(namespace);
    await world.setImage(namespace, V2);
    await expectUntouched(world, namespace, V2);
    expect(title).not.toBe('');
  };
  const running = (namespace: string): Promise<unknown> =>
    until('pods run', async () => at(await load(world, namespace), 'status', 'availableReplicas') === 5);

  test('no Rollout', () =>
    untouched('none', async (namespace) => {
      await world.kubectl.apply(deployment({ namespace }));
      await running(namespace);
    }));

  test('a style that is not supported', () =>
    untouched('style', async (namespace) => {
      const plan = rollout({ namespace, traffic: false });
      const { steps } = plan.spec.strategy.canary;
      const blueGreen = { ...plan, spec: { ...plan.spec, strategy: { blueGreen: { steps } } } };
      await world.kubectl.apply(deployment({ namespace }), blueGreen);
      await running(namespace);
      await until('the Rollout says so', async () =>
        JSON.stringify(await world.status(namespace)).includes('Unsupported'),
      );
    }));

  test('a Rollout that is disabled', () =>
    untouched('disabled', async (namespace) => {
      const plan = rollout({ namespace, traffic: false });
      await world.kubectl.apply(deployment({ namespace }), { ...plan, spec: { ...plan.spec, disabled: true } });
      await running(namespace);
    }));

  test('no replicas', () =>
    untouched('zero', async (namespace) => {
      await world.kubectl.apply(deployment({ namespace, replicas: 0 }), rollout({ namespace, traffic: false }));
      await world.in(namespace, { phase: 'Healthy' });
    }));

  test('no stable revision yet: nothing of the first template ever ran', async () => {
    const namespace = await world.namespace('alive');
    const first = deployment({ namespace });
    await world.kubectl.apply(
      { ...first, spec: { ...first.spec, paused: true } },
      rollout({ namespace, traffic: false }),
    );
    await world.in(namespace, { phase: 'Healthy' });
    await world.setImage(namespace, V2);
    const stored = await load(world, namespace);
    expect(stored.metadata.annotations?.['rollouts.kruise.io/in-progressing']).toBeUndefined();
    await merge(namespace, { spec: { paused: false } });
    await until('v2 runs', async () => (await imagesOf(world, namespace)).filter((image) => image === V2).length === 5);
  });

  test('the escape: hands off, at once', () =>
    untouched('escape', async (namespace) => {
      await world.app(namespace, QUIET);
      await world.kubectl.do([
        'label',
        'deployment',
        NAME,
        'sluice.dev/enrolled=false',
        '--overwrite',
        '-n',
        namespace,
      ]);
    }));

  test('a roll-out outside Sluice with traffic: untouched with a warning, enrolled once one revision serves', async () => {
    const namespace = await world.namespace('alive');
    const first = deployment({ namespace });
    const slow = deployment({ namespace, image: V2 });
    const template = {
      ...slow.spec.template,
      metadata: { ...slow.spec.template.metadata, annotations: { 'kwok.sluice.dev/ready-after': '4s' } },
    };
    await world.kubectl.apply(first, service({ namespace }), ingress({ namespace }));
    await running(namespace);
    await world.kubectl.apply({ ...slow, spec: { ...slow.spec, template } });
    await world.kubectl.apply(rollout({ namespace }));
    const { err } = await world.kubectl.try(['set', 'image', `deployment/${NAME}`, `${NAME}=${V3}`, '-n', namespace]);
    expect(err).toMatch(/[Ww]arning/);
    await expectUntouched(world, namespace, V3);
    await world.idle(namespace);
  });
});

describe('who governs', () => {
  test('two Rollouts for one workload: the first one governs, the other says so', async () => {
    const namespace = await world.namespace('alive');
    await world.app(namespace, QUIET);
    const second = rollout({ namespace, traffic: false });
    const { code, err } = await world.kubectl.try(
      ['apply', '-f', '-'],
      JSON.stringify({ ...second, metadata: { ...second.metadata, name: 'second' } }),
    );
    expect(code, 'the validator refuses it').toBe(1);
    expect(err).toContain(NAME);
    await world.setImage(namespace, V2);
    expect((await load(world, namespace)).metadata.annotations?.['rollouts.kruise.io/in-progressing']).toContain(
      `"${NAME}"`,
    );
  });

  test('a Rollout that is pointed at another workload: the old one is free, the new one is enrolled', async () => {
    const namespace = await world.namespace('alive');
    await world.app(namespace, QUIET);
    await world.kubectl.apply(deployment({ namespace, name: 'other' }));
    await merge(namespace, { spec: { workloadRef: { name: 'other' } } }, 'rollouts.v1beta1.rollouts.kruise.io');
    await until(
      'the other one is enrolled',
      async () => enrolledAs(await load(world, namespace, 'other')) === 'canary',
    );
    await until('the old one is free', async () => enrolledAs(await load(world, namespace)) === undefined);
    await world.setImage(namespace, V2);
    await expectUntouched(world, namespace, V2);
  });

  test('an in-progressing on a workload that is not held is stripped', async () => {
    const namespace = await world.namespace('alive');
    await world.app(namespace, QUIET);
    await merge(namespace, {
      metadata: { annotations: { 'rollouts.kruise.io/in-progressing': '{"rolloutName":"echoserver"}' } },
    });
    await until(
      'stripped',
      async () =>
        (await load(world, namespace)).metadata.annotations?.['rollouts.kruise.io/in-progressing'] === undefined,
    );
  });

  test('X12: a Rollout deleted mid-release gives the workload back and leaves nothing', async () => {
    const namespace = await releasing();
    await world.kubectl.do(['delete', 'rollouts', NAME, '-n', namespace]);
    await until('given back', async () => !isHeld(await load(world, namespace)));
    await until('v2 everywhere, alone', async () => {
      const images = await imagesOf(world, namespace);
      return (
        images.length === 5 &&
        images.every((image) => image === V2) &&
        (await world.list('deployments,batchreleases', namespace)).length === 1
      );
    });
    await until('un-enrolled', async () => enrolledAs(await load(world, namespace)) === undefined);
  });

  test('a Rollout disabled mid-release gives the workload back', async () => {
    const namespace = await releasing();
    await merge(namespace, { spec: { disabled: true } }, 'rollouts.v1beta1.rollouts.kruise.io');
    await world.in(namespace, { phase: 'Disabled' });
    expect(isHeld(await load(world, namespace))).toBe(false);
    await staysTrue('it stays free', async () => !isHeld(await load(world, namespace)), 300);
  });

  test('a namespace deleted mid-release is gone in time', async () => {
    const namespace = await releasing();
    await world.kubectl.do(['delete', 'namespace', namespace, '--wait=false']);
    await until('gone', async () => (await world.kubectl.try(['get', 'namespace', namespace])).code !== 0, 30_000);
  });
});
