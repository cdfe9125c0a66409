// What a release reads of a pod: whether it is ready, and why it is not. A pod that cannot run says so in one of several
// places; the first that explains itself is told.

import type { KubeObject } from '../api/kube.ts';
import { readAt } from '../lib/json.ts';

interface PodCondition {
  type?: string;
  status?: string;
  reason?: string;
  message?: string;
}
interface ContainerStatus {
  name?: string;
  restartCount?: number;
  state?: {
    waiting?: { reason?: string };
    terminated?: { reason?: string; exitCode?: number };
  };
}

const listAt = <T>(pod: KubeObject, field: string): T[] => {
  const value = readAt(pod, ['status', field]);
  return Array.isArray(value) ? (value as T[]) : [];
};

export const isLive = (pod: KubeObject): boolean => pod.metadata.deletionTimestamp === undefined;

export const isReady = (pod: KubeObject): boolean =>
  listAt<PodCondition>(pod, 'conditions').some(({ type, status }) => type === 'Ready' && status === 'True');

/** A container on its way; nothing has gone wrong. */
const ORDINARY = ['ContainerCreating', 'PodInitializing'];

/** Why it does not run, for people; undefined while nothing is known to be wrong. */
export function whyItFails(pod: KubeObject): string | undefined {
  const { name } = pod.metadata;
  const init = listAt<ContainerStatus>(pod, 'initContainerStatuses').map(failureOf).find(isText);
  if (init !== undefined) return `init container ${init.of} of pod ${name} ${init.why}`;
  const own = listAt<ContainerStatus>(pod, 'containerStatuses').map(failureOf).find(isText);
  if (own !== undefined) return `container ${own.of} of pod ${name} ${own.why}`;
  const unscheduled = listAt<PodCondition>(pod, 'conditions').find(
    ({ type, status, reason }) => type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable',
  );
  if (unscheduled !== undefined) return `pod ${name} cannot be scheduled: ${unscheduled.message ?? ''}`;
  if (readAt(pod, ['status', 'phase']) !== 'Failed') return undefined;
  return `pod ${name} has failed: ${textAt(pod, 'reason')}${textAt(pod, 'message')}`;
}

const textAt = (pod: KubeObject, field: string): string => {
  const value = readAt(pod, ['status', field]);
  return typeof value === 'string' ? `${value} ` : '';
};

const isText = <T>(value: T | undefined): value is T => value !== undefined;

function failureOf({
  name = '',
  restartCount = 0,
  state = {},
}: ContainerStatus): { of: string; why: string } | undefined {
  const waits = state.waiting?.reason;
  const restarts = restartCount > 0 ? `, restarted ${restartCount} times` : '';
  if (waits !== undefined && !ORDINARY.includes(waits)) return { of: name, why: `waits: ${waits}${restarts}` };
  const { reason, exitCode = 0 } = state.terminated ?? {};
  if (exitCode === 0) return undefined;
  return { of: name, why: `ended: ${reason ?? 'Error'}, exit code ${exitCode}${restarts}` };
}

/** As a table keeps it. */
export const factsOf = (pod: KubeObject): KubeObject => {
  const { name, namespace, uid, resourceVersion, labels, deletionTimestamp } = pod.metadata;
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(labels === undefined ? {} : { labels }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    ready: isReady(pod),
    why: whyItFails(pod) ?? '',
  };
};
