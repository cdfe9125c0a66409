import { describe, expect, it } from 'vitest';
import { ROLLOUTS } from '../../../src/api/resources.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { HELD, IDLE, PAUSED, addApp, addRelease, deployment, rollout } from './objects.ts';
import { NOW, lines, run, start } from './run.ts';

const NEW = 'cilium/echoserver:1.10.3';
const released = (): FakeCluster => {
  const cluster = new FakeCluster();
  addRelease(cluster);
  return cluster;
};
const idle = (): FakeCluster => {
  const cluster = new FakeCluster();
  addApp(cluster);
  return cluster;
};
const succeeded = (status: 'True' | 'False') => ({
  conditions: [{ type: 'Succeeded', status, reason: '', message: '' }],
});
const end = (cluster: FakeCluster, status: object): void => {
  cluster.put(deployment({}, NEW, false));
  cluster.put(rollout({ status }));
};

describe('status', () => {
  it('tells each change once and ends with 0 when the release has succeeded', async () => {
    const cluster = released();
    const command = start('status rollout/echoserver -n demo', { cluster });
    await command.printed('step 1 of 2, StepPaused: it waits for an approval');
    cluster.put(rollout({ status: { ...PAUSED, observedGeneration: 2 } }));
    const canaryStatus = { ...PAUSED.canaryStatus, currentStepIndex: 2, currentStepState: 'StepUpgrade' };
    cluster.put(rollout({ status: { ...PAUSED, message: 'waits for pods', canaryStatus } }));
    await command.printed('StepUpgrade');
    end(cluster, { ...IDLE, ...succeeded('True') });
    const { code, out, err } = await command.done;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(lines(out)).toEqual([
      'Waiting for rollout "echoserver" to finish: step 1 of 2, StepPaused: it waits for an approval',
      'Waiting for rollout "echoserver" to finish: step 2 of 2, StepUpgrade: waits for pods',
      'rollout "echoserver" successfully rolled out',
    ]);
    expect(cluster.writes).toEqual([]);
  });

  it('ends with 1 when the release was cancelled, and says so on stderr', async () => {
    const cluster = released();
    const command = start('status echoserver -n demo', { cluster });
    await command.printed('approval');
    const message = 'The workload has been rolled back and the rollout process will be canceled';
    end(cluster, { ...PAUSED, phase: 'Healthy', message, ...succeeded('False') });
    const { code, err } = await command.done;
    expect({ code, err }).toEqual({ code: 1, err: `error: rollout "echoserver" was cancelled: ${message}\n` });
  });

  it('ends with 1 when the Rollout is deleted', async () => {
    const cluster = released();
    const command = start('status echoserver -n demo', { cluster });
    await command.printed('approval');
    cluster.drop(ROLLOUTS, 'echoserver', 'demo');
    expect(await command.done).toMatchObject({ code: 1, err: 'error: rollout "echoserver" has been deleted\n' });
  });

  it('ends with 1 when the Rollout is disabled', async () => {
    const cluster = idle();
    cluster.put(rollout({ spec: { disabled: true }, status: { phase: 'Disabled' } }));
    const { code, err } = await start('status echoserver -n demo', { cluster }).done;
    expect(code).toBe(1);
    expect(err).toContain('is disabled: its workload rolls out without steps');
  });

  it('an idle Rollout whose workload is held already is not over: the release begins in a moment', async () => {
    const cluster = idle();
    cluster.put(deployment({ ...HELD }, NEW, true));
    const command = start('status echoserver -n demo', { cluster });
    await command.printed('the update is held');
    cluster.put(rollout({ status: PAUSED }));
    await command.printed('StepPaused');
    end(cluster, { ...IDLE, ...succeeded('True') });
    expect((await command.done).code).toBe(0);
  });

  it('an update that nobody held is over when its pods are there, as the workload has it', async () => {
    const cluster = idle();
    const rolling = (updatedReplicas: number) => {
      const object = deployment({}, NEW, false);
      return { ...object, status: { ...(object['status'] as object), updatedReplicas } };
    };
    cluster.put(rolling(1));
    const command = start('status echoserver -n demo', { cluster });
    await command.printed('1 of 2 pods of the workload are updated, 2 available');
    cluster.put(rolling(2));
    expect(await command.done).toMatchObject({ code: 0, err: '' });
  });

  it.each([
    ['a Rollout that never released', IDLE, 0],
    ['a Rollout that released', { ...IDLE, ...succeeded('True') }, 0],
    ['S1-19 a Rollout that was rolled back', { ...PAUSED, phase: 'Healthy', ...succeeded('False') }, 1],
    ['a refused Rollout', { phase: 'Initial', conditions: [{ type: 'Accepted', status: 'False', message: 'no' }] }, 1],
  ])('%s ends it at once', async (_, status, code) => {
    const cluster = idle();
    cluster.put(rollout({ status }));
    expect((await start('status echoserver -n demo', { cluster }).done).code).toBe(code);
  });

  it('ends with 1 when --timeout is over', async () => {
    const clock = new FakeClock(NOW);
    const command = start('status echoserver -n demo --timeout 1m30s', { cluster: released(), clock });
    await command.printed('approval');
    await clock.advance(80_000);
    await clock.advance(10_000);
    const { code, err } = await command.done;
    expect({ code, err }).toEqual({ code: 1, err: 'error: timed out waiting for the condition\n' });
    expect(clock.timers).toBe(0);
  });

  it('refuses a length of time without unit', async () => {
    expect((await run('status x --timeout 5')).err).toContain('such as 90s, 5m or 1h30m');
  });

  it.each([
    ['released', released, 0, 'Waiting for rollout "echoserver" to finish: step 1 of 2, StepPaused'],
    ['idle', idle, 0, 'rollout "echoserver" successfully rolled out'],
  ])('--watch=false tells how it stands, without waiting: %s', async (_, cluster, code, text) => {
    const ran = await run('status echoserver -n demo --watch=false', { cluster: cluster() });
    expect(ran.code).toBe(code);
    expect(lines(ran.out)).toHaveLength(1);
    expect(ran.out).toContain(text);
  });

  it('takes the Rollout that governs a workload', async () => {
    const ran = await run('status deployment/echoserver -n demo --watch=false', { cluster: released() });
    expect(ran.out).toContain('rollout "echoserver"');
    const cluster = idle();
    cluster.put(deployment({}, NEW, false));
    const alone = await run('status deploy/echoserver -n demo --watch=false', { cluster });
    expect(alone).toMatchObject({ code: 1, out: '' });
    expect(alone.err).toContain('kubectl rollout status deployment/echoserver');
  });

  it('passes on that the user may not watch', async () => {
    const cluster = released();
    cluster.list = () => Promise.reject(refusal(403, 'Forbidden', 'rollouts is forbidden'));
    const { code, err } = await start('status echoserver -n demo', { cluster }).done;
    expect({ code, err }).toEqual({ code: 1, err: 'Error from server (Forbidden): rollouts is forbidden\n' });
  });

  it('needs one name', async () => {
    expect((await run('status a b')).err).toContain('name one Rollout');
    expect((await run('status nope -n demo', { cluster: released() })).err).toContain('"nope" not found');
  });
});
