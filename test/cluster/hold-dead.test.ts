// The truth table of the hold with no Sluice process alive, and what Sluice does on its return.

import { afterEach, describe, expect, test } from 'vitest';
import { deployment, rollout } from './support/objects.ts';
import { staysTrue, until } from './support/until.ts';
import {
  at,
  enrolledAs,
  expectHeld,
  expectUntouched,
  imagesOf,
  isHeld,
  load,
  NAME,
  V1,
  V2,
  V3,
} from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('hold-dead');
const QUIET = { traffic: false } as const;

const die = (): Promise<void> => world.sluice.stop('SIGKILL');
const live = (): Promise<void> => (world.sluice.running ? Promise.resolve() : world.sluice.start());
afterEach(live);

const merge = (namespace: string, body: object, kind = 'deployment', name = NAME) =>
  world.kubectl.do(['patch', kind, name, '-n', namespace, '--type=merge', '-p', JSON.stringify(body)]);

async function enrolled(): Promise<string> {
  const namespace = await world.namespace('dead');
  await world.app(namespace, QUIET);
  return namespace;
}

async function releasing(): Promise<string> {
  const namespace = await enrolled();
  await world.setImage(namespace, V2);
  await world.pausedIn(namespace, 1);
  return namespace;
}

describe('enrolled, healthy', () => {
  test('the API server alone holds a changed template; released step by step once Sluice is back', async () => {
    const namespace = await enrolled();
    await die();
    const { err } = await world.kubectl.try(['set', 'image', `deployment/${NAME}`, `${NAME}=${V2}`, '-n', namespace]);
    expect(err, 'the explaining policy warns').toMatch(/held by Rollout echoserver/);
    await expectHeld(world, namespace, V2);
    await live();
    await world.pausedIn(namespace, 1);
    expect((await imagesOf(world, namespace)).filter((image) => image === V1)).toHaveLength(5);
  });

  test('a changed release id alone is held', async () => {
    const namespace = await enrolled();
    await die();
    await merge(namespace, { metadata: { annotations: { 'rollouts.kruise.io/rollout-id': 'r-2' } } });
    expect(isHeld(await load(world, namespace))).toBe(true);
  });

  test('kubectl scale passes and starts nothing', async () => {
    const namespace = await enrolled();
    await die();
    await world.kubectl.do(['scale', 'deployment', NAME, '--replicas=3', '-n', namespace]);
    expect(isHeld(await load(world, namespace))).toBe(false);
    await until('three pods', async () => (await imagesOf(world, namespace)).length === 3);
  });

  test('AW-05: a later mutator that un-pauses is refused by the guard', async () => {
    const namespace = await enrolled();
    await die();
    const name = 'zz-hostile.sluice.test';
    const expression = 'Object{spec: Object.spec{paused: false}}';
    const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] };
    const selector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
    await world.kubectl.apply(
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingAdmissionPolicy',
        metadata: { name },
        spec: {
          failurePolicy: 'Fail',
          reinvocationPolicy: 'IfNeeded',
          matchConstraints: { namespaceSelector: selector, resourceRules: [rule] },
          mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
        },
      },
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingAdmissionPolicyBinding',
        metadata: { name },
        spec: { policyName: name },
      },
    );
    try {
      const refusal = await until('the guard refuses', async () => {
        const { code, err } = await world.kubectl.try([
          'set',
          'image',
          `deployment/${NAME}`,
          `${NAME}=${V2}`,
          '-n',
          namespace,
          '--dry-run=server',
        ]);
        return code !== 0 ? err : undefined;
      });
      expect(refusal).toMatch(/undone/);
      expect(refusal).toContain('sluice.dev/enrolled=false');
    } finally {
      await world.kubectl.do(['delete', 'mutatingadmissionpolicybindings,mutatingadmissionpolicies', name]);
    }
  });
});

describe('not enrolled, its Rollout created a moment ago', () => {
  test('not held, and reported as Bypassed on return', async () => {
    const namespace = await world.namespace('dead');
    await world.kubectl.apply(deployment({ namespace }));
    await until('five pods', async () => at(await load(world, namespace), 'status', 'availableReplicas') === 5);
    await die();
    await world.kubectl.apply(rollout({ namespace, traffic: false }), deployment({ namespace, image: V2 }));
    await expectUntouched(world, namespace, V2);
    await live();
    await until('condition Bypassed', async () => {
      const conditions = (await world.status(namespace))['conditions'] as
        { type: string; status: string }[] | undefined;
      return conditions?.some(({ type, status }) => type === 'Bypassed' && status === 'True');
    });
  });
});

