import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FakeCluster, refusal } from './fake-cluster.ts';
import {
  HELD,
  IDLE,
  PAUSED,
  addApp,
  addRelease,
  deployment,
  rollout,
  troubledPod,
  type RolloutParts,
} from './objects.ts';
import { lines, run } from './run.ts';

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
/** Row of the tree that names the object, branches and gaps made simple. */
const row = (out: string, name: string): string =>
  (lines(out).find((line) => line.includes(`${name} `)) ?? '').replace(/^[ │├└─]+/, '').replace(/ {2,}/g, ' | ');
const depth = (out: string, name: string): number =>
  (lines(out).find((line) => line.includes(name)) ?? '').search(/\w/);
const after = (out: string, title: string): string[] => {
  const all = lines(out);
  const from = all.findIndex((line) => line.startsWith(title));
  const rest = all.slice(from + 1).findIndex((line) => !line.startsWith(' '));
  return from < 0
    ? []
    : all.slice(from, rest < 0 ? undefined : from + 1 + rest).map((line) => line.replace(title, '').trim());
};
const show = async (cluster: FakeCluster, line = 'get echoserver -n demo'): Promise<string> => {
  const { code, out, err } = await run(line, { cluster });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
};
const withRollout = (parts: RolloutParts, cluster = released()): FakeCluster => {
  cluster.put(rollout(parts));
  return cluster;
};

describe('a shared TrafficRouting', () => {
  const canary = { steps: [{ replicas: 1 }], trafficRoutingRef: 'lane' };

  it('S3-2 stands in the tree with what it says of itself', async () => {
    const cluster = withRollout({ strategy: { canary }, status: PAUSED });
    cluster.put({
      apiVersion: 'rollouts.kruise.io/v1alpha1',
      kind: 'TrafficRouting',
      metadata: { name: 'lane', namespace: 'demo' },
      spec: {},
      status: { phase: 'Progressing', message: 'Rollout echoserver releases with it' },
    });
    const line = lines(await show(cluster)).find((one) => one.includes('TrafficRouting/lane'));
    expect(line).toMatch(/TrafficRouting\/lane +Progressing .* Rollout echoserver releases with it$/);
  });

  it('X2 that is missing is shown as such', async () => {
    const out = await show(withRollout({ strategy: { canary }, status: PAUSED }));
    expect(out).toMatch(/TrafficRouting\/lane +Missing/);
  });
});

describe('get of many', () => {
  it('S1-12 has the columns of kubectl get rollouts', async () => {
    const out = await show(idle(), 'get -n demo');
    expect(out.split('\n')[0]?.split(/ +/)).toEqual([
      'NAME',
      'STATUS',
      'CANARY_STEP',
      'CANARY_STATE',
      'MESSAGE',
      'AGE',
    ]);
  });

  it('S1-13 shows a release that waits for approval in one row', async () => {
    const out = await show(released(), 'get rollouts -n demo');
    expect(lines(out)[1]?.split(/ {2,}/)).toEqual([
      'echoserver',
      'Progressing',
      '1',
      'StepPaused',
      'Rollout is in step(1/2), and you need manually confirm to enter the next step',
      '10m',
    ]);
  });

  it('shows namespaces with -A, sorted, and more columns with -o wide', async () => {
    const cluster = idle();
    cluster.put(rollout({ namespace: 'aaa', name: 'zzz' }));
    const rows = lines(await show(cluster, 'get -A -o wide')).map((line) => line.split(/ {2,}/));
    expect(rows[0]?.slice(-3)).toEqual(['STEPS', 'STYLE', 'WORKLOAD']);
    expect(rows.slice(1).map(([namespace, name]) => [namespace, name])).toEqual([
      ['aaa', 'zzz'],
      ['demo', 'echoserver'],
    ]);
    expect(rows[2]?.slice(-3)).toEqual(['2', 'canary', 'Deployment/echoserver']);
  });

  it('says on stderr that there are none', async () => {
    expect(await run('get -n demo')).toEqual({ code: 0, out: '', err: 'No resources found in demo namespace.\n' });
    expect(await run('get -A')).toEqual({ code: 0, out: '', err: 'No resources found\n' });
  });

  it.each(['get -n demo -o name', 'get echoserver -n demo -o name'])('%s prints names for scripts', async (line) => {
    expect(await show(idle(), line)).toBe('rollout.rollouts.kruise.io/echoserver\n');
  });

  it('prints a List for scripts, without managedFields', async () => {
    const cluster = idle();
    const one = rollout({ status: IDLE });
    cluster.put({ ...one, metadata: { ...one.metadata, managedFields: [{ manager: 'x' }] } });
    const list = JSON.parse(await show(cluster, 'get -n demo -o json')) as { kind: string; items: unknown[] };
    expect(list).toMatchObject({ kind: 'List', items: [{ kind: 'Rollout', metadata: { name: 'echoserver' } }] });
    expect(JSON.stringify(list)).not.toContain('managedFields');
  });
});

