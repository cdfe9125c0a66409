// Which BatchRelease has a workload: the one that its control-info names. Another one that is alive waits, so that two never
// take it from each other in turn.

import { ANNOTATION, BATCH_PHASE } from '../../api/names.ts';
import type { BatchRelease } from '../../api/batch-release.ts';
import type { KubeObject } from '../../api/kube.ts';
import type { Workload } from '../../workloads/workload.ts';
import { patch } from '../../objects/actions.ts';
import { isObject } from '../../lib/json.ts';
import { annotationOf } from '../../objects/marks.ts';
import type { BatchDraft } from './draft.ts';
import type { BatchWorkload } from './observed.ts';
import { releaseContext } from './release-context.ts';

const claimOf = (batchRelease: BatchRelease): string => JSON.stringify(releaseContext(batchRelease).owner);

/** uid of the BatchRelease that has the workload; what nobody can read names nobody. */
function claimantOf(workload: KubeObject): unknown {
  try {
    const owner: unknown = JSON.parse(annotationOf(workload, ANNOTATION.controlInfo) ?? '');
    return isObject(owner) ? owner['uid'] : undefined;
  } catch {
    return undefined;
  }
}

export const isMine = ({ o: { batchRelease } }: BatchDraft, { view }: BatchWorkload): boolean =>
  view.annotations[ANNOTATION.controlInfo] === claimOf(batchRelease);

/** It lets go of the workload by itself once it is completed or deleted. */
const isAlive = ({ metadata, status }: BatchRelease): boolean =>
  metadata.deletionTimestamp === undefined && status?.phase !== BATCH_PHASE.completed;

/** Another BatchRelease that is alive and has the workload. */
function rivalOf({ o: { batchRelease, siblings } }: BatchDraft, workload: KubeObject): BatchRelease | undefined {
  const claimant = claimantOf(workload);
  if (claimant === batchRelease.metadata.uid) return undefined;
  return siblings.find((sibling) => sibling.metadata.uid === claimant && isAlive(sibling));
}

/**
 * Marks the workload as controlled by this BatchRelease. False while it is not, and where that holds it as well, which has to
 * show first.
 */
export function claim(d: BatchDraft, kind: Workload, workload: BatchWorkload): boolean {
  if (isMine(d, workload)) return true;
  const { object } = workload;
  const rival = rivalOf(d, object);
  if (rival !== undefined) {
    d.wait(`waits until BatchRelease ${rival.metadata.name}, which has this workload, is completed or deleted`);
    return false;
  }
  const annotations = { [ANNOTATION.controlInfo]: claimOf(d.o.batchRelease) };
  const holding = kind.takeOver?.(object, annotations);
  const body = holding ?? { metadata: { annotations } };
  d.do([patch(kind.resource, object, body, 'mark the workload as controlled by the BatchRelease')]);
  if (holding !== undefined) d.say('the roll-out under way is held, so that it goes on batch by batch');
  return holding === undefined;
}
