// The view model as data: what a web page or a notice gets, before any of it becomes columns.

import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { CONDITION } from '../../../src/api/names.ts';
import type { Rollout } from '../../../src/api/rollout.ts';
import { around } from '../../../src/view/around.ts';
import type { Look } from '../../../src/view/look.ts';
import { podsOf, releaseModel, type ReleaseModel } from '../../../src/view/release-model.ts';
import { IDLE, PAUSED, deployment, replicaSet, troubledPod, type RolloutParts } from '../cli/objects.ts';
import { NOW } from '../cli/run.ts';
import { atRest, duringRelease, lease } from './looks.ts';

const PAUSED_SINCE = Date.parse('2026-01-01T11:55:00Z');
const CREATED = Date.parse('2026-01-01T11:50:00Z');

const released = async (parts?: RolloutParts, ...others: KubeObject[]): Promise<ReleaseModel> =>
  releaseModel(await duringRelease(parts, ...others));
const idle = async (parts?: RolloutParts, ...others: KubeObject[]): Promise<ReleaseModel> =>
  releaseModel(await atRest(parts, ...others));
const withLook = (look: Look, change: Partial<Look>): ReleaseModel => releaseModel({ ...look, ...change });

const with600Seconds = [{ replicas: '20%', traffic: '20%', pause: { duration: 600 } }, { replicas: '90%' }];

describe('a release in its first step', () => {
  it('is plain data: nothing is lost on the way through JSON', async () => {
    for (const model of [await released(), await idle(), await idle({ spec: { workloadRef: nowhere } })])
      expect(JSON.parse(JSON.stringify(model))).toEqual(model);
  });

  it('says where it is, what it waits for and since when, and what can be done', async () => {
    const model = await released();
    expect(model).toMatchObject({ phase: 'Progressing', isReleasing: true, withoutWorkload: '', troubles: [] });
    expect(model.waits).toEqual({ kind: 'Approval', what: 'an approval of step 1 of 2', since: PAUSED_SINCE });
    expect(model.next).toEqual([
      { do: 'approve', does: 'goes on with step 2 of 2: 90% of pods, 90% of requests' },
      { do: 'undo', does: 'goes back to the stable version: the release is cancelled' },
    ]);
    expect(model.steps.map(({ index, isCurrent, state }) => [index, isCurrent, state])).toEqual([
      [1, true, 'StepPaused'],
      [2, false, ''],
    ]);
    expect(model.progress).toMatchObject({ step: 1, state: 'StepPaused', nextStep: 2, newRevision: 'canary' });
  });

  it('moves with the clock in nothing but the time of the look', async () => {
    const look = { ...(await duringRelease()), lease: 'hidden' as const };
    expect({ ...withLook(look, { now: NOW + 3_600_000 }), now: NOW }).toEqual(releaseModel(look));
  });

  it('has the workload with the part of each revision in it', async () => {
    const { workload } = await released();
    expect(workload).toMatchObject({
      kind: 'Deployment',
      name: 'echoserver',
      created: CREATED,
      state: 'Held',
      isUpdateHeld: true,
      isEscaped: false,
      images: ['cilium/echoserver:1.10.3'],
      pods: { ready: 2, wanted: 2 },
      stableRevision: 'stable',
      newRevision: 'canary',
      parts: [{ name: 'echoserver-stable', role: 'Stable', isInUse: true, pods: { ready: 2, wanted: 2 } }],
      beside: [{ name: 'echoserver-x7k2p', role: 'New pods', parts: [{ role: 'New', pods: { ready: 1, wanted: 1 } }] }],
    });
  });

  it('has pods by the revision that they run and by what owns them', async () => {
    const model = await released(undefined, troubledPod());
    const seen = model.pods.map(({ name, revision, isNew }) => [name.at(-1), revision, isNew]).sort();
    expect(seen).toEqual([
      ['a', 'stable', false],
      ['b', 'stable', false],
      ['c', 'canary', true],
      ['z', 'stable', false],
    ]);
    const [stable] = model.workload?.parts ?? [];
    expect(podsOf(model, stable?.uid ?? '').map(({ name }) => name.at(-1))).toEqual(['a', 'b', 'z']);
    expect(model.pods.at(-1)).toMatchObject({ status: 'ImagePullBackOff', ready: 0, containers: 1, restarts: 3 });
  });

  it('has the share of requests that the live routes show, and what each Service selects', async () => {
    const { traffic } = await released();
    expect(traffic?.requests).toEqual([{ go: 'apart', share: { traffic: '20%' } }]);
    expect(traffic?.services.map(({ name, selects }) => [name, selects])).toEqual([
      ['echoserver', { revision: 'stable', role: 'stable' }],
      ['echoserver-canary', { revision: 'canary', role: 'new' }],
    ]);
    expect(traffic?.routes.map(({ kind, name, exists }) => [kind, name, exists])).toEqual([
      ['Ingress', 'echoserver', true],
      ['Ingress', 'echoserver-canary', true],
    ]);
  });

  it('tells a share that no step wants by why it is not the wanted one', async () => {
    const steps = [{ replicas: '20%', traffic: '30%' }];
    const { traffic } = await released({ steps, status: PAUSED });
    expect(traffic?.requests).toEqual([{ go: 'elsewhere', why: expect.stringContaining('30') as string }]);
  });

  it('an older revision without pods is history', async () => {
    const old = replicaSet('echoserver-older', 'older', 'cilium/echoserver:1.10.1', 0, { of: 'echoserver' });
    const { workload } = await released(undefined, old);
    expect(workload?.parts.map(({ name, role, isInUse }) => [name, role, isInUse])).toContainEqual([
      'echoserver-older',
      'Old',
      false,
    ]);
  });
});

