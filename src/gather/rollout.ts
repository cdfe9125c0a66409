// Everything that the plan of a Rollout is made from, as one plain value: what the tables know and, while a release is under
// way, live reads of what plans copy or put back, all at once.

import { groupOf, type KubeObject } from '../api/kube.ts';
import { canaryServiceNameOf, PHASE } from '../api/names.ts';
import type { BatchRelease } from '../api/batch-release.ts';
import { TRAFFIC_ROUTINGS } from '../api/resources.ts';
import type { Rollout } from '../api/rollout.ts';
import { styleOf, trafficRoutingOf, trafficRoutingRefOf, workloadRefOf } from '../api/rollout-view.ts';
import type { TrafficRouting } from '../api/traffic-routing.ts';
import type { ObservedWorkload, RolloutObserved } from '../core/rollout/rollout-observed.ts';
import { candidatesWith, governing } from '../core/workload/governing.ts';
import { holderOf } from '../objects/marks.ts';
import { INDEX, keyOfRef } from '../tables/keys.ts';
import type { Workload } from '../workloads/workload.ts';
import type { Observer } from './observer.ts';
import { relatedFromStore } from './related.ts';
import { routesLive, serviceLive } from './live-routes.ts';

/** One look at one Rollout. */
interface RolloutLook extends Observer {
  rollout: Rollout;
  namespace: string;
  kind: Workload | undefined;
  signal: AbortSignal;
}

/**
 * The kind that the Rollout names is being looked for, or its table is not complete: a workload that is not to be seen may
 * well be there. Whoever learns kinds wakes the Rollout when that is known.
 */
export function isKindAwaited({ kinds, rules, tables }: Observer, rollout: Rollout): boolean {
  const { apiVersion, kind } = workloadRefOf(rollout);
  const group = groupOf(apiVersion);
  if (rules.filterWorkloadType || kind === '' || tables.workloads.isSettled(group, kind)) return false;
  return kinds.isUnknown(group, kind) || kinds.stylesOf(group, kind).length > 0;
}

export async function observeRollout(
  observer: Observer,
  rollout: Rollout,
  signal: AbortSignal,
): Promise<RolloutObserved> {
  const { apiVersion, kind: kindName } = workloadRefOf(rollout);
  const { namespace = '', name } = rollout.metadata;
  const style = styleOf(rollout);
  const kind = observer.kinds.byRef(apiVersion, kindName, style);
  const look: RolloutLook = { ...observer, rollout, namespace, kind, signal };
  const [workload, traffic, shared] = await Promise.all([workloadOf(look), trafficOf(look), sharedOf(look)]);
  return {
    now: observer.now(),
    rollout,
    kind,
    unsupported: kind === undefined ? observer.kinds.unsupportedText(apiVersion, kindName, style) : '',
    workload,
    ...standingOf(look, workload?.object),
    batchRelease: observer.tables.batchReleases.get(namespace, name) as BatchRelease | undefined,
    ...traffic,
    shared,
    writtenAt: observer.writtenAt(),
    gates: observer.gates,
  };
}

const IDLE: unknown[] = [undefined, PHASE.initial, PHASE.healthy, PHASE.disabled];

/** Idle Rollouts need no live look, nor what only a release looks at. */
const isActive = ({ metadata, spec, status }: Rollout): boolean =>
  metadata.deletionTimestamp !== undefined ||
  !IDLE.includes(status?.phase) ||
  (spec.disabled === true && status?.phase !== PHASE.disabled);

async function workloadOf(look: RolloutLook): Promise<ObservedWorkload | undefined> {
  const { store, kind, rollout } = look;
  const object = await objectOf(look);
  if (object === undefined || kind === undefined) return undefined;
  const related = relatedFromStore(store, kind, object, isActive(rollout));
  return { object, related, view: kind.view(object, related) };
}

/** A release ends when its workload is gone, rolled back or not held: a table that lags must not say so. */
async function objectOf({
  reader,
  store,
  rollout,
  namespace,
  kind,
  signal,
}: RolloutLook): Promise<KubeObject | undefined> {
  if (kind === undefined) return undefined;
  const { name } = workloadRefOf(rollout);
  if (!isActive(rollout)) return store.table(kind.resource).get(namespace, name);
  const live = await reader.get({ resource: kind.resource, namespace, name }, { signal });
  return live === undefined ? undefined : kind.project(live);
}

async function trafficOf({
  reader,
  rollout,
  namespace,
  signal,
}: RolloutLook): Promise<Pick<RolloutObserved, 'stableService' | 'canaryService' | 'routes'>> {
  const ref = trafficRoutingOf(rollout);
  if (ref === undefined || !isActive(rollout))
    return { stableService: undefined, canaryService: undefined, routes: {} };
  const [stableService, canaryService, routes] = await Promise.all([
    serviceLive(reader, namespace, ref.service, signal),
    serviceLive(reader, namespace, canaryServiceNameOf(ref.service), signal),
    routesLive(reader, namespace, ref, signal),
  ]);
  return { stableService, canaryService, routes };
}

async function sharedOf({ reader, rollout, namespace, signal }: RolloutLook): Promise<TrafficRouting | undefined> {
  const name = trafficRoutingRefOf(rollout);
  if (name === '' || !isActive(rollout)) return undefined;
  return (await reader.get({ resource: TRAFFIC_ROUTINGS, namespace, name }, { signal })) as TrafficRouting | undefined;
}

/** Who governs the workload, and what this Rollout breaks. */
function standingOf(
  { tables, rules, kinds, rollout, namespace }: RolloutLook,
  workload: KubeObject | undefined,
): Pick<RolloutObserved, 'governor' | 'violations'> {
  const siblings = tables.rollouts.by(INDEX.workload, keyOfRef(namespace, workloadRefOf(rollout))) as Rollout[];
  const candidates = siblings.map(candidatesWith(rules, kinds));
  const governor = governing(candidates, workload === undefined ? undefined : holderOf(workload));
  const isOwn = (one: { rollout: Rollout }): boolean => one.rollout.metadata.uid === rollout.metadata.uid;
  const own = candidates.find(isOwn) ?? candidatesWith(rules, kinds)(rollout);
  return {
    governor: governor?.rollout.metadata.name ?? '',
    violations: own.standing === 'invalid' ? own.problems : [],
  };
}
