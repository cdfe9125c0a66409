// Stamps the new pods with release id and batch number: each batch gets as many pods as it added, the pods that carry no
// number yet fill the highest batch first. Pods of the release are recognised by the revision label of the release's own
// controller, so metadata that the release adds to the pods does not hide them.

import { LABEL } from '../../api/names.ts';
import type { KubeObject } from '../../api/kube.ts';
import type { Action } from '../../objects/actions.ts';
import { isLive } from '../../objects/pod-facts.ts';
import { labelPod } from './label-pod.ts';

/** `planned[i]`: new pods after batch i, for the batches begun so far. */
export function stampPods(pods: KubeObject[], planned: number[], releaseId: string): Action[] {
  if (releaseId === '') return [];
  const live = pods.filter(isLive);
  const stamped = (pod: KubeObject): boolean =>
    pod.metadata.labels?.[LABEL.rolloutId] === releaseId && pod.metadata.labels[LABEL.rolloutBatchId] !== undefined;
  const room = planned.map((size, index) => {
    const added = Math.max(0, size - (planned[index - 1] ?? 0));
    const present = live.filter(
      (pod) => stamped(pod) && pod.metadata.labels?.[LABEL.rolloutBatchId] === String(index + 1),
    );
    return Math.max(0, added - present.length);
  });
  const actions: Action[] = [];
  for (const pod of live.filter((candidate) => !stamped(candidate)).sort(byName)) {
    const batch = room.findLastIndex((free) => free > 0);
    if (batch < 0) break;
    room[batch] = (room[batch] ?? 0) - 1;
    const labels = { [LABEL.rolloutId]: releaseId, [LABEL.rolloutBatchId]: String(batch + 1) };
    actions.push(labelPod(pod, labels, `pod of batch ${batch + 1}`));
  }
  return actions;
}

const byName = (a: KubeObject, b: KubeObject): number => (a.metadata.name < b.metadata.name ? -1 : 1);
