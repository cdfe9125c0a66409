import { describe, expect, it } from 'vitest';
import { DEPLOYMENTS, ROLLOUTS } from '../../../src/api/resources.ts';
import { readAt } from '../../../src/lib/json.ts';
import { FakeCluster, refusal } from './fake-cluster.ts';
import { addApp, addRelease, deployment, rollout } from './objects.ts';
import { run } from './run.ts';

const clusterWith = (fill: (cluster: FakeCluster) => void): FakeCluster => {
  const cluster = new FakeCluster();
  fill(cluster);
  return cluster;
};
const free = (paused: boolean) => clusterWith((made) => made.put(deployment({}, 'echoserver:1', paused)));
const ROLLOUT = 'rollouts/demo/echoserver';

describe('pause and resume a Rollout', () => {
  it('is a merge patch of spec.strategy.paused alone, without a version', async () => {
    const cluster = clusterWith(addRelease);
    expect(await run('pause rollout/echoserver -n demo', { cluster })).toEqual({
      code: 0,
      out: 'rollout.rollouts.kruise.io/echoserver paused\n',
      err: '',
    });
    expect(await run('resume echoserver -n demo', { cluster })).toEqual({
      code: 0,
      out: 'rollout.rollouts.kruise.io/echoserver resumed\n',
      err: '',
    });
    const patch = (paused: boolean) => ({ verb: 'patch', key: ROLLOUT, body: { spec: { strategy: { paused } } } });
    expect(cluster.writes).toEqual([patch(true), patch(false)]);
    expect(readAt(cluster.at(ROLLOUTS, 'echoserver', 'demo'), ['spec', 'strategy', 'paused'])).toBe(false);
  });

  it.each([
    ['pause', true, 'is already paused'],
    ['resume', false, 'is not paused'],
  ])('%s of one that is so already is refused as kubectl does, and writes nothing', async (verb, paused, text) => {
    const cluster = clusterWith((made) => made.put(rollout({ strategy: { paused } })));
    expect(await run(`${verb} echoserver -n demo`, { cluster })).toEqual({
      code: 1,
      out: '',
      err: `error: rollouts.rollouts.kruise.io "echoserver" ${text}\n`,
    });
    expect(cluster.writes).toEqual([]);
  });

  it('does what it can of several', async () => {
    const ran = await run('pause nope echoserver -n demo', { cluster: clusterWith(addRelease) });
    expect(ran).toMatchObject({ code: 1, out: 'rollout.rollouts.kruise.io/echoserver paused\n' });
    expect(ran.err).toContain('"nope" not found');
  });

  it.each([
    ['name', 'rollout.rollouts.kruise.io/echoserver\n'],
    ['json', '"paused": true'],
    ['yaml', 'paused: true'],
  ])('-o %s is for scripts', async (format, text) => {
    const { out } = await run(`pause echoserver -n demo -o ${format}`, { cluster: clusterWith(addRelease) });
    expect(out).toContain(text);
    expect(out).not.toContain('echoserver paused');
  });

  it('passes on a refusal of the API server', async () => {
    const cluster = clusterWith(addRelease);
    cluster.intercept = () => refusal(403, 'Forbidden', 'no');
    expect(await run('pause echoserver -n demo', { cluster })).toMatchObject({
      code: 1,
      err: 'Error from server (Forbidden): no\n',
    });
  });
});

describe('pause and resume a workload', () => {
  it.each(['deployment/echoserver', 'deploy/echoserver', 'deployments.apps echoserver'])('%s', async (words) => {
    const cluster = free(false);
    expect(await run(`pause ${words} -n demo`, { cluster })).toMatchObject({
      code: 0,
      out: 'deployment.apps/echoserver paused\n',
    });
    expect(readAt(cluster.at(DEPLOYMENTS, 'echoserver', 'demo'), ['spec', 'paused'])).toBe(true);
    expect((await run(`resume ${words} -n demo`, { cluster })).out).toBe('deployment.apps/echoserver resumed\n');
  });

  it('says as kubectl does when it is paused, or not', async () => {
    expect((await run('pause deployment/echoserver -n demo', { cluster: free(true) })).err).toBe(
      'error: deployments.apps "echoserver" is already paused\n',
    );
    expect((await run('resume deployment/echoserver -n demo', { cluster: free(false) })).err).toBe(
      'error: deployments.apps "echoserver" is not paused\n',
    );
  });

  it('a hold of a Rollout is not resumed but approved', async () => {
    const cluster = clusterWith(addRelease);
    const { code, err } = await run('resume deployment/echoserver -n demo', { cluster });
    expect({ code, writes: cluster.writes }).toEqual({ code: 1, writes: [] });
    expect(err).toContain('is held by Rollout "echoserver", not paused; to go on: sluice approve rollout/echoserver');
    expect(err).toContain('kubectl label deployment.apps/echoserver sluice.dev/enrolled=false --overwrite');
  });

  it('names what is missing, and what nobody knows', async () => {
    const cluster = clusterWith(addApp);
    expect((await run('pause deployment/nope -n demo', { cluster })).err).toBe(
      'Error from server (NotFound): deployments.apps "nope" not found\n',
    );
    expect((await run('pause job/x -n demo', { cluster })).err).toContain(
      'error: "job/x" is not a Rollout, nor a workload of a kind that Sluice knows (deployment',
    );
  });
});
