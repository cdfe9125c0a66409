// The end of a BatchRelease: the workload is given back in one write, its own roll-out is awaited where asked, and what
// carried the new pods goes. A template that is neither the released nor the stable one stays held: whoever governs the
// workload decides about it.

import { ANNOTATION, BATCH_PHASE, FINALIZER, FINALIZING_POLICY } from '../../api/names.ts';
import { BATCH_RELEASES } from '../../api/resources.ts';
import { patch } from '../actions.ts';
import type { BatchDraft } from './draft.ts';
import type { BatchObserved } from './observed.ts';
import { releaseContext } from './release-context.ts';

type Present = NonNullable<BatchObserved['workload']>;

export function finaliseBatch(d: BatchDraft): void {
  const { workload, batchRelease } = d.o;
  d.status.phase = BATCH_PHASE.finalizing;
  if (workload !== undefined && !givenBack(d, workload)) return;
  const waits = batchRelease.spec.releasePlan.finalizingPolicy === FINALIZING_POLICY.waitResume;
  if (waits && workload !== undefined && isReleased(d, workload) && !workload.view.settled) {
    const { updated, available } = workload.view.status;
    d.say(
      `the workload rolls out by itself: ${updated} of ${workload.view.replicas} pods updated, ${available} available`,
    );
    return;
  }
  d.status.phase = BATCH_PHASE.completed;
  d.say('the release of pods is completed');
}

/** The template is one that this release may let go: its own, or the stable one again. */
const isReleased = (d: BatchDraft, { view }: Present): boolean =>
  view.templateIsStable || d.status.updateRevision === undefined || view.updateRevision === d.status.updateRevision;

function givenBack(d: BatchDraft, workload: Present): boolean {
  const { kind } = d.o;
  if (kind === undefined || !isReleased(d, workload)) return true;
  const control = workload.view.annotations[ANNOTATION.controlInfo];
  const mine = control !== undefined && control.includes(d.o.batchRelease.metadata.uid ?? '-');
  const actions = kind.letGo(workload.object, mine ? { annotations: { [ANNOTATION.controlInfo]: null } } : {});
  d.do(actions);
  if (actions.length > 0) d.say('the workload is given back');
  return actions.length === 0;
}

/**
 * Deletion. With a batchPartition the release was cut short: only our marks go, the workload stays as it is held, for
 * whoever deleted this goes on with it. Without one it is finished first.
 */
export function leave(d: BatchDraft): void {
  const { batchRelease, kind, related, workload } = d.o;
  const finalizers = batchRelease.metadata.finalizers ?? [];
  if (!finalizers.includes(FINALIZER.batchRelease)) return;
  if (kind !== undefined) {
    const context = releaseContext(batchRelease);
    if (batchRelease.spec.releasePlan.batchPartition == null && workload !== undefined && !givenBack(d, workload))
      return;
    if (workload !== undefined && !unmarked(d, workload)) return;
    d.do(kind.cleanUp(workload?.object, related, context));
    if (!kind.isGone(related, context)) return;
  }
  const kept = finalizers.filter((name) => name !== FINALIZER.batchRelease);
  d.do([patch(BATCH_RELEASES, batchRelease, { metadata: { finalizers: kept } }, 'nothing of the release is left')]);
}

function unmarked(d: BatchDraft, { object, view }: Present): boolean {
  const control = view.annotations[ANNOTATION.controlInfo];
  if (d.o.kind === undefined || control === undefined || !control.includes(d.o.batchRelease.metadata.uid ?? '-'))
    return true;
  const body = { metadata: { annotations: { [ANNOTATION.controlInfo]: null } } };
  d.do([patch(d.o.kind.resource, object, body, 'the BatchRelease lets go of the workload')]);
  return false;
}
