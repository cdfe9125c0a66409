// The pods of each step of a release, by the labels that the release put on them. Canary pods are gone when it is over, so
// what was recorded while it ran counts where no pod is left.

import type { KubeObject } from '../../api/kube.ts';
import { LABEL } from '../../api/names.ts';
import type { HistoryPod, HistoryStep } from '../../api/rollout-history.ts';
import { isLive } from '../../objects/pod-facts.ts';
import { readAt } from '../../lib/json.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const podOf = (pod: KubeObject): HistoryPod => ({
  name: pod.metadata.name,
  ip: text(readAt(pod, ['status', 'podIP'])),
  nodeName: text(readAt(pod, ['spec', 'nodeName'])),
});

const byName = (a: KubeObject, b: KubeObject): number => (a.metadata.name < b.metadata.name ? -1 : 1);

/** Steps that have pods, in order. */
export function stepsFrom(pods: readonly KubeObject[], recorded: readonly HistoryStep[] = []): HistoryStep[] {
  const steps = new Map<number, HistoryPod[]>();
  for (const pod of pods.filter(isLive).sort(byName)) {
    const index = Number(pod.metadata.labels?.[LABEL.rolloutBatchId]);
    if (Number.isInteger(index) && index > 0) steps.set(index, [...(steps.get(index) ?? []), podOf(pod)]);
  }
  for (const { canaryStepIndex: index = 0, pods: known = [] } of recorded) {
    if (index > 0 && !steps.has(index)) steps.set(index, known);
  }
  const order = [...steps.keys()].sort((a, b) => a - b);
  return order.map((index) => ({ canaryStepIndex: index, pods: steps.get(index) ?? [] }));
}
