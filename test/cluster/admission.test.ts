// What the admission pipe promises about size, its own writes and other people's objects, through a real API server.

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ourUserName } from '../../src/api/names.ts';
import { deployment, rollout } from './support/objects.ts';
import { until } from './support/until.ts';
import { at, expectHeld, expectUntouched, imagesOf, isHeld, load, NAME, V1, V2 } from './support/workloads.ts';
import { useWorld } from './support/world.ts';

const world = useWorld('admission');
const OURS = ourUserName('kruise-rollout');

interface AuditLine {
  verb: string;
  user: { username: string };
  annotations?: Record<string, string>;
  objectRef?: { resource: string; namespace?: string };
}

const audit = async (): Promise<AuditLine[]> =>
  (await readFile(world.cluster.auditLog, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditLine);

test('AW-20: an update of 1.4 MB, sent by PUT, passes policy and webhook and is held', async () => {
  const namespace = await world.namespace('big');
  await world.app(namespace, { traffic: false });
  const live = await load(world, namespace);
  const big = deployment({ namespace, image: V2 });
  const filler = 'x'.repeat(200 * 1024);
  const env = Array.from({ length: 7 }, (_, index) => ({ name: `FILLER_${index}`, value: filler }));
  const container = { ...big.spec.template.spec.containers[0], env };
  const object = {
    ...big,
    metadata: { ...big.metadata, resourceVersion: live.metadata.resourceVersion },
    spec: { ...big.spec, template: { ...big.spec.template, spec: { containers: [container] } } },
  };
  expect(JSON.stringify(object).length).toBeGreaterThan(1_400_000);
  await world.kubectl.do(['replace', '-f', '-'], JSON.stringify(object));
  await expectHeld(world, namespace, V2);
  await world.pausedIn(namespace, 1);
  await world.kubectl.do(['delete', 'rollouts', NAME, '-n', namespace, '--wait=false']);
});

test('AW-27: over a whole release no write of ours is changed by a hook of ours', async () => {
  const namespace = await world.namespace('own');
  await world.app(namespace, { traffic: false });
  await world.setImage(namespace, V2);
  await world.pausedIn(namespace, 1);
  await world.approve(namespace);
  await world.pausedIn(namespace, 2);
  await world.approve(namespace);
  await world.in(namespace, { phase: 'Healthy', message: 'Rollout progressing has been completed' });
  const lines = (await audit()).filter(({ objectRef }) => objectRef?.namespace === namespace);
  const own = lines.filter(({ user }) => user.username === OURS);
  const touched = (line: AuditLine): boolean =>
    Object.entries(line.annotations ?? {}).some(
      ([key, value]) => key.startsWith('mutation.webhook.admission.k8s.io/') && value.includes('"mutated":true'),
    );
  expect(own.length).toBeGreaterThan(10);
  expect(own.filter(touched)).toEqual([]);
  // An answer that a busy machine gives too late changes nothing, so whether mutations are seen at all is asked until it is.
  await until('the check sees mutations', async () => {
    await world.kubectl.do([
      'set',
      'image',
      `deployment/${NAME}`,
      `${NAME}=${V1}`,
      '-n',
      namespace,
      '--dry-run=server',
    ]);
    const all = (await audit()).filter(({ objectRef }) => objectRef?.namespace === namespace);
    return all.filter(({ user }) => user.username !== OURS).some(touched);
  });
});

test('AW-08: an update through another resource view, kubectl edit of the status or scale, reaches no hook', async () => {
  const namespace = await world.namespace('sub');
  await world.app(namespace, { traffic: false });
  await world.kubectl.do(['scale', 'deployment', NAME, '--replicas=2', '-n', namespace]);
  await until('two pods', async () => (await imagesOf(world, namespace)).length === 2);
  expect(isHeld(await load(world, namespace))).toBe(false);
});

test('kubectl rollout undo after a finished release is held and released in steps like any update', async () => {
  const namespace = await world.namespace('undo');
  await world.app(namespace, { traffic: false, steps: [{ replicas: 1 }] });
  await world.setImage(namespace, V2);
  await world.pausedIn(namespace, 1);
  await world.approve(namespace);
  await world.in(namespace, { phase: 'Healthy', message: 'Rollout progressing has been completed' });
  await world.kubectl.do(['rollout', 'undo', `deployment/${NAME}`, '-n', namespace]);
  await expectHeld(world, namespace, V1);
  await world.pausedIn(namespace, 1);
  await world.approve(namespace);
  await until('v1 everywhere', async () => {
    const images = await imagesOf(world, namespace);
    return images.length === 5 && images.every((image) => image === V1);
  });
});

test("kubectl rollout undo on a Deployment without a Rollout is nobody's business", async () => {
  const namespace = await world.namespace('undo');
  await world.kubectl.apply(deployment({ namespace }));
  await until('rolled out', async () => at(await load(world, namespace), 'status', 'availableReplicas') === 5);
  await world.setImage(namespace, V2);
  await expectUntouched(world, namespace, V2);
  await world.kubectl.do(['rollout', 'undo', `deployment/${NAME}`, '-n', namespace]);
  await expectUntouched(world, namespace, V1);
});

test('an autoscaler that writes through the scale subresource neither starts nor frees a release', async () => {
  const namespace = await world.namespace('hpa');
  await world.app(namespace, { traffic: false });
  await world.setImage(namespace, V2);
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${NAME}/scale`;
  const scale = {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: NAME, namespace },
    spec: { replicas: 6 },
  };
  await world.kubectl.do(['replace', '--raw', path, '-f', '-'], JSON.stringify(scale));
  const scaled = await load(world, namespace);
  expect([at(scaled, 'spec', 'replicas'), isHeld(scaled)]).toEqual([6, true]);
});

test('AW-25: a Rollout that breaks a rule of the schema is refused with Sluice down', async () => {
  const namespace = await world.namespace('schema');
  await world.sluice.stop('SIGKILL');
  const broken = rollout({ namespace, traffic: false, steps: [{ replicas: '200%' }] });
  const { code, err } = await world.kubectl.try(['create', '-f', '-'], JSON.stringify(broken));
  await world.sluice.start();
  expect(code).toBe(1);
  expect(err).toContain('steps[0].replicas');
});
