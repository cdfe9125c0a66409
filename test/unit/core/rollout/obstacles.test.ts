// What keeps a release from beginning or going on, and how it says so: condition Blocked, with the remedy.

import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../../../src/api/kube.ts';
import { API_VERSION, CONDITION, LABEL } from '../../../../src/api/names.ts';
import {
  BATCH_RELEASES,
  DEPLOYMENTS,
  INGRESSES,
  REPLICA_SETS,
  ROLLOUTS,
  SERVICES,
} from '../../../../src/api/resources.ts';
import type { Rollout, RolloutStatus } from '../../../../src/api/rollout.ts';
import type { ObservedWorkload, RolloutObserved } from '../../../../src/core/rollout/rollout-observed.ts';
import { deploymentPartition } from '../../../../src/workloads/deployment-partition.ts';
import { released } from './model/ending.ts';
import { observeRollout, planAnswered } from './model/observe.ts';
import { approveWaiting } from './model/scenario.ts';
import * as objects from './model/objects.ts';
import { World } from './model/world.ts';

const blocked = (world: World) => world.status.conditions?.find(({ type }) => type === 'Blocked');
const finish = async (world: World): Promise<void> => {
  do await world.advanceUntilQuiet();
  while (approveWaiting(world));
  released('v2')(world);
};
const edit = (world: World, resource: typeof SERVICES, patch: JsonObject): void =>
  void world.server.patch('kubectl', resource, 'web', patch);

describe('S0-5: a route that cannot be', () => {
  it.each<[string, (world: World) => void, RegExp, (world: World) => void]>([
    [
      'a missing Service',
      ({ server }) => void server.delete('kubectl', SERVICES, 'web'),
      /Service web does not exist/,
      ({ server }) => void server.create('kubectl', SERVICES, objects.service()),
    ],
    [
      'a missing Ingress',
      ({ server }) => void server.delete('kubectl', INGRESSES, 'web'),
      /Ingress web does not exist/,
      ({ server }) => void server.create('kubectl', INGRESSES, objects.ingress()),
    ],
    [
      'X25: a Service without a selector',
      (world) => edit(world, SERVICES, { spec: { selector: null } }),
      /Service web has no selector, so its traffic cannot be split; give it one/,
      ({ server }) => {
        server.delete('kubectl', SERVICES, 'web');
        server.create('kubectl', SERVICES, objects.service());
      },
    ],
    [
      'an Ingress that leads elsewhere',
      (world) => edit(world, INGRESSES, { spec: { rules: [] } }),
      /Ingress web has no path that leads to Service web/,
      (world) => edit(world, INGRESSES, { spec: objects.ingress()['spec'] as JsonObject }),
    ],
    [
      'a Service of somebody else where the canary Service goes',
      ({ server }) =>
        void server.create('kubectl', SERVICES, { ...objects.service(), metadata: { name: 'web-canary' } }),
      /Service web-canary exists and was not made for Rollout web; rename or delete it/,
      ({ server }) => void server.delete('kubectl', SERVICES, 'web-canary'),
    ],
    [
      'an Ingress of somebody else where the canary Ingress goes',
      ({ server }) =>
        void server.create('kubectl', INGRESSES, { ...objects.ingress(), metadata: { name: 'web-canary' } }),
      /Ingress web-canary exists and was not made for Rollout web; rename or delete it/,
      ({ server }) => void server.delete('kubectl', INGRESSES, 'web-canary'),
    ],
  ])(
    '%s is reported before anything is changed, and the release goes on once it is there',
    async (_name, spoil, why, mend) => {
      const world = await World.of();
      spoil(world);
      const before = world.writes.length;
      world.setImage('v2');
      await world.advanceUntilQuiet();
      expect(world.status).toMatchObject({ phase: 'Progressing', currentStepState: 'BeforeStepUpgrade' });
      expect(world.status.message).toMatch(why);
      expect(blocked(world)).toMatchObject({ status: 'True', reason: 'RouteMissing' });
      const written = world.writes.slice(before).filter(({ actor }) => actor === 'sluice');
      expect(new Set(written.map(({ resource }) => resource.plural))).toEqual(new Set(['rollouts']));
      mend(world);
      await finish(world);
    },
  );

  it('a provider that nobody serves is named', async () => {
    const customNetworkRefs = [{ apiVersion: 'example.com/v1', kind: 'Mesh', name: 'web' }];
    const world = await World.of({ canary: { trafficRoutings: [{ service: 'web', customNetworkRefs }] } });
    world.setImage('v2');
    await world.advanceUntilQuiet();
    expect(world.status.message).toMatch(
      /trafficRoutings\[0\]\.customNetworkRefs is not supported; supported providers: ingress, gateway/,
    );
  });

  it('a route of an add-on that the cluster may lack says so', async () => {
    const world = await World.of({
      canary: { trafficRoutings: [{ service: 'web', gateway: { httpRouteName: 'web' } }] },
    });
    world.setImage('v2');
    await world.advanceUntilQuiet();
    expect(world.status.message).toMatch(
      /HTTPRoute web does not exist, or the add-on that defines its kind is missing/,
    );
  });

  it('X2: spec.strategy.canary.trafficRoutingRef is read, and a TrafficRouting that is missing is told', async () => {
    const world = await World.of({ canary: { trafficRoutingRef: 'lane' } });
    world.setImage('v2');
    await world.advanceUntilQuiet();
    expect(world.status.message).toMatch(/TrafficRouting lane does not exist/);
  });
});

