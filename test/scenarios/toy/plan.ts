// What the Toy controller wants next, from what there is: the same order of things as a StatefulSet with parallel pods. One
// pod a time is replaced, from the highest ordinal down to the partition, while all others are ready.

import { createHash } from 'node:crypto';
import type { KubeObject } from '../../../src/api/kube.ts';
import { readAt } from '../../../src/lib/json.ts';

export interface ToyStatus {
  observedGeneration: number;
  currentRevision: string;
  updateRevision: string;
  replicas: number;
  updatedReplicas: number;
  readyReplicas: number;
}

export interface ToyPlan {
  create: { ordinal: number; revision: string }[];
  remove: KubeObject[];
  status: ToyStatus;
}

export const REVISION_LABEL = 'controller-revision-hash';

export const revisionName = (toy: KubeObject): string => {
  const text = JSON.stringify(readAt(toy, ['spec', 'template']));
  return `${toy.metadata.name}-${createHash('sha256').update(text).digest('hex').slice(0, 10)}`;
};

export const ordinalOf = (pod: KubeObject): number => Number(pod.metadata.name.split('-').at(-1));
export const revisionOf = (pod: KubeObject): string => pod.metadata.labels?.[REVISION_LABEL] ?? '';
export const isReady = (pod: KubeObject): boolean => {
  const conditions = (readAt(pod, ['status', 'conditions']) ?? []) as { type: string; status: string }[];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
};
const isGoing = (pod: KubeObject): boolean => pod.metadata.deletionTimestamp !== undefined;
const numberAt = (toy: KubeObject, ...path: string[]): number => Number(readAt(toy, path) ?? 0);

export function planToy(toy: KubeObject, pods: readonly KubeObject[]): ToyPlan {
  const replicas = numberAt(toy, 'spec', 'replicas');
  const partition = numberAt(toy, 'spec', 'updateStrategy', 'rollingUpdate', 'partition');
  const update = revisionName(toy);
  const known = readAt(toy, ['status', 'currentRevision']);
  const current = typeof known === 'string' && known !== '' ? known : update;
  const taken = new Set(pods.map(ordinalOf));
  const free = Array.from({ length: replicas }, (_, ordinal) => ordinal).filter((ordinal) => !taken.has(ordinal));
  const create = free.map((ordinal) => ({ ordinal, revision: ordinal >= partition ? update : current }));
  const surplus = pods.filter((pod) => ordinalOf(pod) >= replicas && !isGoing(pod));
  const next = create.length > 0 || surplus.length > 0 ? undefined : outdated(pods, partition, update);
  const wanted = pods.filter((pod) => ordinalOf(pod) < replicas && !isGoing(pod));
  const updated = wanted.filter((pod) => revisionOf(pod) === update).length;
  const ready = wanted.filter(isReady).length;
  const isDone = create.length === 0 && updated === replicas && ready === replicas;
  return {
    create,
    remove: [...surplus, ...(next === undefined ? [] : [next])],
    status: {
      observedGeneration: toy.metadata.generation ?? 0,
      currentRevision: isDone ? update : current,
      updateRevision: update,
      replicas: wanted.length,
      updatedReplicas: updated,
      readyReplicas: ready,
    },
  };
}

/** The highest ordinal that is not of the new revision yet; none while another pod is missing or not ready. */
function outdated(pods: readonly KubeObject[], partition: number, update: string): KubeObject | undefined {
  if (pods.some((pod) => isGoing(pod) || !isReady(pod))) return undefined;
  const old = pods.filter((pod) => ordinalOf(pod) >= partition && revisionOf(pod) !== update);
  return old.sort((a, b) => ordinalOf(b) - ordinalOf(a))[0];
}
