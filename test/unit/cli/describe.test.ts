import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/kube.ts';
import { FakeCluster } from './fake-cluster.ts';
import { IDLE, PAUSED, addApp, addRelease, rollout, type RolloutParts } from './objects.ts';
import { lines, run, start } from './run.ts';

const NEW_POD = 'pods/demo/echoserver-x7k2p-canary-c';
const released = (parts?: RolloutParts): FakeCluster => {
  const cluster = new FakeCluster();
  addRelease(cluster);
  if (parts !== undefined) cluster.put(rollout(parts));
  stamp(cluster, NEW_POD, '1');
  return cluster;
};
function stamp(cluster: FakeCluster, key: string, step: string): void {
  const pod = cluster.objects.get(key) as KubeObject;
  const labels = { ...pod.metadata.labels, 'rollouts.kruise.io/rollout-batch-id': step };
  cluster.put({ ...pod, metadata: { ...pod.metadata, labels } });
}
const show = async (cluster: FakeCluster, flags = ''): Promise<string> => {
  const { code, out, err } = await run(`describe rollout/echoserver -n demo ${flags}`, { cluster });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
};
const section = (out: string, title: string): string[][] => {
  const all = lines(out);
  const from = all.findIndex((line) => line.startsWith(title)) + 1;
  const length = all.slice(from).findIndex((line) => !line.startsWith(' '));
  return all.slice(from, length < 0 ? undefined : from + length).map((line) => line.trim().split(/ {2,}/));
};
const head = (out: string, title: string): string =>
  (lines(out).find((line) => line.startsWith(`${title}:`)) ?? '').split(/: +/).slice(1).join(': ');

