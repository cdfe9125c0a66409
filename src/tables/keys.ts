// How things are found: names of indexes, and the keys under which tables and queues know a workload or a route.

import { groupOf, type KubeObject } from '../api/kube.ts';
import type { BatchRelease } from '../api/batch-release.ts';
import type { ObjectReference, Rollout } from '../api/rollout.ts';
import { workloadRefOf } from '../api/rollout-view.ts';

export const INDEX = {
  workload: 'workload',
  traffic: 'traffic',
  owner: 'owner',
  /** Rollouts by the TrafficRouting that they refer to. */
  shared: 'shared',
  /** TrafficRoutings by the Rollouts that hold a finalizer there. */
  users: 'users',
  /** Histories by the Rollout that they are about. */
  rollout: 'rollout',
} as const;

/** Key of one workload everywhere: queue keys, indexes. The version of the API does not matter. */
export const workloadKey = (namespace: string, group: string, kind: string, name: string): string =>
  [namespace, group, kind, name].join('/');

export const keyOfRef = (namespace: string, ref: ObjectReference): string =>
  workloadKey(namespace, groupOf(ref.apiVersion ?? ''), ref.kind ?? '', ref.name ?? '');

/** The workload that a Rollout names. */
export const workloadOfRollout = (rollout: KubeObject): string =>
  keyOfRef(namespaceOf(rollout), workloadRefOf(rollout as Rollout));

/** The workload that a BatchRelease names. */
export const workloadOfRelease = (release: KubeObject): string =>
  keyOfRef(namespaceOf(release), (release as BatchRelease).spec.workloadRef);

export const trafficKey = (plural: string, namespace: string, name: string): string =>
  [plural, namespace, name].join('/');

export const namespaceOf = (object: KubeObject): string => object.metadata.namespace ?? '';