describe('enrolled, a release in progress', () => {
  test('a PUT that drops everything, paused: false, and a newer template: all stay held', async () => {
    const namespace = await releasing();
    await die();
    await merge(namespace, { spec: { paused: false } });
    await expectHeld(world, namespace, V2);
    await world.kubectl.do(['replace', '-f', '-'], JSON.stringify(deployment({ namespace, image: V3 })));
    await expectHeld(world, namespace, V3);
    expect(enrolledAs(await load(world, namespace))).toBe('canary');
    await live();
    await until('v3 begins again from step 1', async () => {
      const images = await imagesOf(world, namespace);
      return images.filter((image) => image === V3).length === 1 && !images.includes(V2);
    });
    await world.pausedIn(namespace, 1);
  });

  test('the stable template is a rollback that Sluice completes on its return', async () => {
    const namespace = await releasing();
    await die();
    await world.setImage(namespace, V1);
    await staysTrue(
      'five pods of v1 serve',
      async () => (await imagesOf(world, namespace)).filter((image) => image === V1).length === 5,
      300,
    );
    await live();
    await world.in(namespace, { phase: 'Healthy', message: 'Rollout progressing has been canceled' });
  });
});

describe('promotion running natively', () => {
  test('held by the policy alone: stays held and explained, goes on when the template is v2 again', async () => {
    const namespace = await world.namespace('dead');
    const slow = (image: string): object => {
      const object = deployment({ namespace, image });
      const late = image === V1 ? {} : { annotations: { 'kwok.sluice.dev/ready-after': '4s' } };
      return {
        ...object,
        spec: {
          ...object.spec,
          template: { ...object.spec.template, metadata: { ...object.spec.template.metadata, ...late } },
        },
      };
    };
    await world.kubectl.apply(slow(V1), rollout({ namespace, traffic: false, steps: [{ replicas: 1 }] }));
    await world.idle(namespace);
    await world.kubectl.apply(slow(V2));
    await world.pausedIn(namespace, 1);
    await world.approve(namespace);
    await until(
      'the native roll-out runs',
      async () =>
        JSON.stringify(await world.status(namespace)).includes('Finalising') && !isHeld(await load(world, namespace)),
    );
    await die();
    await world.kubectl.apply(slow(V3));
    await expectHeld(world, namespace, V3);
    await live();
    await until('the wait is explained', async () =>
      /newer template|held/i.test(String((await world.status(namespace))['message'])),
    );
    expect(isHeld(await load(world, namespace))).toBe(true);
    await world.kubectl.apply(slow(V2));
    await world.in(namespace, { phase: 'Healthy' });
    await until('v2 everywhere', async () => new Set(await imagesOf(world, namespace)).size === 1);
  });
});

describe('still labelled because Sluice was dead', () => {
  for (const [title, go] of [
    [
      'deleted',
      async (namespace: string) =>
        void (
          await world.kubectl.do([
            'patch',
            'rollouts.v1beta1.rollouts.kruise.io',
            NAME,
            '-n',
            namespace,
            '--type=merge',
            '-p',
            '{"metadata":{"finalizers":null}}',
          ]),
          await world.kubectl.do(['delete', 'rollouts.v1beta1.rollouts.kruise.io', NAME, '-n', namespace])
        ),
    ],
    [
      'Disabled',
      async (namespace: string) =>
        void (await merge(namespace, { spec: { disabled: true } }, 'rollouts.v1beta1.rollouts.kruise.io')),
    ],
  ] as const) {
    test(`its Rollout is ${title}: held by the policy, given back on return`, async () => {
      const namespace = await enrolled();
      await die();
      await go(namespace);
      await world.setImage(namespace, V2);
      await expectHeld(world, namespace, V2);
      await live();
      await until('given back and un-enrolled', async () => {
        const object = await load(world, namespace);
        return !isHeld(object) && enrolledAs(object) === undefined;
      });
      await until('v2 everywhere', async () => (await imagesOf(world, namespace)).every((image) => image === V2));
    });
  }
});

describe('untouched', () => {
  test('no Rollout, and the escape', async () => {
    const free = await world.namespace('dead');
    await world.kubectl.apply(deployment({ namespace: free }));
    const escaped = await enrolled();
    await world.kubectl.do(['label', 'deployment', NAME, 'sluice.dev/enrolled=false', '--overwrite', '-n', escaped]);
    await until('five pods', async () => at(await load(world, free), 'status', 'availableReplicas') === 5);
    await die();
    for (const namespace of [free, escaped]) {
      await world.setImage(namespace, V2);
      await expectUntouched(world, namespace, V2);
    }
  });
});
