// When a batch is ready, and what is missing while it is not.

import type { KubeObject } from '../../api/kube.ts';
import { LABEL } from '../../api/names.ts';
import type { ReleaseView } from '../../workloads/workload.ts';
import { ceilScaled } from '../../lib/quantity.ts';
import { isLive, isReady, whyItFails } from '../../objects/pod-facts.ts';

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
  if (release.updated < desired) return `${release.updated} of ${desired} new pods exist${failing(pods)}`;
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

/** As the kind counts them, else by the pods themselves. */
export const readyOf = (release: ReleaseView, pods: KubeObject[]): number =>
  release.ready ?? pods.filter((pod) => isLive(pod) && isReady(pod)).length;

/** Names the first pod that cannot run, and why. */
function failing(pods: KubeObject[]): string {
  const why = pods
    .filter(isLive)
    .map(whyItFails)
    .find((text) => text !== undefined);
  return why === undefined ? '' : `; ${why}`;
}
