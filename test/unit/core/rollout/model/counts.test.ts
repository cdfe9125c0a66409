// What moves with every pod is told once a second and object at most; what a client waits for at once.

import { describe, expect, it } from 'vitest';
import { BATCH_RELEASES, ROLLOUTS } from '../../../../../src/api/resources.ts';
import type { KubeObject, Resource } from '../../../../../src/api/kube.ts';
import type { Rollout } from '../../../../../src/api/rollout.ts';
import { differInCountsAlone } from '../../../../../src/core/rollout/status-texts.ts';
import { SLUICE } from './controller.ts';
import { play } from './scenario.ts';
import type { World } from './world.ts';

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
});
