// What moves with every pod is told once a second and object at most; what a client waits for at once.

import { describe, expect, it } from 'vitest';
import { BATCH_RELEASES, PODS, ROLLOUTS } from '../../../../../src/api/resources.ts';
import type { KubeObject, Resource } from '../../../../../src/api/kube.ts';
import type { Rollout } from '../../../../../src/api/rollout.ts';
import { differInCountsAlone } from '../../../../../src/core/rollout/status-texts.ts';
import { SLUICE } from './controller.ts';
import { isReady } from './kubernetes.ts';
import type { RolloutParts } from './objects.ts';
import { play } from './scenario.ts';
import { World } from './world.ts';

interface Timed {
  before: KubeObject | undefined;
  after: KubeObject | undefined;
  /** Milliseconds since our write before it of the same object. */
  gap: number;
}

function writesOf(world: World, resource: Resource): Timed[] {
  const { writes } = world;
  const times = world.times.slice(-writes.length);
  const own = writes.flatMap((write, index) =>
    write.actor === SLUICE && write.resource === resource ? [{ ...write, at: times[index]?.at ?? 0 }] : [],
  );
  return own.map(({ before, after, at }, index) => ({ before, after, gap: at - (own[index - 1]?.at ?? 0) }));
}

const STEPS = [{ replicas: '80%', pause: {} }];
const newPods = (world: World): KubeObject[] =>
  world.server.list(PODS).filter((pod) => {
    const { containers } = pod['spec'] as { containers: { image: string }[] };
    return containers[0]?.image === 'web:v2';
  });

/** A step of four pods that is never over: the second of them does not get ready, and nothing else happens from then on. */
async function stuckPod(parts: RolloutParts): Promise<World> {
  const world = await World.of({ ...parts, steps: STEPS, traffic: false });
  const seen = new Set<string>();
  world.kubernetes.isStuck = (pod) => {
    if (!newPods(world).some(({ metadata }) => metadata.uid === pod.metadata.uid)) return false;
    seen.add(pod.metadata.uid ?? '');
    return [...seen].indexOf(pod.metadata.uid ?? '') === 1;
  };
  world.writes.length = 0;
  world.setImage('v2');
  await world.advanceUntilQuiet();
  return world;
}

const manyPods = (): Promise<World> => play({ prepare: (world) => world.update({ spec: { replicas: 30 } }) });

describe('counts of pods', () => {
  it('alone are written once a second at most, by Rollout and BatchRelease', async () => {
    const world = await manyPods();
    expect(world.status.phase).toBe('Healthy');
    const counted = writesOf(world, ROLLOUTS).filter(
      ({ before, after }) =>
        before?.['status'] !== undefined && differInCountsAlone(before as Rollout, (after as Rollout).status ?? {}),
    );
    expect(counted.length).toBeGreaterThan(0);
    expect(counted.filter(({ gap }) => gap < 1000)).toEqual([]);
    const messageOf = (object: KubeObject | undefined): string =>
      (object?.['status'] as { message?: string } | undefined)?.message ?? '';
    const onTheWay = writesOf(world, BATCH_RELEASES).filter(
      ({ before, after }) => messageOf(before) !== messageOf(after) && /\d of \d+ (new )?pods/.test(messageOf(after)),
    );
    expect(onTheWay.length).toBeGreaterThan(0);
    expect(onTheWay.filter(({ gap }) => gap < 1000)).toEqual([]);
  });

  it('never hold a state back: the pause of a step shows with the pods that it is about', async () => {
    const paused = writesOf(await manyPods(), ROLLOUTS).flatMap(({ after }) => {
      const { currentStepIndex, currentStepState, canaryReplicas, canaryReadyReplicas } =
        (after as Rollout).status?.canaryStatus ?? {};
      return currentStepState === 'StepPaused' ? [[currentStepIndex, canaryReplicas, canaryReadyReplicas]] : [];
    });
    expect(paused).toEqual([
      [1, 6, 6],
      [2, 27, 27],
    ]);
  });

  it.each<[string, RolloutParts, number, number]>([
    ['canary', {}, 4, 3],
    ['partition', { kind: 'StatefulSet' }, 2, 1],
  ])('are written at their time although nothing happens any more: %s', async (_style, parts, updated, ready) => {
    const world = await stuckPod(parts);
    expect([newPods(world).length, newPods(world).filter(isReady).length]).toEqual([updated, ready]);
    const { canaryReplicas, canaryReadyReplicas, currentStepState } = world.status.canaryStatus ?? {};
    expect([currentStepState, canaryReplicas, canaryReadyReplicas]).toEqual(['StepUpgrade', updated, ready]);
    // The last write is one that was held back: a second after the one before it, when others had long done their last.
    const last = writesOf(world, ROLLOUTS).at(-1);
    expect(differInCountsAlone(last?.before as Rollout, (last?.after as Rollout).status ?? {})).toBe(true);
    expect(last?.gap).toBeGreaterThanOrEqual(1000);
    expect(last?.gap).toBeLessThan(1100);
    const times = world.times.slice(-world.writes.length).map(({ at }) => at);
    const others = world.writes.map(({ actor }) => actor).findLastIndex((actor) => actor !== SLUICE);
    const late = (times.at(-1) ?? 0) - (times[others] ?? 0);
    expect(late).toBeGreaterThan(1000);
    // A second in the BatchRelease, and one in its Rollout.
    expect(late).toBeLessThan(2100);
  });
});
