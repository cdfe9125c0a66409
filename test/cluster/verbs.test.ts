// Releases walked through by the verbs of the command line alone, on a real API server with Sluice running.

import { beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/api/kube.ts';
import { deployment, rollout } from './support/objects.ts';
import { until } from './support/until.ts';
import { at, imageOf, isHeld, load, V1, V2, V3 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('verbs');
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const STEPS = [
  { replicas: '20%' },
  { replicas: '40%', traffic: '20%' },
  { replicas: '60%', traffic: '60%' },
  { replicas: '80%', traffic: '80%' },
];

/** Runs a verb that must succeed; answers what it printed. */
async function cli(line: string): Promise<string> {
  const { code, out, err } = await world.sluice.cli(...line.split(' '));
  if (code !== 0) throw new Error(`sluice ${line} exited ${code}: ${err}${out}`);
  return out;
}
const refused = async (line: string): Promise<string> => {
  const { code, err } = await world.sluice.cli(...line.split(' '));
  expect(code).toBe(1);
  return err;
};
const weightIn = async (namespace: string): Promise<unknown> => {
  const ingress = await world.find('ingress', 'echoserver-canary', namespace);
  return ingress?.metadata.annotations?.['nginx.ingress.kubernetes.io/canary-weight'];
};

describe('a release from its first image to its cancellation', () => {
  let namespace = '';
  let status: ReturnType<typeof world.sluice.follow>;
  const verb = (words: string): Promise<string> => cli(`${words} -n ${namespace}`);
  beforeAll(async () => {
    namespace = await world.namespace('walk');
    await world.app(namespace, { steps: STEPS });
  });

  it('status of an idle Rollout ends at once with 0', async () => {
    expect(await verb('status rollout/echoserver')).toBe('rollout "echoserver" successfully rolled out\n');
  });

  it('set image of a Rollout starts the release of its workload', async () => {
    expect(await verb(`set image rollout/echoserver echoserver=${V2}`)).toBe(
      'deployment.apps/echoserver image updated\n',
    );
    status = world.sluice.follow('status', 'rollout/echoserver', '-n', namespace, '--timeout', '3m');
    const deployment = await load(world, namespace);
    expect([imageOf(deployment), isHeld(deployment)]).toEqual([V2, true]);
    await world.pausedIn(namespace, 1);
    await until('status tells what is waited for', () => status.seen.out.includes('step 1 of 4, StepPaused'));
  });

  it('describe shows the plan, the current step and its pod', async () => {
    const out = await verb('describe rollout/echoserver');
    expect(out).toMatch(/^ +> 1 +20% +no requests apart +until approved +StepPaused$/m);
    const pods = out.split('New pods of step 1')[1] ?? '';
    expect(pods).toMatch(/echoserver-\w+-\w+-\w+ +1\/1 +Running +new +1 /);
    expect(pods.match(/ new /g)).toHaveLength(1);
    const all = (await verb('describe echoserver --all')).split('\nPods:')[1] ?? '';
    expect([all.match(/ new /g)?.length, all.match(/ old /g)?.length]).toEqual([1, 5]);
  });

  it('history tells which revision serves', async () => {
    const out = await verb('history rollout/echoserver');
    expect(out).toMatch(/^1 +<none> +cilium\/echoserver:1\.10\.2 +serves$/m);
  });

  it('jump goes forwards over a step; out of range it is refused with the range', async () => {
    expect(await refused(`jump echoserver --step 9 -n ${namespace}`)).toBe(
      'error: --step is 9; Rollout "echoserver" has steps 1 to 4\n',
    );
    expect(await verb('jump rollout/echoserver --step 3')).toBe(
      'rollout.rollouts.kruise.io/echoserver jumped to step 3 of 4\n',
    );
    await world.pausedIn(namespace, 3);
    expect(await weightIn(namespace)).toBe('60');
  });

  it('jump to the step that follows approves', async () => {
    await verb('jump rollout/echoserver --step 4');
    await world.pausedIn(namespace, 4);
    expect(await weightIn(namespace)).toBe('80');
  });

  it('undo --fast takes the requests off the new pods and keeps the pods', async () => {
    expect(await verb('undo rollout/echoserver --fast')).toBe(
      'rollout.rollouts.kruise.io/echoserver rolled back to step 1 of 4\n',
    );
    await world.pausedIn(namespace, 1);
    expect(await weightIn(namespace)).toBeUndefined();
    const pods = await world.list('pods', namespace, 'app=echoserver');
    expect(pods.filter((pod) => at(pod, 'spec', 'containers', 0, 'image') === V2)).toHaveLength(4);
  });

  it('a paused Rollout does not use an approval until it is resumed', async () => {
    expect(await verb('pause rollout/echoserver')).toBe('rollout.rollouts.kruise.io/echoserver paused\n');
    expect(await refused(`pause rollout/echoserver -n ${namespace}`)).toContain('is already paused');
    await verb('approve rollout/echoserver');
    await until('the pause is seen', async () => {
      const conditions = (await world.status(namespace))['conditions'] as { type: string; reason: string }[];
      return conditions.some(({ type, reason }) => type === 'Progressing' && reason === 'Paused');
    });
    expect((await world.status(namespace))['currentStepIndex']).toBe(1);
    expect(await verb('resume rollout/echoserver')).toBe('rollout.rollouts.kruise.io/echoserver resumed\n');
    await world.pausedIn(namespace, 2);
  });

  it('the hold is not taken for a pause of the Deployment', async () => {
    const err = await refused(`resume deployment/echoserver -n ${namespace}`);
    expect(err).toContain('is held by Rollout "echoserver", not paused');
  });

  it('undo cancels the release, and status, which has waited all along, ends with 1', async () => {
    expect(await verb('undo rollout/echoserver')).toBe('deployment.apps/echoserver rolled back\n');
    expect(await status.ended).toBe(1);
    expect(status.seen.err).toMatch(/^error: rollout "echoserver" was cancelled: /m);
    const told = lines(status.seen.out);
    expect(told).toEqual(expect.arrayContaining([expect.stringContaining('step 3 of 4, StepPaused')]));
    expect(new Set(told).size).toBeGreaterThan(4);
    const deployment = await load(world, namespace);
    expect([imageOf(deployment), isHeld(deployment)]).toEqual([V1, false]);
    expect(await weightIn(namespace)).toBeUndefined();
    expect(await refused(`status echoserver --watch=false -n ${namespace}`)).toContain('was cancelled');
  });
});

describe('a restart, released to its end', () => {
  let namespace = '';
  const verb = (words: string): Promise<string> => cli(`${words} -n ${namespace}`);
  beforeAll(async () => {
    namespace = await world.namespace('restart');
    await world.app(namespace, { steps: [{ replicas: '20%' }, { replicas: '100%' }], traffic: false });
  });

  it('get -w prints a row a change and ends with 130 by Ctrl-C', async () => {
    const watch = world.sluice.follow('get', 'echoserver', '-w', '-n', namespace);
    await until('the first row', () => watch.seen.out.includes('Healthy'));
    expect(await verb('restart rollout/echoserver')).toBe('deployment.apps/echoserver restarted\n');
    await until('the rows of the release', () => /Progressing +1 +StepPaused/.test(watch.seen.out));
    watch.interrupt();
    expect(await watch.ended).toBe(130);
    const [head = '', first = ''] = lines(watch.seen.out);
    expect([head.split(' ', 1)[0], / Healthy +2 +Completed /.test(first)]).toEqual(['NAME', true]);
    expect(watch.seen.err).toBe('');
  });

  it('is held and released in steps like any update; status of the Deployment ends with 0', async () => {
    expect(isHeld(await load(world, namespace))).toBe(true);
    const status = world.sluice.follow('status', 'deployment/echoserver', '-n', namespace);
    await verb('approve echoserver');
    expect(await status.ended).toBe(0);
    expect(lines(status.seen.out).at(-1)).toBe('rollout "echoserver" successfully rolled out');
    const template = at(await load(world, namespace), 'spec', 'template', 'metadata', 'annotations');
    expect(template).toHaveProperty(['kubectl.kubernetes.io/restartedAt']);
    const pods = await world.list('pods', namespace, 'app=echoserver');
    expect(pods).toHaveLength(5);
  });

  it('undo afterwards is an update like any other: it is held, and goes out in steps', async () => {
    expect(await verb('history deployment/echoserver')).toMatch(
      /^2 +<none> +cilium\/echoserver:1\.10\.2 +serves, wanted$/m,
    );
    expect(await verb('undo deployment/echoserver --to-revision 1')).toBe('deployment.apps/echoserver rolled back\n');
    await world.pausedIn(namespace, 1);
    await verb('approve echoserver');
    expect(await verb('status echoserver --timeout 1m')).toContain('successfully rolled out');
    const template = at(await load(world, namespace), 'spec', 'template', 'metadata', 'annotations') ?? {};
    expect(template).not.toHaveProperty(['kubectl.kubernetes.io/restartedAt']);
  });
});

describe('a Deployment that no Rollout governs', () => {
  let namespace = '';
  beforeAll(async () => {
    namespace = await world.namespace('free');
    await world.app(namespace, { traffic: false });
    await world.kubectl.do(['delete', 'rollout', 'echoserver', '-n', namespace, '--timeout=30s']);
    await until(
      'it is free',
      async () => (await load(world, namespace)).metadata.labels?.['sluice.dev/enrolled'] === undefined,
    );
  });

  it('is paused, changed, resumed and taken back by the same verbs', async () => {
    const verb = (words: string): Promise<string> => cli(`${words} -n ${namespace}`);
    await verb('pause deploy/echoserver');
    await verb(`set image deploy/echoserver *=${V3}`);
    expect(await refused(`restart deploy/echoserver -n ${namespace}`)).toContain(
      'sluice resume deployment.apps/echoserver',
    );
    await verb('resume deploy/echoserver');
    await until('the new image is a revision', async () => (await verb('history deploy/echoserver')).includes(V3));
    expect(await verb('undo deploy/echoserver')).toBe('deployment.apps/echoserver rolled back\n');
    expect(imageOf(await load(world, namespace))).toBe(V1);
    expect(await refused(`status deploy/echoserver -n ${namespace}`)).toContain(
      'kubectl rollout status deployment/echoserver',
    );
  });
});

describe('a StatefulSet, whose revisions are kept elsewhere', () => {
  let namespace = '';
  const verb = (words: string): Promise<string> => cli(`${words} -n ${namespace}`);
  const load = (): Promise<KubeObject> => world.get('statefulset', 'db', namespace);
  beforeAll(async () => {
    namespace = await world.namespace('sts');
    const { spec } = deployment({ name: 'db', namespace, replicas: 5 });
    const apiVersion = 'apps/v1';
    const kind = 'StatefulSet';
    await world.kubectl.apply({
      apiVersion,
      kind,
      metadata: { name: 'db', namespace },
      spec: { ...spec, serviceName: 'db' },
    });
    await until('its pods are ready', async () => at(await load(), 'status', 'readyReplicas') === 5);
    const canary = { enableExtraWorkloadForCanary: false };
    const made = rollout({
      name: 'db',
      namespace,
      steps: [{ replicas: '20%' }, { replicas: '100%' }],
      traffic: false,
      canary,
    });
    await world.kubectl.apply({ ...made, spec: { ...made.spec, workloadRef: { apiVersion, kind, name: 'db' } } });
    await until('it is enrolled', async () => (await load()).metadata.labels?.['sluice.dev/enrolled'] === 'partition');
  });

  it('is released, described, and taken back to what serves', async () => {
    expect(await verb(`set image sts/db db=${V2}`)).toBe('statefulset.apps/db image updated\n');
    await world.pausedIn(namespace, 1, 'db');
    const pods = (await verb('describe db')).split('New pods of step 1')[1] ?? '';
    expect(pods).toMatch(/^ +db-4 +1\/1 +Running +new +1 /m);
    expect(pods.match(/ new /g)).toHaveLength(1);
    expect(await verb('history rollout/db')).toMatch(/^1 +<none> +cilium\/echoserver:1\.10\.2 +serves$/m);
    expect(await refused(`pause sts/db -n ${namespace}`)).toContain('its Rollout can: sluice pause rollout/db');
    expect(await verb('undo rollout/db')).toBe('statefulset.apps/db rolled back\n');
    expect(await refused(`status rollout/db --timeout 1m -n ${namespace}`)).toContain('was cancelled');
    const images = (await world.list('pods', namespace, 'app=db')).map((pod) =>
      at(pod, 'spec', 'containers', 0, 'image'),
    );
    expect([imageOf(await load()), ...images]).toEqual(Array.from({ length: 6 }, () => V1));
  });
});
