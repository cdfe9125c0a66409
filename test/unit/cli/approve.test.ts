import { describe, expect, it } from 'vitest';
import { ROLLOUTS } from '../../../src/api/resources.ts';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { IDLE, PAUSED, rollout } from './objects.ts';
import { lines, run } from './run.ts';

const withRollout = (parts: Parameters<typeof rollout>[0]): FakeCluster => {
  const cluster = new FakeCluster();
  cluster.put(rollout({ namespace: 'default', ...parts }));
  return cluster;
};

describe('approve', () => {
  it('S1-14 prints that the Rollout is approved, and nothing else', async () => {
    const cluster = withRollout({ status: PAUSED });
    expect(await run('approve rollout/echoserver -n default', { cluster })).toEqual({
      code: 0,
      out: 'rollout.rollouts.kruise.io/echoserver approved\n',
      err: '',
    });
  });

  it('writes the one field as a merge patch on the status subresource, without a version', async () => {
    const cluster = withRollout({ status: PAUSED });
    await run('approve echoserver', { cluster });
    expect(cluster.writes).toEqual([
      {
        verb: 'patch',
        key: 'rollouts/default/echoserver',
        subresource: 'status',
        body: { status: { canaryStatus: { currentStepState: 'StepReady' } } },
      },
    ]);
  });

  it('counts also when the status was written after it was read', async () => {
    const cluster = withRollout({ status: PAUSED });
    const get = cluster.get.bind(cluster);
    cluster.get = async (target) => {
      const read = await get(target);
      cluster.put(rollout({ namespace: 'default', status: { ...PAUSED, message: 'written in between' } }));
      return read;
    };
    expect(await run('approve echoserver', { cluster })).toMatchObject({ code: 0, err: '' });
    expect(cluster.at(ROLLOUTS, 'echoserver', 'default')).toMatchObject({
      status: { message: 'written in between', canaryStatus: { currentStepState: 'StepReady' } },
    });
  });

  it('approves the sub-status that exists', async () => {
    const steps = [{ replicas: '50%' }];
    const { canaryStatus: blueGreenStatus, ...rest } = PAUSED;
    const cluster = withRollout({ spec: { strategy: { blueGreen: { steps } } }, status: { ...rest, blueGreenStatus } });
    await run('approve echoserver', { cluster });
    expect(cluster.writes[0]?.body).toEqual({ status: { blueGreenStatus: { currentStepState: 'StepReady' } } });
  });

  it('a second approve is refused with the known text, and writes nothing', async () => {
    const cluster = withRollout({ status: PAUSED });
    await run('approve echoserver', { cluster });
    cluster.writes.length = 0;
    const { code, out, err } = await run('approve echoserver', { cluster });
    expect({ code, out, writes: cluster.writes }).toEqual({ code: 1, out: '', writes: [] });
    expect(lines(err)).toEqual([
      `error: rollouts.rollouts.kruise.io "echoserver" does not allow to approve, because current canary state is not 'StepPaused' (it is Progressing, StepReady: ${PAUSED.message})`,
    ]);
  });

  it.each([
    [IDLE, '(it is Healthy, Completed: workload deployment is completed)'],
    [undefined, '(it is not seen by Sluice yet)'],
  ])('says where the Rollout is instead', async (status, text) => {
    const { code, err } = await run('approve echoserver', { cluster: withRollout({ status }) });
    expect(code).toBe(1);
    expect(err).toContain(text);
  });

  it('does what it can of several, and reports the others', async () => {
    const cluster = withRollout({ status: PAUSED });
    cluster.put(rollout({ namespace: 'default', name: 'second', status: PAUSED }));
    const { code, out, err } = await run('approve rollout/nope echoserver second', { cluster });
    expect(code).toBe(1);
    expect(lines(out)).toEqual([
      'rollout.rollouts.kruise.io/echoserver approved',
      'rollout.rollouts.kruise.io/second approved',
    ]);
    expect(err).toBe('Error from server (NotFound): rollouts.rollouts.kruise.io "nope" not found\n');
  });

  it('looks in the namespace of -n', async () => {
    const cluster = withRollout({ namespace: 'other', status: PAUSED });
    expect(await run('approve echoserver', { cluster })).toMatchObject({ code: 1 });
    expect(await run('approve echoserver -n other', { cluster })).toMatchObject({ code: 0 });
    expect(cluster.at(ROLLOUTS, 'echoserver', 'other')).toHaveProperty(
      'status.canaryStatus.currentStepState',
      'StepReady',
    );
  });

  it('tells that an approved release still stands while it is paused as a whole', async () => {
    const cluster = withRollout({ strategy: { paused: true }, status: PAUSED });
    const { code, out, err } = await run('approve echoserver', { cluster });
    expect({ code, out }).toEqual({ code: 0, out: 'rollout.rollouts.kruise.io/echoserver approved\n' });
    expect(err).toBe('note: echoserver goes on only when spec.strategy.paused is false again\n');
  });

  it('passes on a refusal of the API server', async () => {
    const cluster = withRollout({ status: PAUSED });
    cluster.intercept = () => refusal(403, 'Forbidden', 'rollouts/status is forbidden');
    expect(await run('approve echoserver', { cluster })).toEqual({
      code: 1,
      out: '',
      err: 'Error from server (Forbidden): rollouts/status is forbidden\n',
    });
  });
});