describe('get of one', () => {
  it('draws Rollout, workload, revisions and pods by who owns what', async () => {
    const out = await show(released());
    expect(row(out, 'Rollout/echoserver')).toBe('Rollout/echoserver | Progressing | 10m | step 1 of 2, StepPaused');
    expect(row(out, 'Deployment/echoserver')).toBe(
      'Deployment/echoserver | Held | 2/2 | 10m | its update to cilium/echoserver:1.10.3 is held',
    );
    expect(row(out, 'ReplicaSet/echoserver-stable')).toContain('| Stable | 2/2 | 10m | cilium/echoserver:1.10.2');
    expect(row(out, 'Deployment/echoserver-x7k2p')).toContain('| New pods | 1/1 |');
    expect(row(out, 'ReplicaSet/echoserver-x7k2p-canary')).toContain('| New | 1/1 | 10m | cilium/echoserver:1.10.3');
    expect(row(out, 'Pod/echoserver-x7k2p-canary-c')).toContain('| Running | 1/1 |');
    const branches = ['Rollout/e', 'Deployment/echoserver-x', 'ReplicaSet/echoserver-x', 'Pod/echoserver-x'];
    expect(branches.map((name) => depth(out, name))).toEqual([0, 3, 6, 9]);
  });

  it('shows where requests go, as the live routes have it', async () => {
    const out = await show(released());
    expect(row(out, 'Traffic')).toBe('Traffic | 20% of requests to new pods');
    expect(row(out, 'Service/echoserver')).toContain('selects the stable revision stable');
    expect(row(out, 'Service/echoserver-canary')).toContain('selects the new revision canary');
    expect(out).toContain('Ingress/echoserver-canary');
  });

  it('does not believe a route that shows no step’s share', async () => {
    const cluster = released();
    const route = cluster.objects.get('ingresses/demo/echoserver-canary');
    const annotations = { ...route?.metadata.annotations, 'nginx.ingress.kubernetes.io/canary-weight': '33' };
    cluster.put({ ...route, metadata: { ...route?.metadata, name: 'echoserver-canary', annotations } });
    expect(row(await show(cluster), 'Traffic')).toContain('does not show 20 % of requests yet');
  });

  it('says what is missing', async () => {
    const cluster = released();
    cluster.objects.delete('services/demo/echoserver');
    expect(row(await show(cluster), 'Service/echoserver')).toBe('Service/echoserver | Missing');
    cluster.objects.delete('deployments/demo/echoserver');
    const out = await show(withRollout({ status: IDLE }, cluster));
    expect(after(out, 'Waits for')).toEqual(['Deployment echoserver does not exist in namespace demo']);
  });

  it('puts pods in trouble first, and counts the rest of many', async () => {
    const cluster = idle();
    const pod = cluster.objects.get('pods/demo/echoserver-stable-a');
    for (let at = 0; at < 20; at += 1) {
      const name = `echoserver-stable-${String(at).padStart(2, '0')}`;
      cluster.put({ ...pod, metadata: { ...pod?.metadata, name, uid: name } });
    }
    cluster.put(troubledPod());
    const pods = lines(await show(cluster)).filter((line) => / (Pod\/|more pods)/.test(line));
    expect(pods).toHaveLength(10);
    expect(pods[0]).toMatch(/Pod\/echoserver-stable-z +ImagePullBackOff +0\/1 +10m +3 restarts/);
    expect(pods[9]).toMatch(/14 more pods +14\/14 +-o wide shows them/);
    const wide = lines(await show(cluster, 'get echoserver -n demo -o wide')).filter((line) => line.includes('Pod/'));
    expect(wide).toHaveLength(23);
    expect(wide[1]).toContain('10.0.0.1, node-1');
  });

  it('prints the object for scripts', async () => {
    const cluster = released();
    expect(parse(await show(cluster, 'get rollout/echoserver -n demo -o yaml'))).toMatchObject({
      kind: 'Rollout',
      status: { currentStepState: 'StepPaused' },
    });
  });

  it('shows what it finds of several, and reports the others with exit code 1', async () => {
    const { code, out, err } = await run('get nope echoserver -n demo', { cluster: released() });
    expect(code).toBe(1);
    expect(out).toContain('Rollout/echoserver');
    expect(err).toBe('Error from server (NotFound): rollouts.rollouts.kruise.io "nope" not found\n');
  });

  it('shows less to who may see less', async () => {
    const cluster = released();
    const list = cluster.list.bind(cluster);
    cluster.list = (resource, options) =>
      ['pods', 'replicasets'].includes(resource.plural)
        ? Promise.reject(refusal(403, 'Forbidden', 'no'))
        : list(resource, options);
    const out = await show(cluster);
    expect(out).toContain('Deployment/echoserver');
    expect(out).not.toContain('Pod/');
  });

  it('names a kind or style that is not supported', async () => {
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Job', name: 'x' };
    const cluster = withRollout({ spec: { workloadRef }, status: { phase: 'Healthy' } });
    expect(after(await show(cluster), 'Waits for').join()).toContain('kind Job (apps/v1) are not supported');
  });
});

