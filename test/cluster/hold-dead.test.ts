// The truth table of the hold with no Sluice process alive, and what Sluice does on its return.

import { afterEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { DEPLOYMENTS } from '../../src/api/resources.ts';
import type { Rollout } from '../../src/api/rollout.ts';
import { planWorkload } from '../../src/core/workload/enrolment.ts';
import { firstEnrolment } from '../../src/core/workload/first-enrolment.ts';
import { candidatesWith } from '../../src/core/workload/governing.ts';
import { apply, type Applied } from '../../src/kube/apply.ts';
import { connect } from '../../src/kube/auth.ts';
import { createClient } from '../../src/kube/client.ts';
import { Store } from '../../src/kube/store.ts';
import { WriteLog } from '../../src/kube/writes.ts';
import type { Action } from '../../src/objects/actions.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { deploymentCanary } from '../../src/workloads/deployment-canary.ts';
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

describe('an enrolment made from an old picture', () => {
  const perform = async (actions: readonly Action[]): Promise<Applied> => {
    const connection = await connect({ kubeconfig: world.cluster.kubeconfig });
    const store = new Store();
    store.define(DEPLOYMENTS);
    const needs = { clock: systemClock, writes: new WriteLog(), fence: { isLeader: () => true } };
    try {
      return await apply(actions, { client: createClient(connection), store, ...needs });
    } finally {
      await connection.close();
    }
  };
  const patched = (namespace: string, body: object, ...more: string[]) =>
    world.kubectl.do(['patch', 'deployment', NAME, '-n', namespace, '-p', JSON.stringify(body), ...more]);
  const marksOf = ({ metadata: { labels = {}, annotations = {} } }: KubeObject): unknown[] => [
    labels['sluice.dev/enrolled'],
    annotations['sluice.dev/rollout'],
  ];

  /** What is planned for it as it runs now. */
  async function planned(): Promise<{ namespace: string; seen: KubeObject; actions: Action[] }> {
    const namespace = await world.namespace('dead');
    await die();
    await world.kubectl.apply(deployment({ namespace }));
    await until('it runs', async () => at(await load(world, namespace), 'status', 'availableReplicas') === 5);
    const seen = await load(world, namespace);
    const plan = rollout({ namespace, traffic: false }) as unknown as Rollout;
    const { actions } = planWorkload({
      workload: deploymentCanary.project(seen),
      kind: deploymentCanary,
      view: deploymentCanary.view(seen, { replicaSets: await world.list('replicasets', namespace) }),
      candidates: [candidatesWith()(plan)],
      batchReleases: [],
      liveConfirmed: false,
      namespaceTerminating: false,
    });
    expect(actions.map((action) => action.do)).toEqual(['exactPatch']);
    return { namespace, seen, actions };
  }

  test('is written when nothing but the status came between, and what the controller notes with it', async () => {
    const { namespace, seen, actions } = await planned();
    const note = { metadata: { annotations: { 'example.com/noted': 'yes' } }, status: { unavailableReplicas: 1 } };
    await patched(namespace, note, '--type=merge', '--subresource=status');
    const between = await load(world, namespace);
    expect(between.metadata.resourceVersion).not.toBe(seen.metadata.resourceVersion);
    expect(between.metadata.generation, 'such a write is no new generation').toBe(seen.metadata.generation);
    expect(await perform(actions)).toEqual({ done: 1 });
    const after = await load(world, namespace);
    expect(marksOf(after)).toEqual(['canary', NAME]);
    expect(after.metadata.annotations).toMatchObject({ ...between.metadata.annotations });
    expect(after.metadata.labels).toMatchObject({ ...between.metadata.labels });
  });

  test('never overwrites the escape that a person set meanwhile', async () => {
    const { namespace, actions } = await planned();
    await patched(namespace, { metadata: { labels: { 'sluice.dev/enrolled': 'false' } } });
    const escaped = await load(world, namespace);
    expect(await perform(actions)).toMatchObject({ done: 0, failure: { status: 409, conflict: true } });
    const after = await load(world, namespace);
    expect([after.metadata.labels, after.metadata.annotations]).toEqual([
      escaped.metadata.labels,
      escaped.metadata.annotations,
    ]);
  });

  test('enrols no template that came meanwhile', async () => {
    const { namespace, actions } = await planned();
    await world.setImage(namespace, V2);
    expect(await perform(actions)).toMatchObject({ done: 0, failure: { conflict: true, cause: { status: 422 } } });
    expect(marksOf(await load(world, namespace))).toEqual([undefined, undefined]);
  });

  test('adds the maps where there were none, and replaces none that came meanwhile', async () => {
    const namespace = await world.namespace('dead');
    await die();
    const { metadata, spec, ...rest } = deployment({ namespace });
    const body = { ...rest, metadata: { name: metadata.name, namespace }, spec: { ...spec, paused: true } };
    await world.kubectl.do(['create', '-f', '-'], JSON.stringify(body));
    const seen = await load(world, namespace);
    expect([seen.metadata.labels, seen.metadata.annotations]).toEqual([undefined, undefined]);
    const added = { labels: { 'sluice.dev/enrolled': 'canary' }, annotations: { 'sluice.dev/rollout': NAME } };
    const enrol = firstEnrolment(DEPLOYMENTS, seen, added, 'test');
    await patched(namespace, { metadata: { labels: { team: 'a' } } });
    expect(await perform([enrol!])).toMatchObject({ done: 0, failure: { conflict: true } });
    expect((await load(world, namespace)).metadata.labels).toEqual({ team: 'a' });
    await patched(namespace, { metadata: { labels: null } }, '--type=merge');
    expect(await perform([enrol!])).toEqual({ done: 1 });
    expect(marksOf(await load(world, namespace))).toEqual(['canary', NAME]);
  });

  test('that the API server would never take is a refusal, not a conflict', async () => {
    const { seen } = await planned();
    const wrong = { labels: { 'sluice.dev/enrolled': 'no such value!' }, annotations: {} };
    const enrol = firstEnrolment(DEPLOYMENTS, seen, wrong, 'test');
    const { failure } = await perform([enrol!]);
    expect([failure?.status, failure?.conflict, failure?.retryable]).toEqual([422, false, false]);
    expect(failure?.message).toContain('metadata.labels');
  });
});
