// Which pods a BatchRelease must hear of, and which of their changes: those of its workload while it is at work, so that a pod
// that cannot start, or has become ready, wakes it at once. For whoever opens and closes watches.

import type { BatchRelease } from '../../api/batch-release.ts';
import type { KubeObject, LabelSelector } from '../../api/kube.ts';
import { BATCH_PHASE } from '../../api/names.ts';
import { readAt, sameJson } from '../../lib/json.ts';

export interface PodScope {
  namespace: string;
  labels: LabelSelector;
}

/** `workload`: the one that it names, as far as it is known. Undefined = no pods. */
export function podsToWatch(
  { metadata, status }: BatchRelease,
  workload: KubeObject | undefined,
): PodScope | undefined {
  if (status?.phase === BATCH_PHASE.completed || workload === undefined) return undefined;
  const labels = readAt(workload, ['spec', 'selector']) as LabelSelector | undefined;
  return labels === undefined ? undefined : { namespace: metadata.namespace ?? '', labels };
}

/** A pod that came or went, or of which something changed that a release reads: another version alone is no news. */
export function isNews(before: KubeObject | undefined, after: KubeObject | undefined): boolean {
  if (before === undefined || after === undefined) return true;
  return !sameJson(withoutVersion(before), withoutVersion(after));
}

function withoutVersion(pod: KubeObject): KubeObject {
  const { resourceVersion: _version, ...metadata } = pod.metadata;
  return { ...pod, metadata };
}
