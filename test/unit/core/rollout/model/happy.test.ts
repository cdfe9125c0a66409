// The whole way of a release without incident, as clients see it.

import { describe, expect, it } from 'vitest';
import { INGRESSES, PODS, SERVICES } from '../../../../../src/api/resources.ts';
import { LABEL } from '../../../../../src/api/names.ts';
import { released } from './ending.ts';
import { SLUICE } from './controller.ts';
import { play } from './scenario.ts';
import { textOf, World } from './world.ts';

const atStep = async (step: number): Promise<World> => {
  const world = await World.of();
  world.setImage('v2');
  for (let index = 1; ; index += 1) {
    await world.runUntil(() => world.isWaitingForApproval && world.status.currentStepIndex === index);
    if (index === step) return world;
    world.approve();
  }
};
const podsOf = (world: World, image: string): string[] =>
  world.server.list(PODS).flatMap(({ metadata, spec }) => {
    const [container] = (spec as { containers: { image: string }[] }).containers;
    return container?.image === `web:${image}` ? [metadata.labels?.[LABEL.rolloutBatchId] ?? ''] : [];
  });

describe('a release', () => {
  it('S1-6: leaves Healthy with the first write after the hold, and that write tells the whole new state', async () => {
    const world = await World.of();
    world.setImage('v2');
    await world.settle();
    const first = world.writes.find(({ actor }) => actor === 'sluice');
    expect(first && textOf(first)).toBe('sluice patch rollouts/web');
    expect(first?.after?.['status']).toMatchObject({
      phase: 'Progressing',
      currentStepIndex: 1,
      currentStepState: 'BeforeStepUpgrade',
      canaryStatus: { currentStepIndex: 1, nextStepIndex: 2, currentStepState: 'BeforeStepUpgrade' },
      conditions: [
        { type: 'PlanOpen', status: 'True', reason: 'Held' },
        { type: 'Progressing', status: 'True', reason: 'Initializing' },
      ],
    });
  });

  it('S0-9, S0-10, S1-9: step 1 runs one new pod beside five old ones and routes 20 % to it', async () => {
    const world = await atStep(1);
    expect(podsOf(world, 'v1')).toHaveLength(5);
    expect(podsOf(world, 'v2')).toEqual(['1']);
    expect(world.weight).toBe('20');
    expect(world.canary?.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
  });

  it('S1-13: waits in StepPaused with the text that clients show', async () => {
    expect((await atStep(1)).status).toMatchObject({
      phase: 'Progressing',
      currentStepIndex: 1,
      currentStepState: 'StepPaused',
      message: 'Rollout is in step(1/2), and you need manually confirm to enter the next step',
    });
  });

  it('S0-18: step 2 runs five new pods, of which four are of batch 2, and routes 90 %', async () => {
    const world = await atStep(2);
    expect(podsOf(world, 'v1')).toHaveLength(5);
    expect(podsOf(world, 'v2').sort()).toEqual(['1', '2', '2', '2', '2']);
    expect(world.weight).toBe('90');
  });

  it('S1-15, S0-19: ends Healthy and Completed, with the new version alone', async () => {
    const world = await play();
    released('v2')(world);
    expect(world.status).toMatchObject({
      phase: 'Healthy',
      currentStepIndex: 2,
      currentStepState: 'Completed',
      message: 'Rollout progressing has been completed',
      canaryStatus: { currentStepState: 'Completed', finalisingStep: 'END' },
    });
    expect(world.status.conditions).toMatchObject([
      { type: 'Progressing', status: 'False', reason: 'Completed' },
      { type: 'Succeeded', status: 'True' },
    ]);
  });

  it('S1-19, S0-24: rolled back while it waits, it ends Healthy in StepPaused and without canary objects', async () => {
    const world = await atStep(1);
    world.setImage('v1');
    await world.settle();
    const text = 'The workload has been rolled back and the rollout process will be canceled';
    expect(world.status).toMatchObject({ phase: 'Progressing', message: text });
    await world.advanceUntilQuiet();
    released('v1')(world);
    expect(world.status).toMatchObject({
      phase: 'Healthy',
      currentStepIndex: 1,
      currentStepState: 'StepPaused',
      message: 'Rollout progressing has been canceled',
    });
  });

  it('S1-19: an approval that came too late does not show in the end', async () => {
    const world = await atStep(1);
    world.setImage('v1');
    world.approve();
    await world.advanceUntilQuiet();
    expect(world.status).toMatchObject({ phase: 'Healthy', currentStepState: 'StepPaused' });
    world.approve();
    await world.advanceUntilQuiet();
    expect(world.status.currentStepState).toBe('StepPaused');
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    expect(world.status.currentStepIndex).toBe(1);
  });

  it('keeps the user’s Ingress unwritten and the pin away from everything but the selector', async () => {
    const world = await atStep(1);
    const service = world.server.get(SERVICES, 'web');
    expect(service?.['spec']).toMatchObject({ selector: { app: 'web' }, futureServiceField: 'keep' });
    expect(world.server.get(INGRESSES, 'web')?.metadata.managedFields).toMatchObject([{ manager: 'kubectl' }]);
  });
});

describe('messages', () => {
  it('each wait says what for and until when', async () => {
    const world = await World.of();
    const seen = new Set<string>();
    world.onWrite = () => seen.add(world.status.message?.replace(/[0-9T:.Z-]{24}/g, 'T') ?? '');
    world.setImage('v2');
    await world.runUntil(() => world.isWaitingForApproval);
    expect([...seen].filter((text) => text.includes('T until T'))).toEqual([
      'Rollout is in step(1/2): Service web selects only the stable revision ' +
        `${world.status.canaryStatus?.stableRevision ?? ''}; waits since T until T for everybody to notice`,
      'Rollout is in step(1/2): traffic was changed; waits since T until T for everybody to notice',
    ]);
  });

  const measureless = (text: string): string => text.replace(/\d{4}-[0-9T:.-]+Z/g, 'T').replace(/revision \w+/, 'R');

  it('steps of a release, and each wait that a person ends, are told by an Event', async () => {
    const { controller } = await play();
    const pause = (step: number) =>
      `Rollout is in step(${step}/2), and you need manually confirm to enter the next step`;
    expect(controller.events.map(measureless)).toEqual([
      'the update to R is held; its release begins',
      pause(1),
      'step 1 of 2 is done',
      pause(2),
      'every step is released; the workload resumes its own roll-out',
      'Rollout progressing has been completed',
    ]);
  });

  it('pods that come by themselves are told in the status, and by no Event', async () => {
    const steps = [{ replicas: '100%', pause: {} }];
    const { controller } = await play({ parts: { steps }, onQuiet: () => false });
    expect(controller.events.filter((text) => text.includes('new pods'))).toEqual([]);
  });

  it('a release with all that it says takes at most 48 writes and 6 Events', async () => {
    const { controller, writes } = await play();
    expect(writes.filter(({ actor }) => actor === SLUICE).length).toBeLessThanOrEqual(48);
    expect(controller.events.length).toBeLessThanOrEqual(6);
  });
});