describe('what is waited for, and what can be typed next', () => {
  it('an approval: since when, how to give it, how to go back', async () => {
    const out = await show(released());
    expect(after(out, 'Waits for')).toEqual(['an approval of step 1 of 2, since 2026-01-01T11:55:00Z (5m ago)']);
    expect(after(out, 'Next')).toEqual([
      'sluice approve rollout/echoserver -n demo',
      'goes on with step 2 of 2: 90% of pods, 90% of requests',
      'sluice undo rollout/echoserver -n demo',
      'goes back to the stable version: the release is cancelled',
    ]);
  });

  it('the plugin tells how to type it as a plugin', async () => {
    const { out } = await run('get echoserver -n demo', { cluster: released(), script: '/bin/kubectl-sluice' });
    expect(out).toContain('kubectl sluice approve rollout/echoserver -n demo');
  });

  it('a pause with an end: when it ends', async () => {
    const steps = [{ replicas: '20%', pause: { duration: 600 } }];
    const out = await show(withRollout({ steps, status: PAUSED }));
    expect(after(out, 'Waits for')).toEqual([
      'the pause of step 1 of 1 to end at 2026-01-01T12:05:00Z (in 5m), since 2026-01-01T11:55:00Z (5m ago)',
    ]);
    expect(after(out, 'Next')[1]).toBe('completes the release: all pods get the new version without waiting');
  });

  it('a paused Rollout: how to resume it', async () => {
    const out = await show(withRollout({ strategy: { paused: true }, status: PAUSED }));
    expect(after(out, 'Waits for')[0]).toMatch(/^spec\.strategy\.paused to be false again/);
    expect(after(out, 'Next')[0]).toBe('sluice resume rollout/echoserver -n demo');
  });

  it('pods or routes that take their time: the controller’s message, and no approve', async () => {
    const canaryStatus = { ...PAUSED.canaryStatus, currentStepState: 'StepUpgrade' };
    const status = { ...PAUSED, message: 'upgrades its pods: 0 of 1 ready', canaryStatus };
    const out = await show(withRollout({ status }));
    expect(after(out, 'Waits for')[0]).toBe('upgrades its pods: 0 of 1 ready, since 2026-01-01T11:55:00Z (5m ago)');
    expect(after(out, 'Next')[0]).toContain('sluice undo');
  });

  it('an idle Rollout: how to begin a release', async () => {
    const out = await show(idle());
    expect(after(out, 'Waits for')).toEqual([]);
    expect(after(out, 'Next')).toEqual([
      'sluice set image rollout/echoserver echoserver=IMAGE -n demo',
      'releases an update: it is held and goes out in 2 steps',
    ]);
  });

  it('a held update that nobody has taken up: that Sluice must run', async () => {
    const cluster = idle();
    cluster.put(deployment({ ...HELD }, 'cilium/echoserver:1.10.3', true));
    const out = await show(cluster);
    expect(after(out, 'Waits for')).toEqual(['Sluice to take up the held update']);
    expect(after(out, 'Next')).toEqual([]);
  });

  it('a workload that is not enrolled: that nothing holds its updates', async () => {
    const cluster = idle();
    cluster.put(deployment({}, 'cilium/echoserver:1.10.2', false));
    const out = await show(cluster);
    expect(after(out, 'Trouble')[0]).toBe('updates of Deployment/echoserver are not held: it is not enrolled');
    expect(after(out, 'Next')).toEqual([]);
  });

  it('a workload that was taken out: how to give it back', async () => {
    const cluster = idle();
    cluster.put(deployment({ labels: { 'sluice.dev/enrolled': 'false' } }, 'cilium/echoserver:1.10.2', false));
    const out = await show(cluster);
    expect(after(out, 'Trouble')[0]).toContain('label sluice.dev/enrolled=false takes it out of Sluice');
    expect(after(out, 'Next')[0]).toBe('kubectl label deployments.apps/echoserver sluice.dev/enrolled- -n demo');
  });

  it('a Rollout that nobody has seen: that a controller must run', async () => {
    const out = await show(withRollout({}, idle()));
    expect(after(out, 'Waits for')).toEqual(['Sluice to see this Rollout for the first time']);
    expect(after(out, 'Next')[0]).toBe('sluice serve');
  });

  it('a Rollout that is refused: the condition that says why', async () => {
    const condition = { type: 'Accepted', status: 'False', reason: 'Invalid', message: 'steps[0].replicas is 0' };
    const out = await show(withRollout({ status: { ...IDLE, conditions: [condition] } }));
    expect(after(out, 'Trouble')[0]).toBe('Accepted=False (Invalid): steps[0].replicas is 0');
  });

  it('a disabled Rollout: how to enable it', async () => {
    const out = await show(withRollout({ spec: { disabled: true }, status: { phase: 'Disabled' } }));
    expect(after(out, 'Next')[0]).toContain(`'{"spec":{"disabled":false}}'`);
  });
});

