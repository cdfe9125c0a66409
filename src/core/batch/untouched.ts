// A rollback in batches: pods that run the stable revision already need no update. They are counted and marked once, before
// the first pod is taken back, and the batches are about the rest.

import { labelValue } from '../../lib/label-value.ts';
import { BATCH_PHASE, LABEL } from '../../api/names.ts';
import type { KubeObject } from '../../api/kube.ts';
import { acts, type Outcome } from '../tasks/outcome.ts';
import type { Batch } from './batch-draft.ts';
import type { BatchWorkload } from './batch-observed.ts';
import { isLive } from '../../objects/pod-facts.ts';
import { labelPod } from './label-pod.ts';
import { isRollbackInBatches } from './release-context.ts';

const isMarked = (pod: KubeObject, releaseId: string): boolean =>
  pod.metadata.labels?.[LABEL.noNeedUpdate] === releaseId;

const batchReleaseId = ({ o: { batchRelease } }: Batch): string =>
  labelValue(batchRelease.spec.releasePlan.rolloutID || batchRelease.metadata.name);

/** Pods that run the stable revision already, before the first pod is taken back; undefined where nothing asks for them. */
export function untouchedPods({ o, status }: Batch, { view }: BatchWorkload): KubeObject[] | undefined {
  if (status.phase !== BATCH_PHASE.preparing || !isRollbackInBatches(o.batchRelease)) return undefined;
  return o.pods.filter((pod) => isLive(pod) && pod.metadata.labels?.[view.revisionKey] === view.podRevision);
}

/** Done once every one of them is marked. */
export function markUntouched(b: Batch, pods: readonly KubeObject[]): Outcome {
  const labels = { [LABEL.noNeedUpdate]: batchReleaseId(b) };
  const open = pods.filter((pod) => !isMarked(pod, labels[LABEL.noNeedUpdate] ?? ''));
  return acts(
    open.map((pod) => labelPod(pod, labels, 'it runs the stable revision already')),
    `${pods.length} pods run the stable revision already and are left alone`,
  );
}

/** How many pods the batches are not about. */
export const untouchedOf = (d: Batch): number =>
  isRollbackInBatches(d.o.batchRelease) ? (d.batch.noNeedUpdateReplicas ?? 0) : 0;

/** Pods that the batches are about. */
export const touchedPods = (d: Batch): KubeObject[] =>
  isRollbackInBatches(d.o.batchRelease) ? d.o.pods.filter((pod) => !isMarked(pod, batchReleaseId(d))) : d.o.pods;
