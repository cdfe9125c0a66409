// A rollback in batches: pods that run the stable revision already need no update. They are counted and marked once, before
// the first pod is taken back, and the batches are about the rest.

import { BATCH_PHASE, LABEL } from '../../api/names.ts';
import type { KubeObject } from '../../api/kube.ts';
import { PODS } from '../../api/resources.ts';
import { patch } from '../../objects/actions.ts';
import type { BatchDraft } from './draft.ts';
import type { BatchWorkload } from './observed.ts';
import { isLive } from '../../objects/pod-facts.ts';
import { isRollbackInBatches } from './release-context.ts';

const isMarked = (pod: KubeObject, releaseId: string): boolean =>
  pod.metadata.labels?.[LABEL.noNeedUpdate] === releaseId;

const releaseIdOf = ({ o: { batchRelease } }: BatchDraft): string =>
  batchRelease.spec.releasePlan.rolloutID || batchRelease.metadata.name;

/** True once every such pod is marked, or where there is nothing to mark. */
export function areUntouchedMarked(d: BatchDraft, { view }: BatchWorkload): boolean {
  if (d.status.phase !== BATCH_PHASE.preparing || !isRollbackInBatches(d.o.batchRelease)) return true;
  const releaseId = releaseIdOf(d);
  const pods = d.o.pods.filter((pod) => isLive(pod) && pod.metadata.labels?.[view.revisionKey] === view.podRevision);
  const open = pods.filter((pod) => !isMarked(pod, releaseId));
  d.set({ noNeedUpdateReplicas: pods.length });
  d.do(
    open.map((pod) =>
      patch(
        PODS,
        pod,
        { metadata: { labels: { [LABEL.noNeedUpdate]: releaseId } } },
        'it runs the stable revision already',
      ),
    ),
  );
  if (open.length > 0) d.say(`${pods.length} pods run the stable revision already and are left alone`);
  return open.length === 0;
}

/** How many pods the batches are not about. */
export const untouchedOf = (d: BatchDraft): number =>
  isRollbackInBatches(d.o.batchRelease) ? (d.batch.noNeedUpdateReplicas ?? 0) : 0;

/** Pods that the batches are about. */
export const touchedPods = (d: BatchDraft): KubeObject[] =>
  isRollbackInBatches(d.o.batchRelease) ? d.o.pods.filter((pod) => !isMarked(pod, releaseIdOf(d))) : d.o.pods;
