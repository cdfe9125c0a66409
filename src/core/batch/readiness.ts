// When a batch is ready, and what is missing while it is not.

import type { KubeObject } from '../../api/kube.ts';
import { LABEL } from '../../api/names.ts';
import type { ReleaseView } from '../../workloads/workload.ts';
import { ceilScaled } from '../../lib/int-or-percent.ts';
import { failureIn, isLive, isReady } from '../../objects/pod-facts.ts';

export interface BatchReadiness {
  desired: number;
  release: ReleaseView;
  failureThreshold: number | string | undefined;
  pods: KubeObject[];
  releaseId: string;
}

/** What is waited for: its text, and what beside counts makes it another wait. */
export interface Missing {
  text: string;
  facts: readonly string[];
  /** A pod cannot run. */
  isStuck: boolean;
}

/** Undefined when ready. */
export function whatIsMissing({
  desired,
  release,
  failureThreshold,
  pods,
  releaseId,
}: BatchReadiness): Missing | undefined {
  if (desired === 0) return undefined;
  if (!release.observed) return { text: 'the new pods are being created', facts: ['created'], isStuck: false };
  if (release.updated < desired) {
    const text = `${release.updated} of ${desired} new pods exist`;
    // What is refused now is tried again by the controller of the kind, with growing pauses.
    if (release.refused !== undefined)
      return { text: `${text}; the API server makes no more: ${release.refused}`, facts: ['refused'], isStuck: true };
    return withFailure(text, 'exist', pods);
  }
  const ready = readyOf(release, pods);
  const tolerated = failureThreshold === undefined ? 0 : ceilScaled(failureThreshold, release.updated);
  if (ready === 0 || ready + tolerated < desired) {
    return withFailure(`${ready} of ${desired} new pods are ready`, 'ready', pods);
  }
  const live = pods.filter(isLive);
  const stamped = live.filter((pod) => pod.metadata.labels?.[LABEL.rolloutId] === releaseId).length;
  if (releaseId !== '' && stamped < Math.min(desired, live.length)) {
    return { text: `${stamped} of ${desired} new pods carry the release id`, facts: ['stamped'], isStuck: false };
  }
  return undefined;
}

/** As the kind counts them, else by the pods themselves. */
export const readyOf = (release: ReleaseView, pods: KubeObject[]): number =>
  release.ready ?? pods.filter((pod) => isLive(pod) && isReady(pod)).length;

/** Names the first pod that cannot run, and why. */
function withFailure(text: string, fact: string, pods: KubeObject[]): Missing {
  const failure = pods
    .filter(isLive)
    .map(failureIn)
    .find((found) => found !== undefined);
  return failure === undefined
    ? { text, facts: [fact], isStuck: false }
    : { text: `${text}; ${failure.text}`, facts: [fact, failure.fact], isStuck: true };
}
