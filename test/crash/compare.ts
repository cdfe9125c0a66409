// The end of a run as text: every object of the namespace with what differs between any two runs masked. Leases and Events
// are left out.

import type { KubeObject } from '../../src/api/kube.ts';
import { LABEL } from '../../src/api/names.ts';

const VOLATILE = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'observedGeneration',
  'observedWorkloadGeneration',
  'creationTimestamp',
  'managedFields',
  'lastUpdateTime',
  'lastTransitionTime',
  'clusterIP',
  'clusterIPs',
  'deployment.kubernetes.io/revision',
  'deployment.kubernetes.io/revision-history',
  // Of ControllerRevisions: counted up whenever an older template comes back, as often as its controller has looked.
  'revision',
  'kubectl.kubernetes.io/last-applied-configuration',
]);

/** Uids also stand inside values, such as an owner reference in an annotation. */
const UID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

function masked(value: unknown, namespace: string): unknown {
  if (typeof value === 'string') return value.replaceAll(namespace, '<namespace>').replaceAll(UID, '<uid>');
  if (Array.isArray(value)) return value.map((item) => masked(item, namespace));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !VOLATILE.has(key));
  return Object.fromEntries(
    kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, masked(item, namespace)]),
  );
}

/**
 * Conditions of the Deployment controller carry times and progress in their text. It copies the Deployment's annotations to
 * ReplicaSets whenever it happens to look.
 */
function withoutNoise(object: KubeObject): KubeObject {
  if (object.kind === 'ReplicaSet') {
    const { annotations: _copied, ...metadata } = object.metadata;
    return { ...object, metadata };
  }
  const { status, ...rest } = object as KubeObject & { status?: { conditions?: { type: string }[] } };
  if (object.kind !== 'Deployment' || status === undefined) return object;
  return {
    ...rest,
    status: {
      ...status,
      conditions: (status.conditions ?? []).map(({ type }) => ({ type })).sort((a, b) => (a.type < b.type ? -1 : 1)),
    },
  };
}

const podLine = (pod: KubeObject): string => {
  const spec = pod['spec'] as { containers: { image: string }[] };
  return JSON.stringify([spec.containers.map(({ image }) => image), pod.metadata.labels]);
};

function withoutBatch(pod: KubeObject): KubeObject {
  const { [LABEL.rolloutBatchId]: _batch, ...labels } = pod.metadata.labels ?? {};
  return { ...pod, metadata: { ...pod.metadata, labels } };
}

export interface End {
  objects: KubeObject[];
  pods: KubeObject[];
  namespace: string;
  /** Of which batch the pods are is not the release's choice alone. */
  isPodLeftByChoice: boolean;
}

/** One text a run; equal texts = the same end. */
export function endState({ objects, pods, namespace, isPodLeftByChoice }: End): string {
  const lines = objects.map((object) => JSON.stringify(masked(withoutNoise(object), namespace), null, 1));
  const left = isPodLeftByChoice ? pods.map(withoutBatch) : pods;
  return [...lines.sort(), ...left.map(podLine).sort()].join('\n').replaceAll(namespace, '<namespace>');
}

/** The lines from the first in which two ends differ, for a person. */
export function firstDifference(expected: string, actual: string): string {
  const [a, b] = [expected.split('\n'), actual.split('\n')];
  const at = a.findIndex((line, index) => line !== b[index]);
  const around = (lines: string[]): string => lines.slice(Math.max(0, at - 12), at + 24).join('\n');
  return at < 0 ? `${b.length - a.length} more lines` : `expected:\n${around(a)}\nseen:\n${around(b)}`;
}
