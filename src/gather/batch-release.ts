// Everything that the plan of a BatchRelease is made from. The workload is read live, because its template is copied; so are
// the pods, which are in no table.

import { releaseStyleOf, type BatchRelease } from '../api/batch-release.ts';
import type { KubeObject } from '../api/kube.ts';
import { BATCH_PHASE } from '../api/names.ts';
import { PODS } from '../api/resources.ts';
import type { BatchObserved } from '../core/batch/batch-observed.ts';
import { releaseContext } from '../core/batch/release-context.ts';
import { INDEX, keyOfRef } from '../tables/keys.ts';
import type { Workload } from '../workloads/workload.ts';
import type { Observer } from './observer.ts';
import { relatedFromStore } from './related.ts';

export async function observeBatchRelease(
  observer: Observer,
  batchRelease: BatchRelease,
  signal: AbortSignal,
): Promise<Omit<BatchObserved, 'nameTaken'>> {
  const { apiVersion, kind: kindName, name } = batchRelease.spec.workloadRef;
  const { namespace = '' } = batchRelease.metadata;
  const style = releaseStyleOf(batchRelease);
  const kind = observer.kinds.byRef(apiVersion, kindName, style);
  const isLooked = kind !== undefined && !isOver(batchRelease);
  const target = !isLooked ? undefined : { resource: kind.resource, namespace, name };
  const object = target === undefined ? undefined : await observer.reader.get(target, { signal });
  const common = {
    now: observer.now(),
    batchRelease,
    siblings: siblingsOf(observer, batchRelease),
    kind,
    unsupported: kind === undefined ? observer.kinds.unsupportedText(apiVersion, kindName, style) : '',
    writtenAt: observer.writtenAt(),
    gates: observer.gates,
  };
  if (!isLooked) return { ...common, workload: undefined, related: {}, pods: [] };
  const related = relatedFromStore(observer.store, kind, object ?? missing(batchRelease));
  if (object === undefined) return { ...common, workload: undefined, related, pods: [] };
  const workload = { object, view: kind.view(object, related) };
  const pods = await podsOf(observer, { kind, workload, related, batchRelease }, signal);
  return { ...common, workload, related, ...pods };
}

/** Nothing of it is planned any more, so whatever happens to its workload is no reason to look. */
const isOver = ({ metadata, status }: BatchRelease): boolean =>
  status?.phase === BATCH_PHASE.completed && metadata.deletionTimestamp === undefined;

const siblingsOf = ({ tables }: Observer, { metadata, spec }: BatchRelease): BatchRelease[] =>
  tables.batchReleases.by(INDEX.workload, keyOfRef(metadata.namespace ?? '', spec.workloadRef)) as BatchRelease[];

/** Stands for a workload that is gone, so that what was made for it can still be found by its name. */
const missing = ({ spec, metadata }: BatchRelease): KubeObject => ({
  metadata: { name: spec.workloadRef.name, namespace: metadata.namespace ?? '' },
});

interface Released {
  kind: Workload;
  workload: NonNullable<BatchObserved['workload']>;
  related: BatchObserved['related'];
  batchRelease: BatchRelease;
}

/** The new pods; all pods of the workload beside them for kinds that may have to clear some out of the way. */
async function podsOf(
  { reader }: Observer,
  { kind, workload: { object, view }, related, batchRelease }: Released,
  signal: AbortSignal,
): Promise<Pick<BatchObserved, 'pods' | 'allPods'>> {
  const { podSelector } = kind.release(object, related, releaseContext(batchRelease));
  if (podSelector === undefined) return { pods: [] };
  const { namespace = '' } = object.metadata;
  const { [view.revisionKey]: revision, ...own } = podSelector;
  const matchLabels = kind.unblock === undefined ? podSelector : own;
  const { items } = await reader.list(PODS, { namespace, labels: { matchLabels }, signal });
  if (kind.unblock === undefined) return { pods: items };
  return { pods: items.filter((pod) => pod.metadata.labels?.[view.revisionKey] === revision), allPods: items };
}
