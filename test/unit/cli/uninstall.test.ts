import { describe, expect, it } from 'vitest';
import {
  BATCH_RELEASES,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  INGRESSES,
  ROLLOUTS,
  SERVICES,
  STATEFUL_SETS,
  TRAFFIC_ROUTINGS,
} from '../../../src/api/resources.ts';
import { ANNOTATION } from '../../../src/api/names.ts';
import { readAt } from '../../../src/lib/json.ts';
import { policyObjects } from '../../../src/install/index.ts';
import { FakeCluster, refusal, type Write } from './fake-cluster.ts';
import { ENROLLED, HELD, addApp, addRelease, deployment, rollout } from './objects.ts';
import { statefulSet } from '../workloads/stateful-objects.ts';
import { JumpingClock, lines, run } from './run.ts';

const OLD = 'cilium/echoserver:1.10.2';
const NEW = 'cilium/echoserver:1.10.3';
const MARKS = /sluice\.dev|rollouts\.kruise\.io/;

/** Installed, with its policies, as a running controller leaves it. */
async function cluster(fill: (cluster: FakeCluster) => void = addRelease): Promise<FakeCluster> {
  const made = new FakeCluster();
  await run('install', { cluster: made });
  const endpoint = { service: { name: 'x', namespace: 'kruise-rollout', port: 443 } };
  for (const policy of policyObjects({ namespace: 'kruise-rollout', endpoint, policies: true })) made.put(policy);
  fill(made);
  made.writes.length = 0;
  return made;
}

const stableOf = (made: FakeCluster) => made.at(DEPLOYMENTS, 'echoserver', 'demo');
const writesTo = (made: FakeCluster, key: string): Write[] => made.writes.filter((write) => write.key === key);
const firstAt = (made: FakeCluster, pattern: RegExp): number => made.writes.findIndex(({ key }) => pattern.test(key));
const lastAt = (made: FakeCluster, pattern: RegExp): number =>
  made.writes.findLastIndex(({ key }) => pattern.test(key));