describe('whether a controller runs', () => {
  const lease = (spec: object) => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: '71ddec2c.kruise.io', namespace: 'kruise-rollout' },
    spec: { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: '2026-01-01T11:59:58.000000Z', ...spec },
  });
  const troubleWith = async (...leases: ReturnType<typeof lease>[]): Promise<string[]> => {
    const cluster = idle();
    for (const one of leases) cluster.put(one);
    return after(await show(cluster), 'Trouble');
  };

  it('is no trouble while its Lease is fresh', async () => {
    expect(await troubleWith(lease({}))).toEqual([]);
  });

  it.each([
    [{ renewTime: '2026-01-01T11:58:00.000000Z' }, 'no controller was heard of since 2026-01-01T11:58:00Z (2m ago)'],
    [{ holderIdentity: '' }, 'no controller runs since 2026-01-01T11:59:58Z'],
  ])('is said when the Lease ran out or was given back', async (spec, text) => {
    expect(await troubleWith(lease(spec))).toEqual([text]);
  });

  it('is said when there is no Lease', async () => {
    expect((await troubleWith())[0]).toMatch(/^no controller runs, or in another namespace/);
  });

  const old = { renewTime: '2026-01-01T10:00:00.000000Z' };
  const inNamespace = (namespace: string, spec: object = {}) => {
    const made = lease(spec);
    return { ...made, metadata: { ...made.metadata, namespace } };
  };

  it('is seen in another namespace, also beside the Lease of an installation that is gone', async () => {
    expect(await troubleWith(inNamespace('elsewhere'))).toEqual([]);
    expect(await troubleWith(lease(old), inNamespace('elsewhere'))).toEqual([]);
    expect(await troubleWith(inNamespace('another', old), lease({}))).toEqual([]);
  });

  /** Refuses reads of Leases: lists alone, or all. */
  const refusing = (cluster: FakeCluster, verbs: ('list' | 'get')[]): FakeCluster => {
    const { get, list } = { get: cluster.get.bind(cluster), list: cluster.list.bind(cluster) };
    const refused = (verb: 'list' | 'get', plural: string) => plural === 'leases' && verbs.includes(verb);
    const no = () => Promise.reject(refusal(403, 'Forbidden', 'no'));
    cluster.get = (target) => (refused('get', target.resource.plural) ? no() : get(target));
    cluster.list = (resource, options) => (refused('list', resource.plural) ? no() : list(resource, options));
    return cluster;
  };

  it('is read in the default namespace by who may not list all', async () => {
    const cluster = refusing(idle(), ['list']);
    cluster.put(lease({}));
    expect(after(await show(cluster), 'Trouble')).toEqual([]);
    cluster.put(lease({ holderIdentity: '' }));
    expect(after(await show(cluster), 'Trouble')).toEqual(['no controller runs since 2026-01-01T11:59:58Z']);
  });

  it('is not guessed by who may not read Leases', async () => {
    expect(after(await show(refusing(idle(), ['list', 'get'])), 'Trouble')).toEqual([]);
  });
});
