// When a batch is ready, and what is missing while it is not.

import type { KubeObject } from '../../api/kube.ts';
import { LABEL } from '../../api/names.ts';
import { readAt } from '../json-patch.ts';
import type { ReleaseView } from '../../workloads/workload.ts';
import { ceilScaled } from '../quantity.ts';
import { isLive } from './pod-labels.ts';

export interface Readiness {
  desired: number;
  release: ReleaseView;
  failureThreshold: number | string | undefined;
  pods: KubeObject[];
  releaseId: string;
}

/** Undefined when ready, else what is waited for. */
export function whatIsMissing({ desired, release, failureThreshold, pods, releaseId }: Readiness): string | undefined {
  if (desired === 0) return undefined;
  if (!release.observed) return 'the new pods are being created';
  if (release.updated < desired) return `${release.updated} of ${desired} new pods exist`;
  const ready = readyOf(release, pods);
  const tolerated = failureThreshold === undefined ? 0 : ceilScaled(failureThreshold, release.updated);
  if (ready === 0 || ready + tolerated < desired) {
    return `${ready} of ${desired} new pods are ready${failing(pods)}`;
  }
  const live = pods.filter(isLive);
  const stamped = live.filter((pod) => pod.metadata.labels?.[LABEL.rolloutId] === releaseId).length;
  if (releaseId !== '' && stamped < Math.min(desired, live.length)) {
    return `${stamped} of ${desired} new pods carry the release id`;
  }
  return undefined;
}

const isReady = (pod: KubeObject): boolean =>
  ((readAt(pod, ['status', 'conditions']) as { type?: string; status?: string }[] | undefined) ?? []).some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );

/** As the kind counts them, else by the pods themselves. */
export const readyOf = (release: ReleaseView, pods: KubeObject[]): number =>
  release.ready ?? pods.filter((pod) => isLive(pod) && isReady(pod)).length;

interface ContainerState {
  name?: string;
  state?: { waiting?: { reason?: string; message?: string } };
}

/** Names the first pod whose container cannot start, and why. */
function failing(pods: KubeObject[]): string {
  for (const pod of pods) {
    const statuses = (pod['status'] as { containerStatuses?: ContainerState[] } | undefined)?.containerStatuses ?? [];
    for (const { name, state } of statuses) {
      const reason = state?.waiting?.reason;
      if (reason !== undefined && reason !== 'ContainerCreating' && reason !== 'PodInitializing') {
        return `; container ${name ?? ''} of pod ${pod.metadata.name} waits: ${reason}`;
      }
    }
  }
  return '';
}