describe('uninstall during a release', () => {
  it('gives the workload back in one write: hold, in-progressing and our marks', async () => {
    const made = await cluster();
    const { code, out, err } = await run('uninstall', { cluster: made });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(writesTo(made, 'deployments/demo/echoserver')).toHaveLength(1);
    expect(readAt(stableOf(made), ['spec', 'paused'])).toBeUndefined();
    expect(stableOf(made)?.metadata.labels).toEqual({ app: 'echoserver' });
    expect(stableOf(made)?.metadata.annotations).toEqual({ mine: 'kept' });
    expect(lines(out)).toContain('deployment.apps/echoserver in demo released: its held update rolls out now');
  });

  it('cuts the controller off first, then removes policies, then webhooks, and only then releases', async () => {
    const made = await cluster();
    await run('uninstall', { cluster: made });
    const order = [
      lastAt(made, /^(cluster)?rolebindings\//),
      firstAt(made, /policybindings\//),
      lastAt(made, /policies\//),
      firstAt(made, /webhookconfigurations\//),
      lastAt(made, /webhookconfigurations\//),
      firstAt(made, /^(deployments|services|ingresses)\/demo\//),
      firstAt(made, /^(serviceaccounts|clusterroles)\//),
    ];
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order[0]).toBeGreaterThan(0);
    for (const policy of made.writes.filter(({ key }) => /policies\//.test(key))) {
      const binding = policy.key.replace('policies/', 'policybindings/');
      expect(made.written('delete').indexOf(binding)).toBeLessThan(made.written('delete').indexOf(policy.key));
    }
  });

  it('leaves nothing of the release: Services, routes, new pods, BatchRelease, finalizers', async () => {
    const made = await cluster();
    await run('uninstall', { cluster: made });
    expect(readAt(made.at(SERVICES, 'echoserver', 'demo'), ['spec', 'selector'])).toEqual({ app: 'echoserver' });
    expect(made.at(SERVICES, 'echoserver-canary', 'demo')).toBeUndefined();
    expect(made.at(INGRESSES, 'echoserver-canary', 'demo')).toBeUndefined();
    expect(made.at(DEPLOYMENTS, 'echoserver-x7k2p', 'demo')).toBeUndefined();
    expect(made.at(BATCH_RELEASES, 'echoserver', 'demo')).toBeUndefined();
    expect(made.at(ROLLOUTS, 'echoserver', 'demo')?.metadata.finalizers).toEqual([]);
    expect(made.at(ROLLOUTS, 'echoserver', 'demo')).not.toHaveProperty('status');
  });

  it('takes the new pods away only when everybody had time to notice the changed routes', async () => {
    const made = await cluster();
    const clock = new JumpingClock();
    const began = clock.now();
    const times: [string, number][] = [];
    made.intercept = ({ key }) => void times.push([key, clock.now() - began]);
    await run('uninstall', { cluster: made, clock });
    const of = (key: string): number => times.find(([one]) => one === key)?.[1] ?? NaN;
    const routed = Math.max(of('ingresses/demo/echoserver-canary'), of('services/demo/echoserver'));
    expect(of('services/demo/echoserver-canary') - routed).toBeGreaterThanOrEqual(5_000);
    expect(of('deployments/demo/echoserver-x7k2p') - routed).toBeGreaterThanOrEqual(5_000);
    expect(of('deployments/demo/echoserver') - routed).toBeLessThan(5_000);
  });

  it('X11: restores what a TrafficRouting has split, and lets it be deleted', async () => {
    const made = await cluster((one) => {
      addApp(one);
      const ofLane = {
        apiVersion: 'rollouts.kruise.io/v1alpha1',
        kind: 'TrafficRouting',
        name: 'lane',
        uid: 'uid-lane',
      };
      one.put({
        apiVersion: 'rollouts.kruise.io/v1alpha1',
        kind: 'TrafficRouting',
        metadata: {
          name: 'lane',
          namespace: 'demo',
          uid: 'uid-lane',
          finalizers: ['user.example/keep', 'rollouts.kruise.io/trafficrouting', 'progressing.rollouts.kruise.io/web'],
        },
        spec: { objectRef: [{ service: 'gate', ingress: { name: 'gate' } }], strategy: { weight: 20 } },
        status: { phase: 'Progressing' },
      });
      for (const [name, ownerReferences] of [
        ['gate-canary', [ofLane]],
        ['somebody-canary', []],
      ] as const) {
        const metadata = { name, namespace: 'demo', uid: `uid-${name}`, ownerReferences: [...ownerReferences] };
        one.put({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec: {} });
      }
    });
    const { out } = await run('uninstall', { cluster: made });
    expect(lines(out)).toContain(
      'trafficrouting.rollouts.kruise.io/lane in demo all requests go to Service gate again',
    );
    expect(made.at(INGRESSES, 'gate-canary', 'demo')).toBeUndefined();
    expect(made.at(INGRESSES, 'somebody-canary', 'demo')).toBeDefined();
    expect(made.at(TRAFFIC_ROUTINGS, 'lane', 'demo')?.metadata.finalizers).toEqual(['user.example/keep']);
    expect(made.at(TRAFFIC_ROUTINGS, 'lane', 'demo')).not.toHaveProperty('status');
  });

  it('repeats a release that a policy undid, because API servers use a deleted policy for a moment', async () => {
    const made = await cluster();
    let undone = 0;
    made.intercept = ({ key }) => (key === 'deployments/demo/echoserver' && (undone += 1) <= 3 ? 'undone' : undefined);
    const clock = new JumpingClock();
    expect(await run('uninstall', { cluster: made, clock })).toMatchObject({ code: 0 });
    expect(readAt(stableOf(made), ['spec', 'paused'])).toBeUndefined();
    expect(JSON.stringify(stableOf(made)?.metadata)).not.toMatch(MARKS);
    expect(clock.waits.length).toBeGreaterThan(1);
  });

  it('fails and says so when the release does not last', async () => {
    const made = await cluster();
    made.intercept = ({ key }) => (key === 'deployments/demo/echoserver' ? 'undone' : undefined);
    const { code, err } = await run('uninstall', { cluster: made });
    expect(code).toBe(1);
    expect(err).toContain('error: deployment.apps/echoserver in demo: writes do not last');
  });

  it('finds the last write of a controller that was just cut off', async () => {
    const made = await cluster();
    made.intercept = ({ key, verb }) => {
      if (key === 'batchreleases/demo/echoserver' && verb === 'delete') made.put(deployment(HELD, NEW, true));
      return undefined;
    };
    await run('uninstall', { cluster: made });
    expect(readAt(stableOf(made), ['spec', 'paused'])).toBeUndefined();
    expect(JSON.stringify(stableOf(made)?.metadata)).not.toMatch(MARKS);
  });

  it('looks again when somebody else wrote in between', async () => {
    const made = await cluster();
    let conflicts = 0;
    made.intercept = ({ key }) =>
      key.endsWith('demo/echoserver') && (conflicts += 1) % 2 === 1 ? refusal(409, 'Conflict', 'modified') : undefined;
    expect(await run('uninstall', { cluster: made })).toMatchObject({ code: 0, err: '' });
    expect(readAt(stableOf(made), ['spec', 'paused'])).toBeUndefined();
  });
});

describe('uninstall and workloads at rest', () => {
  it('takes the marks from an idle workload and changes nothing else', async () => {
    const made = await cluster(addApp);
    const before = readAt(stableOf(made), ['spec']);
    const { out } = await run('uninstall', { cluster: made });
    expect(stableOf(made)?.metadata.annotations).toEqual({ mine: 'kept' });
    expect(readAt(stableOf(made), ['spec'])).toEqual(before);
    expect(lines(out)).toContain('deployment.apps/echoserver in demo un-enrolled');
  });

  it('leaves a pause that is the user’s own', async () => {
    const made = await cluster(addApp);
    made.put(deployment(ENROLLED, OLD, true));
    await run('uninstall', { cluster: made });
    expect(readAt(stableOf(made), ['spec', 'paused'])).toBe(true);
    expect(stableOf(made)?.metadata.annotations).toEqual({ mine: 'kept' });
  });

  it('leaves a workload alone that a person took out, and says that it is held', async () => {
    const made = await cluster();
    made.put(deployment({ ...HELD, labels: { 'sluice.dev/enrolled': 'false' } }, NEW, true));
    const { out } = await run('uninstall', { cluster: made });
    expect(writesTo(made, 'deployments/demo/echoserver')).toEqual([]);
    expect(out).toContain('deployment.apps/echoserver in demo left alone, and still held');
  });

  it('gives back what a BatchRelease made by hand has taken over, and leaves a pause that it found', async () => {
    const made = await cluster(addApp);
    const claim = { [ANNOTATION.controlInfo]: '{"kind":"BatchRelease","name":"mine","uid":"mine"}' };
    made.put(deployment({ labels: { app: 'echoserver' }, annotations: claim }, NEW, true));
    const annotations = { ...claim, [ANNOTATION.heldFields]: '{"partition":1}' };
    const held = statefulSet({ annotations, strategy: { type: 'RollingUpdate', rollingUpdate: { partition: 4 } } });
    made.put({ ...held, metadata: { ...held.metadata, namespace: 'demo' } });
    const { out } = await run('uninstall', { cluster: made });
    const db = made.at(STATEFUL_SETS, 'web', 'demo');
    expect(readAt(db, ['spec', 'updateStrategy', 'rollingUpdate', 'partition'])).toBe(1);
    expect(db?.metadata.annotations).toEqual({});
    expect(readAt(stableOf(made), ['spec', 'paused'])).toBe(true);
    expect(stableOf(made)?.metadata.annotations).toEqual({});
    expect(lines(out)).toContain('statefulset.apps/web in demo released: its held update rolls out now');
    expect(lines(out)).toContain('deployment.apps/echoserver in demo un-enrolled');
  });

  it('touches no workload and no Service that is not ours', async () => {
    const made = await cluster((one) => {
      const plain = deployment({ labels: { app: 'echoserver' } }, OLD, true);
      one.put(plain);
      one.put(rollout({ spec: { disabled: true }, status: { phase: 'Disabled' } }));
    });
    await run('uninstall', { cluster: made });
    const touched = made.writes.map(({ key }) => key).filter((key) => key.includes('/demo/'));
    expect([...new Set(touched)]).toEqual(['rollouts/demo/echoserver']);
  });
});

describe('what uninstall keeps', () => {
  it('Rollouts and their kinds, and says so', async () => {
    const made = await cluster();
    const { out } = await run('uninstall', { cluster: made });
    expect(made.at(ROLLOUTS, 'echoserver', 'demo')).toBeDefined();
    expect(made.at(CUSTOM_RESOURCE_DEFINITIONS, 'rollouts.rollouts.kruise.io')).toBeDefined();
    expect(out).toContain('No update is held by Sluice any more.');
    expect(out).toContain('Kept: the CustomResourceDefinitions and 1 Rollout,');
    expect(out).toContain('Kept: namespace kruise-rollout;');
  });

  it('nothing of the kinds with --crds, after everything was released', async () => {
    const made = await cluster();
    const { out } = await run('uninstall --crds', { cluster: made });
    expect(made.at(CUSTOM_RESOURCE_DEFINITIONS, 'rollouts.rollouts.kruise.io')).toBeUndefined();
    expect(firstAt(made, /^customresourcedefinitions\//)).toBeGreaterThan(lastAt(made, /demo\/echoserver/));
    expect(out).not.toContain('Kept: the CustomResourceDefinitions');
  });

  it('only the namespace of the installation', async () => {
    const made = await cluster();
    await run('uninstall --crds', { cluster: made });
    const left = [...made.objects].filter(
      ([, { metadata }]) => metadata.labels?.['app.kubernetes.io/name'] === 'sluice',
    );
    expect(left.map(([key]) => key)).toEqual(['namespaces//kruise-rollout']);
  });

  it('everything under --dry-run, which still says what would be done', async () => {
    const made = await cluster();
    const { code, out } = await run('uninstall --dry-run', { cluster: made });
    expect({ code, writes: made.writes }).toEqual({ code: 0, writes: [] });
    for (const line of lines(out)) expect(line).toMatch(/ \(dry run\)$/);
    expect(out).toContain('deployment.apps/echoserver in demo released');
  });
});

describe('uninstall where something is missing or refused', () => {
  it('has nothing to do twice', async () => {
    const made = await cluster();
    await run('uninstall --crds', { cluster: made });
    for (const plural of ['rollouts', 'batchreleases']) made.unserved.add(plural);
    made.writes.length = 0;
    const { code, out } = await run('uninstall --crds', { cluster: made });
    expect({ code, writes: made.writes }).toEqual({ code: 0, writes: [] });
    expect(lines(out)[0]).toBe('No update is held by Sluice any more.');
  });

  it('works where the API server has no admission policies', async () => {
    const made = await cluster();
    for (const plural of ['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings']) made.unserved.add(plural);
    expect(await run('uninstall', { cluster: made })).toMatchObject({ code: 0 });
    expect(readAt(stableOf(made), ['spec', 'paused'])).toBeUndefined();
  });

  it('releases nothing while a policy cannot be removed, because it would be held again', async () => {
    const made = await cluster();
    made.intercept = ({ key }) => (/policies\//.test(key) ? refusal(403, 'Forbidden', 'no') : undefined);
    expect(await run('uninstall', { cluster: made })).toMatchObject({
      code: 1,
      err: 'Error from server (Forbidden): no\n',
    });
    expect(writesTo(made, 'deployments/demo/echoserver')).toEqual([]);
  });

  it('tells whom to stop when a controller was alive', async () => {
    const made = await cluster();
    made.put({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: '71ddec2c.kruise.io', namespace: 'kruise-rollout' },
      spec: { holderIdentity: 'host_1', leaseDurationSeconds: 15, renewTime: '2026-01-01T11:59:58.000000Z' },
    });
    const { out } = await run('uninstall', { cluster: made });
    expect(out).toContain('A controller ran as host_1; if it runs outside the cluster, stop it.');
  });
});
