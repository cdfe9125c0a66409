// Ties BatchReleases to the control pipe. The workload is read live, because its template is copied; so are the pods.

import { ROLLING_STYLE } from '../api/names.ts';
import type { BatchRelease } from '../api/batch-release.ts';
import type { KubeObject } from '../api/kube.ts';
import { splitKey } from '../api/object-key.ts';
import { PODS } from '../api/resources.ts';
import type { BatchObserved } from '../core/batch/observed.ts';
import { planBatchRelease } from '../core/batch/plan.ts';
import { releaseContext } from '../core/batch/release-context.ts';
import type { Reconciler } from '../runtime/controller.ts';
import type { Workload } from '../workloads/workload.ts';
import type { Style } from '../api/style.ts';
import { relatedFromStore } from './gather.ts';
import type { Observer } from './observe.ts';
import { perform, Refusals, type Performer } from './perform.ts';
import { INDEX, keyOfRef } from './tables.ts';

export function styleOf({ spec: { releasePlan } }: BatchRelease): Style {
  if (releasePlan.rollingStyle === ROLLING_STYLE.blueGreen) return 'bluegreen';
  const canary = releasePlan.rollingStyle === ROLLING_STYLE.canary || releasePlan.enableExtraWorkloadForCanary === true;
  return canary ? 'canary' : 'partition';
}

async function observe(
  observer: Observer,
  batchRelease: BatchRelease,
  nameTaken: boolean,
  signal: AbortSignal,
): Promise<BatchObserved> {
  const { apiVersion, kind: kindName, name } = batchRelease.spec.workloadRef;
  const style = styleOf(batchRelease);
  const kind = observer.kinds.byRef(apiVersion, kindName, style);
  const namespace = batchRelease.metadata.namespace ?? '';
  const object =
    kind === undefined
      ? undefined
      : await observer.client.get({ resource: kind.resource, namespace, name }, { signal });
  const unsupported = kind === undefined ? observer.kinds.unsupportedText(apiVersion, kindName, style) : '';
  const now = observer.now();
  const siblings = observer.tables.batchReleases.by(
    INDEX.workload,
    keyOfRef(namespace, batchRelease.spec.workloadRef),
  ) as BatchRelease[];
  const common = { now, batchRelease, siblings, kind, unsupported, nameTaken, gates: observer.gates };
  if (kind === undefined || object === undefined) {
    const related = kind === undefined ? {} : relatedFromStore(observer.store, kind, missing(batchRelease));
    return { ...common, workload: undefined, related, pods: [] };
  }
  const related = relatedFromStore(observer.store, kind, object);
  const view = kind.view(object, related);
  const pods = await podsOf(observer, kind, { object, related, batchRelease, key: view.revisionKey }, signal);
  return { ...common, workload: { object, view }, related, ...pods };
}

/** Stands for a workload that is gone, so that what was made for it can still be found by its name. */
const missing = ({ spec, metadata }: BatchRelease): KubeObject => ({
  metadata: { name: spec.workloadRef.name, namespace: metadata.namespace ?? '' },
});

async function podsOf(
  observer: Observer,
  kind: Workload,
  {
    object,
    related,
    batchRelease,
    key,
  }: { object: KubeObject; related: BatchObserved['related']; batchRelease: BatchRelease; key: string },
  signal: AbortSignal,
): Promise<Pick<BatchObserved, 'pods' | 'allPods'>> {
  const { podSelector } = kind.release(object, related, releaseContext(batchRelease));
  if (podSelector === undefined) return { pods: [] };
  const namespace = object.metadata.namespace ?? '';
  const { [key]: revision, ...own } = podSelector;
  const matchLabels = kind.unblock === undefined ? podSelector : own;
  const { items } = await observer.client.list(PODS, { namespace, labels: { matchLabels }, signal });
  if (kind.unblock === undefined) return { pods: items };
  return { pods: items.filter((pod) => pod.metadata.labels?.[key] === revision), allPods: items };
}

export function batchReleaseReconciler(observer: Observer, performer: Performer): Reconciler {
  /** Keys whose last create found its name in use; lost on a restart, which only repeats that create. */
  const taken = new Set<string>();
  const refusals = new Refusals();
  return {
    name: 'batchrelease',
    async reconcile(key, signal) {
      const [namespace, name] = splitKey(key);
      const batchRelease = observer.tables.batchReleases.get(namespace, name) as BatchRelease | undefined;
      if (batchRelease === undefined) return {};
      const observed = await observe(observer, batchRelease, taken.delete(key), signal);
      const plan = planBatchRelease({ ...observed, refused: refusals.of(key) });
      const done = await refusals.watch(key, () => perform(performer, batchRelease, plan, signal));
      const { nameTaken, ...result } = done;
      if (nameTaken) taken.add(key);
      // Pods are in no table, so a write to one wakes nobody.
      const stamped = plan.actions.some(({ target }) => target.resource === PODS);
      return stamped ? { ...result, again: true } : result;
    },
  };
}
