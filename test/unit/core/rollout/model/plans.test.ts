// Other plans, and plans that change on the way.

import { describe, expect, it } from 'vitest';
import { SERVICES } from '../../../../../src/api/resources.ts';
import type { RolloutStep } from '../../../../../src/api/rollout.ts';
import { released } from './ending.ts';
import { approveWaiting, atEachMoment, play } from './scenario.ts';
import { World } from './world.ts';

const share = (percent: string): RolloutStep => ({ replicas: percent, traffic: percent, pause: {} });
const plan = (...steps: RolloutStep[]) => ({ spec: { strategy: { canary: { steps } } } });

describe('edits', () => {
  it.each<[string, RolloutStep[]]>([
    ['more steps', [share('40%'), share('60%'), share('90%')]],
    ['other traffic', [{ ...share('20%'), traffic: '30%' }, share('90%')]],
    ['fewer steps', [share('20%')]],
    [
      'smaller steps',
      [
        { replicas: 1, traffic: '5%', pause: {} },
        { replicas: 2, traffic: '5%', pause: {} },
      ],
    ],
  ])('X33: the plan is edited at any moment: %s', async (_name, steps) => {
    await atEachMoment({}, (world) => world.patchRollout(plan(...steps)), released('v2'), 6);
  });

  it.each([2, 1, -5, 0, 99])('X4, X33: a jump to %i at any moment', async (nextStepIndex) => {
    await atEachMoment({}, (world) => world.patchStatus({ nextStepIndex }), released('v2'), 9);
  });

  it('X33: a step index out of range at any moment', async () => {
    await atEachMoment({}, (world) => world.patchStatus({ currentStepIndex: 40 }), released('v2'), 9);
  });

  it('an edit of the pod metadata counts from the next release, for the canary Service too', async () => {
    const labels = { app: 'gray' };
    const edit = { spec: { strategy: { canary: { patchPodTemplateMetadata: { labels } } } } };
    const world = await World.of();
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    world.patchRollout(edit);
    await world.advanceUntilQuiet();
    expect(world.server.get(SERVICES, 'web-canary')?.['spec']).toMatchObject({ selector: { app: 'web' } });
  });

  it('an edit of a paused Rollout counts once it goes on', async () => {
    const world = await World.of();
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    world.patchRollout({ spec: { strategy: { paused: true } } });
    await world.advanceUntilQuiet();
    world.patchRollout(plan(share('80%'), share('90%')));
    await world.advanceUntilQuiet();
    expect(world.weight).toBe('20');
    expect(world.status.canaryStatus?.canaryReplicas).toBe(1);
    world.patchRollout({ spec: { strategy: { paused: false } } });
    await world.runUntil(() => world.isWaitingForApproval && world.weight === '80');
    expect(world.status.canaryStatus?.canaryReplicas).toBeGreaterThan(1);
  });

  it('an edit of traffic alone shows in the step that waits', async () => {
    const world = await World.of();
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    world.patchRollout(plan({ ...share('20%'), traffic: '35%' }, share('90%')));
    await world.advanceUntilQuiet();
    expect(world.isWaitingForApproval).toBe(true);
    expect(world.weight).toBe('35');
  });
});

describe('plans', () => {
  const mixed: RolloutStep[] = [
    { replicas: '20%', pause: {} },
    share('40%'),
    { replicas: '60%', pause: { duration: 5 } },
    { replicas: '100%', traffic: '100%' },
  ];
  it.each(['v1', 'v3'])(
    'steps with and without traffic, timed and unconfirmed; then %s at any moment',
    async (image) => {
      await atEachMoment({ parts: { steps: mixed } }, (world) => world.setImage(image), released(image), 6);
    },
  );

  it('a step without traffic gives all requests back to the Service as its user wrote it', async () => {
    const world = await World.of({ steps: mixed });
    world.setImage('v2');
    const seen: unknown[] = [];
    for (const state of [1, 2, 3]) {
      await world.runUntil(
        () => world.status.currentStepIndex === state && world.status.currentStepState === 'StepPaused',
      );
      seen.push([world.weight, world.isPinned]);
      world.approve();
    }
    expect(seen).toEqual([
      [undefined, false],
      ['40', true],
      [undefined, false],
    ]);
  });

  it.each(['v1', 'v3'])('X35: without grace periods; then %s at any moment', async (image) => {
    await atEachMoment({ parts: { grace: 0 } }, (world) => world.setImage(image), released(image), 6);
  });

  it.each(['v1', 'v3'])('without any routing; then %s at any moment', async (image) => {
    await atEachMoment({ parts: { traffic: false } }, (world) => world.setImage(image), released(image), 6);
  });

  it.each(['v1', 'v3'])(
    'without a canary Service the stable one is left alone; then %s at any moment',
    async (image) => {
      const parts = { canary: { disableGenerateCanaryService: true } };
      await atEachMoment({ parts }, (world) => world.setImage(image), released(image), 6);
      const written = (await play({ parts })).writes.filter(
        ({ resource, actor }) => resource.plural === 'services' && actor === 'sluice',
      );
      expect(written).toEqual([]);
    },
  );

  it('X35: grace 0 waits for nothing: the only deadlines are those of telling, a second for counts and a minute for Events', async () => {
    const world = await World.of({ grace: 0 });
    world.setImage('v2');
    const deadlines = new Set<number>();
    world.onWrite = () => Object.values(world.controller.wakeAt).forEach((time) => deadlines.add(time - world.now));
    await world.advanceUntilQuiet();
    while (approveWaiting(world)) await world.advanceUntilQuiet();
    released('v2')(world);
    expect([...deadlines].filter((milliseconds) => milliseconds > 1000 && milliseconds < 50_000)).toEqual([]);
  });

  it('a timed pause ends by itself, not before its time', async () => {
    const world = await World.of({ steps: [{ ...share('20%'), pause: { duration: 600 } }, share('90%')] });
    world.setImage('v2');
    await world.runUntil(() => world.status.currentStepState === 'StepPaused');
    const since = world.now;
    expect(world.status.message).toMatch(/waits 600 seconds, until 2026-/);
    await world.runUntil(() => world.status.currentStepIndex === 2);
    expect(world.now - since).toBeGreaterThanOrEqual(600_000 - 10);
    expect(world.now - since).toBeLessThan(601_000);
  });

  it('pods that never become ready keep the step, and say why', async () => {
    const world = await World.of();
    world.setImage('broken');
    await world.advanceUntilQuiet();
    expect(world.status.currentStepState).toBe('StepUpgrade');
    expect(world.status.message).toMatch(/step\(1\/2\): upgrades its pods; batch 1: 0 of 1 new pods are ready/);
    expect(world.weight).toBeUndefined();
    world.setImage('v1');
    await world.advanceUntilQuiet();
    released('v1')(world);
  });
});
