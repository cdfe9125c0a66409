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

/** Why a pod does not run: for people, and without what moves while the reason stays (restarts, nodes tried). */
export interface PodFailure {
  text: string;
  fact: string;
}

/** Undefined while nothing is known to be wrong. */
export function failureIn(pod: KubeObject): PodFailure | undefined {
  const { name } = pod.metadata;
  const init = firstFailure(pod, 'initContainerStatuses');
  if (init !== undefined) return inContainer(`init container ${init.of} of pod ${name}`, init);
  const own = firstFailure(pod, 'containerStatuses');
  if (own !== undefined) return inContainer(`container ${own.of} of pod ${name}`, own);
  const unscheduled = listAt<PodCondition>(pod, 'conditions').find(
    ({ type, status, reason }) => type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable',
  );
  if (unscheduled !== undefined) {
    const fact = `pod ${name} cannot be scheduled`;
    return { text: `${fact}: ${unscheduled.message ?? ''}`, fact };
  }
  if (readAt(pod, ['status', 'phase']) !== 'Failed') return undefined;
  const fact = `pod ${name} has failed: ${textAt(pod, 'reason')}`;
  return { text: `${fact}${textAt(pod, 'message')}`, fact };
}

/** As `failureIn`, for people. */
export const whyItFails = (pod: KubeObject): string | undefined => failureIn(pod)?.text;

const inContainer = (where: string, { why, moves }: ContainerFailure): PodFailure => ({
  text: `${where} ${why}${moves}`,
  fact: `${where} ${why}`,
});

const textAt = (pod: KubeObject, field: string): string => {
  const value = readAt(pod, ['status', field]);
  return typeof value === 'string' ? `${value} ` : '';
};

interface ContainerFailure {
  of: string;
  why: string;
  /** What of the text changes while the reason stays. */
  moves: string;
}

const firstFailure = (pod: KubeObject, field: string): ContainerFailure | undefined =>
  listAt<ContainerStatus>(pod, field)
    .map(failureOf)
    .find((failure) => failure !== undefined);

function failureOf({ name = '', restartCount = 0, state = {} }: ContainerStatus): ContainerFailure | undefined {
  const waits = state.waiting?.reason;
  const moves = restartCount > 0 ? `, restarted ${restartCount} times` : '';
  if (waits !== undefined && !ORDINARY.includes(waits)) return { of: name, why: `waits: ${waits}`, moves };
  const { reason, exitCode = 0 } = state.terminated ?? {};
  if (exitCode === 0) return undefined;
  return { of: name, why: `ended: ${reason ?? 'Error'}, exit code ${exitCode}`, moves };
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