const nowhere = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nowhere' };
const paused = (canaryStatus: object = {}): RolloutParts['status'] => ({
  ...PAUSED,
  canaryStatus: { ...PAUSED.canaryStatus, ...canaryStatus },
});

describe('what is waited for', () => {
  it.each<[string, RolloutParts, ReleaseModel['waits']]>([
    [
      'a pause that ends by itself',
      { steps: with600Seconds, status: paused() },
      {
        kind: 'PauseDuration',
        what: 'the pause of step 1 of 2 to end',
        since: PAUSED_SINCE,
        until: PAUSED_SINCE + 600_000,
      },
    ],
    [
      'the step itself',
      { status: paused({ currentStepState: 'StepUpgrade' }) },
      { kind: 'Step', what: PAUSED.message, since: PAUSED_SINCE },
    ],
    [
      'a release that a person paused',
      { strategy: { paused: true }, status: paused() },
      { kind: 'Paused', what: 'spec.strategy.paused to be false again', since: undefined },
    ],
    [
      'the end of a Rollout',
      { status: { ...PAUSED, phase: 'Terminating', message: 'is going' } },
      { kind: 'End', what: 'is going' },
    ],
    [
      'the first look',
      { status: undefined },
      { kind: 'FirstLook', what: 'Sluice to see this Rollout for the first time' },
    ],
    ['a held update to be taken up', { status: IDLE }, { kind: 'Start', what: 'Sluice to take up the held update' }],
    [
      'a workload that is not there',
      { status: IDLE, spec: { workloadRef: nowhere } },
      { kind: 'WorkloadMissing', what: 'Deployment nowhere does not exist in namespace demo' },
    ],
  ])('%s', async (_what, parts, waits) => {
    expect((await released(parts)).waits).toEqual(waits);
  });

  it('a kind that nobody here serves', async () => {
    const workloadRef = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent' };
    const model = await idle({ status: IDLE, spec: { workloadRef } });
    expect(model.waits).toEqual({ kind: 'KindUnsupported', what: model.withoutWorkload });
    expect(model.withoutWorkload).toContain('DaemonSet');
  });

  it('nothing, at rest', async () => {
    expect((await idle()).waits).toBeUndefined();
  });
});

describe('what can be done next', () => {
  const dos = ({ next }: ReleaseModel): string[] => next.map((one) => one.do);

  it.each<[RolloutParts, string[]]>([
    [{ status: undefined }, ['serve']],
    [{ status: IDLE, spec: { disabled: true } }, ['enable']],
    [{ strategy: { paused: true }, status: PAUSED }, ['resume', 'undo']],
    [{ steps: with600Seconds, status: PAUSED }, ['approve', 'undo']],
    [{ status: paused({ currentStepState: 'StepUpgrade' }) }, ['undo']],
    [{ status: { ...PAUSED, phase: 'Terminating' } }, []],
  ])('%j: %j', async (parts, wanted) => {
    expect(dos(await released(parts))).toEqual(wanted);
  });

  it('at rest an update, with the container to name', async () => {
    expect((await idle()).next).toEqual([
      {
        do: 'set-image',
        container: 'echoserver',
        does: 'releases an update: it is held and goes out in 2 steps',
      },
    ]);
  });

  it('of a workload that a person took out, giving it back', async () => {
    const escaped = deployment({ labels: { 'sluice.dev/enrolled': 'false' } }, 'cilium/echoserver:1.10.2', false);
    const model = await idle(undefined, escaped);
    expect(model.next).toMatchObject([{ do: 'enrol', workload: 'deployments.apps/echoserver' }]);
    expect(model.workload?.isEscaped).toBe(true);
    expect(model.troubles.map(({ kind }) => kind)).toEqual(['not-held']);
  });
});