describe('describe', () => {
  it('says what it is, where it is and what it waits for', async () => {
    const out = await show(released());
    expect(head(out, 'Workload')).toBe('Deployment/echoserver (apps/v1)');
    expect(head(out, 'Phase')).toBe('Progressing');
    expect(head(out, 'Message')).toBe(PAUSED.message);
    expect(head(out, 'Waits for')).toMatch(/^an approval of step 1 of 2, since/);
  });

  it('shows the plan and marks the current step', async () => {
    const steps = [
      { replicas: '20%', traffic: '20%', pause: { duration: 0 } },
      { replicas: '50%', matches: [{ headers: [{ name: 'a', value: 'b' }] }], pause: { duration: 600 } },
      { replicas: '100%' },
    ];
    const canaryStatus = { ...PAUSED.canaryStatus, currentStepIndex: 2, nextStepIndex: 3 };
    const out = await show(released({ steps, status: { ...PAUSED, currentStepIndex: 2, canaryStatus } }));
    expect(section(out, 'Steps')).toEqual([
      ['STEP', 'REPLICAS', 'TRAFFIC', 'PAUSE', 'STATE'],
      ['1', '20%', '20% of requests', 'none', 'done'],
      ['> 2', '50%', 'requests that match header a=b', '10m', 'StepPaused'],
      ['3', '100%', 'no requests apart', 'until approved'],
    ]);
  });

  it('shows style, routes and the shared TrafficRouting, by annotation or by field', async () => {
    const cluster = released();
    const one = cluster.objects.get('rollouts/demo/echoserver') as KubeObject;
    const annotations = { 'rollouts.kruise.io/trafficrouting': 'lane' };
    cluster.put({ ...one, metadata: { ...one.metadata, annotations } });
    expect(section(await show(cluster), 'Strategy')).toEqual([
      ['Style', 'canary'],
      ['Service', 'echoserver'],
      ['Routes', 'Ingress/echoserver (nginx)'],
      ['TrafficRouting', 'lane'],
    ]);
  });

  it('shows the status of the style in use', async () => {
    const canaryStatus = { ...PAUSED.canaryStatus, canaryReplicas: 1, canaryReadyReplicas: 1, observedRolloutID: 'id' };
    expect(section(await show(released({ status: { ...PAUSED, canaryStatus } })), 'Status')).toEqual([
      ['Step', '1 of 2'],
      ['State', 'StepPaused'],
      ['Next step', '2'],
      ['Release id', 'id'],
      ['Stable revision', 'stable'],
      ['New revision', 'canary'],
      ['New pods', '1, 1 ready'],
      ['Last change', '2026-01-01T11:55:00Z (5m ago)'],
    ]);
  });

  it('shows the new pods of the current step: by revision and by batch', async () => {
    const cluster = released();
    const of = 'New pods of step 1';
    expect(section(await show(cluster), of).map((row) => row[0])).toEqual(['NAME', 'echoserver-x7k2p-canary-c']);
    stamp(cluster, 'pods/demo/echoserver-stable-a', '1');
    expect(section(await show(cluster), of)).toHaveLength(2);
    stamp(cluster, NEW_POD, '2');
    expect(section(await show(cluster), of)).toEqual([['none']]);
  });

  it('pods of kinds with ControllerRevisions carry the revision in another label', async () => {
    const cluster = released();
    const pod = cluster.objects.get(NEW_POD) as KubeObject;
    const labels = {
      app: 'echoserver',
      'controller-revision-hash': 'canary',
      'rollouts.kruise.io/rollout-batch-id': '1',
    };
    cluster.put({ ...pod, metadata: { ...pod.metadata, labels } });
    expect(section(await show(cluster), 'New pods of step 1')).toHaveLength(2);
  });

  it('--all shows old pods too, the new ones first', async () => {
    const rows = section(await show(released(), '--all'), 'Pods');
    expect(rows.slice(1).map((row) => [row[0], row[3]])).toEqual([
      ['echoserver-x7k2p-canary-c', 'new'],
      ['echoserver-stable-a', 'old'],
      ['echoserver-stable-b', 'old'],
    ]);
  });

  it.each([
    ['no status at all', undefined],
    ['no sub-status', { phase: 'Progressing' }],
    ['an idle Rollout', IDLE],
  ])('tolerates %s', async (_, status) => {
    const cluster = new FakeCluster();
    addApp(cluster);
    cluster.put(rollout({ status }));
    const out = await show(cluster);
    expect(head(out, 'Name')).toBe('echoserver');
    expect(out).not.toMatch(/undefined|NaN|null/);
  });

  it('tolerates a workload that does not exist, and one that nobody knows', async () => {
    const cluster = new FakeCluster();
    cluster.put(rollout({ status: IDLE }));
    expect(await show(cluster)).toContain('Deployment echoserver does not exist in namespace demo');
    cluster.put(rollout({ status: IDLE, spec: { workloadRef: { apiVersion: 'x/v1', kind: 'Y', name: 'z' } } }));
    expect(await show(cluster)).toContain('Y/z (x/v1)');
  });

  it('shows conditions', async () => {
    const condition = { type: 'Progressing', status: 'True', reason: 'InRolling', message: 'm' };
    const conditions = [{ ...condition, lastTransitionTime: '2026-01-01T11:59:00Z' }];
    expect(section(await show(released({ status: { ...PAUSED, conditions } })), 'Conditions')).toEqual([
      ['TYPE', 'STATUS', 'REASON', 'SINCE', 'MESSAGE'],
      ['Progressing', 'True', 'InRolling', '1m', 'm'],
    ]);
  });

  it('-w shows it again below when it changes, and ends when the user has had enough', async () => {
    const cluster = released();
    const stop = new AbortController();
    const command = start('describe echoserver -w -n demo', { cluster, interrupted: stop.signal });
    await command.printed('StepPaused');
    const canaryStatus = { ...PAUSED.canaryStatus, currentStepState: 'StepTrafficRouting' };
    cluster.put(rollout({ status: { ...PAUSED, canaryStatus } }));
    await command.printed('StepTrafficRouting');
    stop.abort();
    const { code, out } = await command.done;
    expect(code).toBe(130);
    expect(out.match(/^Name: /gm)).toHaveLength(2);
  });

  it('several are told apart, and one that is missing is reported', async () => {
    const cluster = released();
    cluster.put(rollout({ name: 'second', status: IDLE }));
    const { code, out, err } = await run('describe echoserver nope second -n demo', { cluster });
    expect(code).toBe(1);
    expect(out.match(/^Name: /gm)).toHaveLength(2);
    expect(err).toContain('"nope" not found');
    expect((await run('describe a b -w', { cluster })).err).toContain('-w follows one Rollout');
  });
});
