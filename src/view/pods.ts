// Pods as they are told of: in one word how each is, which revision it runs, and what made it.

import { controllerOf } from '../objects/ownership.ts';
import { LABEL } from '../api/names.ts';
import type { KubeObject } from '../api/kube.ts';
import { readAt } from '../lib/json.ts';
import { momentOf } from './times.ts';

export interface PodModel {
  name: string;
  /** Uid of what owns it: a `uid` of the workload or of one of its parts; '' when nothing does. */
  owner: string;
  /** In one word, as kubectl says it. */
  status: string;
  /** Containers. */
  ready: number;
  containers: number;
  restarts: number;
  created: number | undefined;
  ip: string;
  node: string;
  revision: string;
  /** It runs the revision that is being released. */
  isNew: boolean;
  /** Step that made it, as its label has it; '' when none did. */
  step: string;
}

interface ContainerStatus {
  ready?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string }; terminated?: { reason?: string } };
}

const containersOf = (pod: KubeObject): ContainerStatus[] =>
  (readAt(pod, ['status', 'containerStatuses']) as ContainerStatus[] | undefined) ?? [];

const textAt = (pod: KubeObject, path: string[]): string => {
  const value = readAt(pod, path);
  return typeof value === 'string' ? value : '';
};

function statusOf(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const reasons = containersOf(pod).flatMap(({ state }) => state?.waiting?.reason ?? state?.terminated?.reason ?? []);
  return reasons[0] ?? (textAt(pod, ['status', 'reason']) || textAt(pod, ['status', 'phase']) || 'Unknown');
}

/** The label of whichever controller made the pod. */
const revisionsOf = ({ metadata: { labels = {} } }: KubeObject): string[] =>
  [labels[LABEL.podTemplateHash], labels[LABEL.controllerRevisionHash]].filter((label) => label !== undefined);

/** `released`: the revision that is being released; '' when nobody knows it. */
export function podModel(pod: KubeObject, released: string): PodModel {
  const { name, labels, creationTimestamp } = pod.metadata;
  const specified = readAt(pod, ['spec', 'containers']);
  const containers = containersOf(pod);
  const isNew = released !== '' && revisionsOf(pod).includes(released);
  return {
    name,
    owner: controllerOf(pod)?.uid ?? '',
    status: statusOf(pod),
    ready: containers.filter(({ ready }) => ready === true).length,
    containers: Array.isArray(specified) ? specified.length : containers.length,
    restarts: containers.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    created: momentOf(creationTimestamp),
    ip: textAt(pod, ['status', 'podIP']),
    node: textAt(pod, ['spec', 'nodeName']),
    revision: isNew ? released : (revisionsOf(pod)[0] ?? ''),
    isNew,
    step: labels?.[LABEL.rolloutBatchId] ?? '',
  };
}
