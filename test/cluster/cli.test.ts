// The command line as users run it, against a real API server and a running Sluice.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useWorld } from './support/world.ts';
import { until } from './support/until.ts';

const world = useWorld('cli');
const cli = (line: string) => world.sluice.cli(...line.split(' '));
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const NEW_IMAGE = 'cilium/echoserver:1.10.3';

describe('a release by command line', () => {
  let namespace = '';
  beforeAll(async () => {
    namespace = await world.namespace('release');
    const steps = [{ replicas: '20%', traffic: '20%' }];
    await world.app(namespace, { steps });
    await world.setImage(namespace, NEW_IMAGE);
    await world.pausedIn(namespace, 1);
  });

  it('S1-12 S1-13 get shows the row of the paused Rollout', async () => {
    const { code, out, err } = await cli(`get -n ${namespace}`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [head = '', row = ''] = lines(out);
    expect(head.split(/ {2,}/)).toEqual(['NAME', 'STATUS', 'CANARY_STEP', 'CANARY_STATE', 'MESSAGE', 'AGE']);
    expect(row.split(/ {2,}/).slice(0, 5)).toEqual([
      'echoserver',
      'Progressing',
      '1',
      'StepPaused',
      'Rollout is in step(1/1), and you need manually confirm to enter the next step',
    ]);
  });

  it('get of one shows the tree, the share of requests, the wait and the next command', async () => {
    const { out } = await cli(`get rollout/echoserver -n ${namespace}`);
    expect(out).toMatch(/Deployment\/echoserver +Held +5\/5/);
    expect(out).toMatch(/ReplicaSet\/echoserver-\w+ +Stable +5\/5/);
    expect(out).toMatch(/Deployment\/echoserver-\w{5} +New pods +1\/1/);
    expect(out).toMatch(/Traffic +20% of requests to new pods/);
    expect(out).toMatch(/Waits for +an approval of step 1 of 1, since /);
    expect(out).toContain(`sluice approve rollout/echoserver -n ${namespace}`);
    expect(out).toContain(`sluice undo rollout/echoserver -n ${namespace}`);
    expect(out).not.toContain('Trouble');
  });

  it('S1-14 S1-15 approve lets the release complete; a second approve is refused', async () => {
    expect(await cli(`approve rollout/echoserver -n ${namespace}`)).toEqual({
      code: 0,
      out: 'rollout.rollouts.kruise.io/echoserver approved\n',
      err: '',
    });
    await world.in(namespace, { phase: 'Healthy', currentStepIndex: 1, currentStepState: 'Completed' });
    const second = await cli(`approve rollout/echoserver -n ${namespace}`);
    expect(second).toMatchObject({ code: 1, out: '' });
    expect(second.err).toContain(
      "does not allow to approve, because current canary state is not 'StepPaused' (it is Healthy, Completed: Rollout progressing has been completed)",
    );
    expect(lines(second.err)).toHaveLength(1);
  });
});

describe('install', () => {
  it('changes nothing in a cluster where Sluice runs', async () => {
    const out = await world.sluice.install();
    const objects = lines(out.split('\n\n')[0] ?? '');
    expect(objects.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
    expect(objects.length).toBeGreaterThan(5);
  });
});

describe('uninstall in the middle of a release, with the controller alive', () => {
  let namespace = '';
  beforeAll(async () => {
    namespace = await world.namespace('uninstall');
    await world.app(namespace);
    await world.app(namespace, { name: 'idle', traffic: false });
    await world.setImage(namespace, NEW_IMAGE);
    await world.pausedIn(namespace, 1);
    const { code, err } = await cli('uninstall');
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
  afterAll(() => world.sluice.stop());

  it('no workload is held or marked, and the held update rolls out', async () => {
    for (const name of ['echoserver', 'idle']) {
      const { spec, metadata } = await world.get('deployment', name, namespace);
      expect((spec as { paused?: boolean }).paused ?? false).toBe(false);
      const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...annotations } =
        metadata.annotations ?? {};
      expect(JSON.stringify([metadata.labels, annotations])).not.toMatch(/sluice\.dev|rollouts\.kruise\.io/);
    }
    await until('the new image is everywhere', async () => {
      const pods = await world.list('pods', namespace, 'app=echoserver');
      const images = pods.map(({ spec }) => (spec as { containers: { image: string }[] }).containers[0]?.image);
      if (pods.length !== 5 || images.some((image) => image !== NEW_IMAGE)) throw new Error(JSON.stringify(images));
      return true;
    });
  });

  it('nothing of the release or of the installation is left', async () => {
    const { selector } = (await world.get('service', 'echoserver', namespace))['spec'] as { selector: object };
    expect(selector).toEqual({ app: 'echoserver' });
    for (const kind of ['service', 'ingress']) {
      expect(await world.find(kind, 'echoserver-canary', namespace)).toBeUndefined();
    }
    expect(await world.list('batchreleases', namespace)).toEqual([]);
    expect((await world.list('deployments', namespace)).map(({ metadata }) => metadata.name)).toEqual([
      'echoserver',
      'idle',
    ]);
    const kinds =
      'mutatingadmissionpolicies,mutatingadmissionpolicybindings,validatingadmissionpolicies,validatingadmissionpolicybindings,mutatingwebhookconfigurations,validatingwebhookconfigurations,clusterroles,clusterrolebindings';
    const left = await world.kubectl.do(['get', kinds, '-l', 'app.kubernetes.io/name=sluice', '-o', 'name']);
    expect(left.trim()).toBe('');
  });

  it('a later update is not held by anybody', async () => {
    await world.setImage(namespace, 'cilium/echoserver:1.10.4', 'idle');
    await world.setImage(namespace, 'cilium/echoserver:1.10.4');
    await until('the next image is everywhere', async () => {
      const deployments = await world.list('deployments', namespace);
      const done = deployments.map(({ status }) => (status as { updatedReplicas?: number }).updatedReplicas === 5);
      return done.length === 2 && done.every(Boolean);
    });
  });

  it('Rollouts stay, can be read and deleted, and go with --crds', async () => {
    const { out } = await cli(`get -n ${namespace}`);
    expect(lines(out)).toHaveLength(3);
    await world.kubectl.do(['delete', 'rollout', 'echoserver', '-n', namespace, '--timeout=20s']);
    expect(await cli('uninstall --crds')).toMatchObject({ code: 0, err: '' });
    const { code, err } = await until('the kinds are gone', async () => {
      const answer = await cli(`get -n ${namespace}`);
      return answer.code === 1 ? answer : undefined;
    });
    expect(code).toBe(1);
    expect(err).toContain('add it with: sluice install');
  });
});
