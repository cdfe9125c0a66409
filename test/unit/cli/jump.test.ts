import { describe, expect, it } from 'vitest';
import { ROLLOUTS } from '../../../src/api/resources.ts';
import { FakeCluster } from './fake-cluster.ts';
import { IDLE, PAUSED, addRelease, rollout } from './objects.ts';
import { run } from './run.ts';

const STEPS = [
  { replicas: 1 },
  { replicas: '50%' },
  { replicas: '50%', traffic: '10%' },
  { replicas: '100%', traffic: '50%' },
];
const inStep = (index: number, parts: object = {}, state = 'StepPaused') => {
  const canaryStatus = { ...PAUSED.canaryStatus, currentStepIndex: index, currentStepState: state };
  return rollout({ steps: STEPS, status: { ...PAUSED, currentStepIndex: index, canaryStatus }, ...parts });
};
const clusterIn = (index: number, parts: object = {}, state = 'StepPaused'): FakeCluster => {
  const cluster = new FakeCluster();
  addRelease(cluster);
  cluster.put(inStep(index, parts, state));
  cluster.writes.length = 0;
  return cluster;
};
const asked = (cluster: FakeCluster) => cluster.writes.map(({ subresource, body }) => ({ subresource, body }));
const patched = (canaryStatus: object) => [{ subresource: 'status', body: { status: { canaryStatus } } }];

describe('jump', () => {
  it.each([
    [2, 4],
    [3, 1],
    [2, 2],
  ])('from step %i to step %i writes nextStepIndex on the status subresource', async (from, to) => {
    const cluster = clusterIn(from);
    expect(await run(`jump rollout/echoserver --step ${to} -n demo`, { cluster })).toEqual({
      code: 0,
      out: `rollout.rollouts.kruise.io/echoserver jumped to step ${to} of 4\n`,
      err: '',
    });
    expect(asked(cluster)).toEqual(patched({ nextStepIndex: to }));
  });

  it('to the step that follows anyway approves the current one, for nothing else would change', async () => {
    const cluster = clusterIn(2);
    await run('jump echoserver --step 3 -n demo', { cluster });
    expect(asked(cluster)).toEqual(patched({ nextStepIndex: 3, currentStepState: 'StepReady' }));
  });

  it('is decided again when the step ended in between', async () => {
    const cluster = clusterIn(1);
    const get = cluster.get.bind(cluster);
    let reads = 0;
    cluster.get = async (target) => {
      const read = await get(target);
      if ((reads += 1) === 1) cluster.put(inStep(2));
      return read;
    };
    expect(await run('jump echoserver --step 2 -n demo', { cluster })).toMatchObject({ code: 0 });
    expect(asked(cluster)[1]).toEqual(patched({ nextStepIndex: 2 })[0]);
    expect(cluster.at(ROLLOUTS, 'echoserver', 'demo')).toHaveProperty(
      'status.canaryStatus.currentStepState',
      'StepPaused',
    );
  });

  it.each([0, 5, -1])('refuses step %i with the range', async (step) => {
    const cluster = clusterIn(1);
    expect(await run(`jump echoserver --step=${step} -n demo`, { cluster })).toEqual({
      code: 1,
      out: '',
      err: `error: --step is ${step}; Rollout "echoserver" has steps 1 to 4\n`,
    });
    expect(cluster.writes).toEqual([]);
  });

  it('refuses what is no number, and no number', async () => {
    expect((await run('jump echoserver --step x')).err).toContain('It is the number of a step, from 1.');
    expect((await run('jump echoserver')).err).toContain("required option '--step <number>' not specified");
  });

  it.each([
    [{ status: IDLE }, 'is in no step of a release (it is Healthy: workload deployment is completed)'],
    [{ status: undefined }, 'is in no step of a release (it is not seen by Sluice yet)'],
    [
      {
        status: { ...PAUSED, conditions: [{ type: 'Progressing', status: 'True', reason: 'Finalising', message: '' }] },
      },
      'is in no step of a release (it is Progressing, Finalising',
    ],
  ])('refuses when there is no step: %#', async (parts, text) => {
    const { code, err } = await run('jump echoserver --step 1 -n demo', { cluster: clusterIn(1, parts) });
    expect(code).toBe(1);
    expect(err).toContain(text);
  });

  it('tells that a Rollout which is paused as a whole stands still all the same', async () => {
    const { code, err } = await run('jump echoserver --step 4 -n demo', {
      cluster: clusterIn(1, { strategy: { paused: true, canary: { steps: STEPS } } }),
    });
    expect({ code, err }).toEqual({
      code: 0,
      err: 'note: echoserver goes on only when spec.strategy.paused is false again\n',
    });
  });
});

describe('undo --fast', () => {
  it('jumps back to the earlier step without traffic that has most replicas', async () => {
    const cluster = clusterIn(4, {}, 'StepUpgrade');
    expect(await run('undo rollout/echoserver --fast -n demo', { cluster })).toEqual({
      code: 0,
      out: 'rollout.rollouts.kruise.io/echoserver rolled back to step 2 of 4\n',
      err: '',
    });
    expect(asked(cluster)).toEqual(patched({ nextStepIndex: 2 }));
  });

  it('takes only earlier steps, by status.currentStepIndex', async () => {
    const cluster = clusterIn(2);
    await run('undo echoserver --fast -n demo', { cluster });
    expect(asked(cluster)).toEqual(patched({ nextStepIndex: 1 }));
  });

  it('says how to go back when there is none', async () => {
    const { code, err } = await run('undo echoserver --fast -n demo', { cluster: clusterIn(1) });
    expect(code).toBe(1);
    expect(err).toContain(
      'has no step without traffic before step 1; cancel the release: sluice undo rollout/echoserver',
    );
  });

  it('is for Rollouts, and excludes --to-revision', async () => {
    const cluster = clusterIn(1);
    expect((await run('undo deployment/echoserver --fast -n demo', { cluster })).err).toContain('write rollout/NAME');
    expect((await run('undo echoserver --fast --to-revision 1', { cluster })).err).toContain('cannot be used with');
  });
});