describe('pods', () => {
  it('a BatchRelease of somebody else under its name is reported', async () => {
    const world = await World.of();
    const spec = {
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' },
      releasePlan: { batchPartition: 0, enableExtraWorkloadForCanary: true },
    };
    world.server.create('kubectl', BATCH_RELEASES, {
      apiVersion: API_VERSION.v1beta1,
      metadata: { name: 'web' },
      spec,
    });
    world.setImage('v2');
    await world.advanceUntilQuiet();
    expect(world.status.message).toMatch(
      /BatchRelease web exists and was not made for this Rollout; delete or rename it/,
    );
    expect(blocked(world)).toMatchObject({ reason: 'Conflict' });
  });

  it('a Service is not pinned to one revision while several run', async () => {
    const world = await World.of();
    world.setImage('v2');
    const owner = world.workload as KubeObject;
    const [serving] = world.server.list(REPLICA_SETS);
    world.server.create('kubectl', REPLICA_SETS, {
      metadata: {
        name: 'web-other',
        labels: { app: 'web', [LABEL.podTemplateHash]: 'other' },
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: owner.metadata.uid ?? '', controller: true },
        ],
      },
      spec: { ...(serving?.['spec'] as object), replicas: 1, template: objects.template('v0') },
    });
    await world.advanceUntilQuiet();
    expect(blocked(world)).toMatchObject({ reason: 'MixedRevisions' });
    expect(world.status.message).toMatch(
      /several revisions of the workload run, and Service web can select only one; set/,
    );
    expect(world.isPinned).toBe(false);
    expect(world.server.list(DEPLOYMENTS)).toHaveLength(1);
  });

  it('a release in place pins its Service again although both revisions run, which are its own work', async () => {
    const world = await World.of();
    world.setImage('v2');
    await world.advanceUntilQuiet();
    edit(world, SERVICES, { spec: { selector: { [LABEL.podTemplateHash]: null } } });
    const { rollout, workload, ...rest } = (await observeRollout(world.server, 'web', world.now + 60_000, {
      writtenAt: {},
      nameTaken: false,
    })) as RolloutObserved & { workload: ObservedWorkload };
    const { canary } = rollout.spec.strategy;
    const strategy = { canary: { ...canary, enableExtraWorkloadForCanary: false } };
    const inPlace = { ...rollout, spec: { ...rollout.spec, strategy } } as Rollout;
    const both = { ...workload, view: { ...workload.view, activeRevisions: 2 } };
    const pins = async (change: Partial<RolloutObserved>): Promise<boolean> => {
      const seen = { ...rest, rollout: inPlace, kind: deploymentPartition, workload: both, ...change };
      const { actions } = await planAnswered(world.server, seen);
      return actions.some((action) => action.do === 'patch' && action.target.resource === SERVICES);
    };
    expect(await pins({})).toBe(true);
    expect(await pins({ batchRelease: undefined })).toBe(false);
    expect(await pins({ rollout, kind: rest.kind })).toBe(false);
  });

  it('a write that the API server refused for good is told with what it said', async () => {
    const world = await World.of();
    world.setImage('v2');
    await world.settle();
    world.now += 60_000;
    const observed = await observeRollout(world.server, 'web', world.now, { writtenAt: {}, nameTaken: false });
    const plan = await planAnswered(world.server, {
      ...(observed as RolloutObserved),
      refused: 'exceeded quota: services=5',
    });
    const [status] = plan.actions;
    expect(status).toMatchObject({ do: 'patch', subresource: 'status', target: { resource: ROLLOUTS } });
    const { message, conditions } = (status as unknown as { patch: { status: RolloutStatus } }).patch.status;
    const said = `${plan.actions[1]?.why ?? ''}; the API server refused it: exceeded quota: services=5`;
    // The condition stands for itself; the text of the status says where the release is.
    expect(conditions?.find(({ type }) => type === CONDITION.blocked)?.message).toBe(said);
    expect(message).toBe(`Rollout is in step(1/2): ${said}`);
    expect(plan.actions.length).toBeGreaterThan(1);
  });
});
