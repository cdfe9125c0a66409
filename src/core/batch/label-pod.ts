// Labels that a release puts on a pod, as an exact patch: the kubelet writes the pod's status all the time while it starts, which
// says nothing about its labels. Tested is what the plan read: that it is this pod, and what these labels were.

import type { KubeObject, Strings } from '../../api/kube.ts';
import { PODS } from '../../api/resources.ts';
import { pointer, testAt, type PatchOperation } from '../../lib/json-patch.ts';
import { targetOf, type ExactPatchAction } from '../../objects/actions.ts';

/** `pod`: one that has labels, because they are what it was found by. */
export function labelPod(pod: KubeObject, labels: Strings, why: string): ExactPatchAction {
  const { uid = '', labels: seen = {} } = pod.metadata;
  const entries = Object.entries(labels).map(([key, value]) => ({
    path: pointer('metadata', 'labels', key),
    key,
    value,
  }));
  const tests = entries.map(({ path, key }) => testAt(path, seen[key] ?? null));
  const edits = entries.map(({ path, value }): PatchOperation => ({ op: 'add', path, value }));
  const isThisPod = testAt(pointer('metadata', 'uid'), uid);
  return { do: 'exactPatch', target: targetOf(PODS, pod), operations: [isThisPod, ...tests, ...edits], why };
}