describe('what is wrong', () => {
  const renewed = Date.parse('2026-01-01T11:50:00Z') + 500;

  it.each<[string, Look['lease'], ReleaseModel['troubles']]>([
    ['a Lease that nobody may read is no trouble', 'hidden', []],
    ['a Lease that is fresh is none', lease(), []],
    [
      'a Lease that has run out',
      lease({ renewTime: '2026-01-01T11:50:00.500000Z' }),
      [{ kind: 'controller-silent', what: 'no controller was heard of', since: renewed }],
    ],
    [
      'a Lease that was given back',
      lease({ renewTime: '2026-01-01T11:50:00.500000Z', holderIdentity: '' }),
      [{ kind: 'controller-stopped', what: 'no controller runs', since: renewed }],
    ],
  ])('%s', async (_what, seen, troubles) => {
    expect(withLook(await duringRelease(), { lease: seen }).troubles).toEqual(troubles);
  });

  it('a missing Lease, and conditions that say so', async () => {
    const condition = (type: string, status: string) => ({ type, status, reason: 'Because', message: 'of that' });
    const conditions = [condition(CONDITION.accepted, 'True'), condition(CONDITION.blocked, 'True')];
    const look = await duringRelease();
    const rollout = { ...look.rollout, status: { ...look.rollout.status, conditions } } as Rollout;
    expect(withLook(look, { rollout, lease: undefined }).troubles.map(({ kind }) => kind)).toEqual([
      'condition',
      'no-controller',
    ]);
  });
});

describe('traffic', () => {
  it('at rest all requests go to the one Service, which selects all pods', async () => {
    const { traffic } = await idle();
    expect(traffic?.requests).toEqual([{ go: 'to-stable', service: 'echoserver' }]);
    expect(traffic?.services).toMatchObject([{ name: 'echoserver', selects: undefined, selectsAll: true }]);
  });

  it('a route that nobody serves is told as such', async () => {
    const trafficRoutings = [
      { service: 'echoserver', customNetworkRefs: [{ apiVersion: 'x/v1', kind: 'Mesh', name: 'm' }] },
    ];
    const { traffic } = await idle({
      status: IDLE,
      strategy: { canary: { steps: [{ replicas: 1 }], trafficRoutings } },
    });
    expect(traffic?.requests).toMatchObject([{ go: 'unsupported' }]);
  });

  it('a shared TrafficRouting that is missing', async () => {
    const canary = { steps: [{ replicas: 1 }], trafficRoutingRef: 'lane' };
    expect((await idle({ status: IDLE, strategy: { canary } })).shared).toMatchObject({
      name: 'lane',
      exists: false,
      phase: 'Missing',
    });
  });
});

it('names all that was read as collections to watch, the Rollout alone as indispensable', async () => {
  const seen = around(await duringRelease()).map(({ resource, scope, optional }) => [
    resource.kind,
    scope.name ?? scope.labels?.matchLabels ?? {},
    optional,
  ]);
  expect(seen).toEqual([
    ['Rollout', 'echoserver', false],
    ['BatchRelease', 'echoserver', true],
    ['Deployment', 'echoserver', true],
    ['ReplicaSet', { app: 'echoserver' }, true],
    ['Deployment', { 'rollouts.kruise.io/canary-deployment': 'echoserver' }, true],
    ['ReplicaSet', { app: 'echoserver' }, true],
    ['Pod', { app: 'echoserver' }, true],
    ['Service', 'echoserver', true],
    ['Service', 'echoserver-canary', true],
    ['Ingress', 'echoserver', true],
    ['Ingress', 'echoserver-canary', true],
  ]);
});
