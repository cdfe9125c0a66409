// What must be true when everything is over: nothing of a release is left, and the user's objects are as the user wrote them.

import { expect } from 'vitest';
import type { KubeObject } from '../../../../../src/api/kube.ts';
import { ANNOTATION, FINALIZER, LABEL } from '../../../../../src/api/names.ts';
import {
  BATCH_RELEASES,
  DEPLOYMENTS,
  HTTP_ROUTES,
  INGRESSES,
  PODS,
  SERVICES,
  STATEFUL_SETS,
} from '../../../../../src/api/resources.ts';
import { isReady } from './kubernetes.ts';
import * as objects from './objects.ts';
import { WEB, type World } from './world.ts';

/** As the user wrote it: spec, labels and annotations, in the same order and with unknown fields. */
const written = ({ metadata, ...rest }: KubeObject): string => {
  const { apiVersion: _version, kind: _kind, status: _status, ...own } = rest;
  return JSON.stringify({ ...own, labels: metadata.labels, annotations: metadata.annotations });
};

/** Nothing of a release is left in the namespace. */
export function expectNoRemains(world: World): void {
  const { server } = world;
  const names = [BATCH_RELEASES, DEPLOYMENTS, SERVICES, INGRESSES, HTTP_ROUTES].flatMap((resource) =>
    server.list(resource).map(({ metadata }) => `${resource.plural}/${metadata.name}`),
  );
  const expected = [`${world.workloads.plural}/${WEB}`, `services/${WEB}`, `ingresses/${WEB}`, `httproutes/${WEB}`];
  expect(names.filter((name) => !expected.includes(name))).toEqual([]);
  const service = server.get(SERVICES, WEB);
  if (service !== undefined) expect(written(service)).toBe(written(objects.service()));
  const ingress = server.get(INGRESSES, WEB);
  if (ingress !== undefined) expect(written(ingress)).toBe(written(objects.ingress()));
  const route = server.get(HTTP_ROUTES, WEB);
  if (route !== undefined) expect(written(route)).toBe(written(world.userRoute ?? objects.httpRoute()));
}

export interface Expected {
  image: string;
  replicas?: number;
}

/** The workload runs `image` alone, as its user wrote it, and is free. */
export function expectReleased(world: World, { image, replicas = 5 }: Expected): void {
  const workload = world.workload as KubeObject;
  const wanted = world.workloads === STATEFUL_SETS ? objects.statefulSet() : objects.deployment();
  const { paused, ...spec } = workload['spec'] as Record<string, unknown>;
  expect(paused ?? false).toBe(false);
  expect(spec).toEqual({ ...(wanted['spec'] as object), replicas, template: objects.template(image) });
  const { annotations = {}, labels = {} } = workload.metadata;
  expect(annotations[ANNOTATION.inProgressing]).toBeUndefined();
  expect(annotations[ANNOTATION.controlInfo]).toBeUndefined();
  expect(annotations[ANNOTATION.heldFields]).toBeUndefined();
  expect(labels[LABEL.stableRevision]).toBeUndefined();
  expect(annotations).toMatchObject(wanted.metadata.annotations as object);
  const pods = world.server.list(PODS);
  const images = pods.map((pod) => (pod['spec'] as { containers: { image: string }[] }).containers[0]?.image);
  expect(images).toEqual(Array.from({ length: replicas }, () => `web:${image}`));
  expect(pods.every(isReady)).toBe(true);
}

export function expectIdle(world: World): void {
  const { status, rollout } = world;
  expect(status.phase).toBe('Healthy');
  expect(status.conditions?.find(({ type }) => type === 'Progressing')?.status ?? 'False').toBe('False');
  expect(status.conditions?.find(({ type }) => type === 'Blocked')).toBeUndefined();
  expect(status.canaryStatus?.currentStepState).not.toBe('StepReady');
  expect(rollout?.metadata.finalizers).toEqual([FINALIZER.rollout]);
}

/** The whole end of a release of `image`. */
export const released =
  (image: string, replicas = 5) =>
  (world: World): void => {
    expectNoRemains(world);
    expectReleased(world, { image, replicas });
    expectIdle(world);
  };

/** Fields of the final objects that differ from run to run. */
const VOLATILE = [
  'uid',
  'resourceVersion',
  'managedFields',
  'creationTimestamp',
  'generation',
  'lastUpdateTime',
  'lastTransitionTime',
  'observedGeneration',
  'observedWorkloadGeneration',
];

/** The final objects, without pods (their names count) and volatile fields. */
export function finalObjects(world: World): unknown {
  const shown = world.server.all().filter(([key]) => !key.startsWith('pods/'));
  shown.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.parse(JSON.stringify(shown, (key, value: unknown) => (VOLATILE.includes(key) ? undefined : value)));
}
