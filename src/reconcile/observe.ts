// The only gatherer of a Rollout's plan: one plain value from the tables and, while a release is under way, from live reads
// of what plans copy or put back.

import { groupOf, type KubeObject, type LabelSelector, type Resource } from '../api/kube.ts';
import { canaryNameOf, CONDITION, PHASE, PROGRESSING_REASON, type Gates } from '../api/names.ts';
import type { BatchRelease } from '../api/batch-release.ts';
import { PODS, SERVICES, TRAFFIC_ROUTINGS } from '../api/resources.ts';
import type { Rollout } from '../api/rollout.ts';
import { styleOf, trafficRoutingOf, trafficRoutingRefOf, workloadRefOf } from '../api/rollout-view.ts';
import type { TrafficRouting } from '../api/traffic-routing.ts';
import type { RolloutObserved, ObservedWorkload } from '../core/rollout/observed.ts';
import { readAt } from '../lib/json.ts';
import { conditionOf } from '../objects/status.ts';
import type { RuleSettings } from '../core/admission/rules/index.ts';
import { candidatesWith, governing } from '../core/workload/governing.ts';
import { holderOf } from '../objects/marks.ts';
import type { Client } from '../kube/client.ts';
import type { Store } from '../kube/store.ts';
import { routeRefsOf } from '../traffic/index.ts';
import type { Routes } from '../traffic/provider.ts';
import type { Kinds } from '../workloads/kinds.ts';
import type { Workload } from '../workloads/workload.ts';
import { relatedFromStore } from './gather.ts';
import { INDEX, keyOfRef, type Tables } from './tables.ts';

export interface Observer {
  client: Client;
  store: Store;
  tables: Tables;
  kinds: Kinds;
  now(): number;
  /** When this process wrote an object last, by `resource/namespace/name`. */
  writtenAt(): Record<string, number>;
  /** Settings of the rules for Rollouts. */
  rules: RuleSettings;
  gates: Gates;
}

export const siblingsOf = (tables: Tables, rollout: Rollout): Rollout[] =>
  tables.rollouts.by(INDEX.workload, keyOfRef(rollout.metadata.namespace ?? '', workloadRefOf(rollout))) as Rollout[];

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

/** The referenced workload as the tables have it. */
export function workloadOf(observer: Observer, rollout: Rollout, kind: Workload | undefined): KubeObject | undefined {
  if (kind === undefined) return undefined;
  const { name } = workloadRefOf(rollout);
  return observer.store.table(kind.resource).get(rollout.metadata.namespace ?? '', name);
}

/** A release ends when its workload is gone, rolled back or not held: a table that lags must not say so. */
async function observeWorkload(
  observer: Observer,
  rollout: Rollout,
  kind: Workload | undefined,
  signal: AbortSignal,
): Promise<ObservedWorkload | undefined> {
  const object = isActive(rollout)
    ? await liveWorkloadOf(observer, rollout, kind, signal)
    : workloadOf(observer, rollout, kind);
  if (object === undefined || kind === undefined) return undefined;
  const related = relatedFromStore(observer.store, kind, object);
  return { object, related, view: kind.view(object, related) };
}

async function liveWorkloadOf(
  { client }: Observer,
  rollout: Rollout,
  kind: Workload | undefined,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  if (kind === undefined) return undefined;
  const { namespace = '' } = rollout.metadata;
  const target = { resource: kind.resource, namespace, name: workloadRefOf(rollout).name };
  const live = await client.get(target, { signal });
  return live === undefined ? undefined : kind.project(live);
}

const IDLE: unknown[] = [undefined, PHASE.initial, PHASE.healthy, PHASE.disabled];

/** Idle Rollouts need no live look. */
const isActive = ({ metadata, spec, status }: Rollout): boolean =>
  metadata.deletionTimestamp !== undefined ||
  !IDLE.includes(status?.phase) ||
  (spec.disabled === true && status?.phase !== PHASE.disabled);

interface Traffic {
  stableService: KubeObject | undefined;
  canaryService: KubeObject | undefined;
  routes: Routes;
}

async function observeTraffic(observer: Observer, rollout: Rollout, signal: AbortSignal): Promise<Traffic> {
  const ref = trafficRoutingOf(rollout);
  if (ref === undefined || !isActive(rollout))
    return { stableService: undefined, canaryService: undefined, routes: {} };
  const namespace = rollout.metadata.namespace ?? '';
  const get = (resource: Resource, name: string) => observer.client.get({ resource, namespace, name }, { signal });
  const refs = routeRefsOf(ref);
  const [stableService, canaryService, ...found] = await Promise.all([
    get(SERVICES, ref.service),
    get(SERVICES, canaryNameOf(ref.service)),
    ...refs.map(({ resource, name }) => get(resource, name)),
  ]);
  return { stableService, canaryService, routes: Object.fromEntries(refs.map(({ as }, index) => [as, found[index]])) };
}

async function observeShared(
  { client }: Observer,
  rollout: Rollout,
  signal: AbortSignal,
): Promise<TrafficRouting | undefined> {
  const name = trafficRoutingRefOf(rollout);
  if (name === '' || !isActive(rollout)) return undefined;
  const { namespace = '' } = rollout.metadata;
  return (await client.get({ resource: TRAFFIC_ROUTINGS, namespace, name }, { signal })) as TrafficRouting | undefined;
}

const ENDING: unknown[] = [PROGRESSING_REASON.cancelling, PROGRESSING_REASON.finalising];

/** Pods matter while a release ends, to kinds that may have to clear some out of the way. */
async function observePods(
  { client }: Observer,
  rollout: Rollout,
  kind: Workload | undefined,
  workload: ObservedWorkload | undefined,
  signal: AbortSignal,
): Promise<Pick<RolloutObserved, 'pods'>> {
  const { reason } = conditionOf(rollout.status?.conditions, CONDITION.progressing) ?? {};
  if (kind?.unblock === undefined || !ENDING.includes(reason)) return {};
  const { namespace = '' } = rollout.metadata;
  const labels = workload === undefined ? undefined : readAt(workload.object, ['spec', 'selector']);
  if (labels === undefined) return {};
  return { pods: (await client.list(PODS, { namespace, labels: labels as LabelSelector, signal })).items };
}

export async function observeRollout(
  observer: Observer,
  rollout: Rollout,
  signal: AbortSignal,
): Promise<RolloutObserved> {
  const { apiVersion, kind: kindName } = workloadRefOf(rollout);
  const style = styleOf(rollout);
  const kind = observer.kinds.byRef(apiVersion, kindName, style);
  const traffic = await observeTraffic(observer, rollout, signal);
  const { namespace = '', name } = rollout.metadata;
  const workload = await observeWorkload(observer, rollout, kind, signal);
  const candidates = siblingsOf(observer.tables, rollout).map(candidatesWith(observer.rules, observer.kinds));
  const governor = governing(candidates, workload === undefined ? undefined : holderOf(workload.object));
  const own =
    candidates.find((one) => one.rollout.metadata.uid === rollout.metadata.uid) ??
    candidatesWith(observer.rules, observer.kinds)(rollout);
  return {
    now: observer.now(),
    rollout,
    kind,
    unsupported: kind === undefined ? observer.kinds.unsupportedText(apiVersion, kindName, style) : '',
    workload,
    governor: governor?.rollout.metadata.name ?? '',
    violations: own.standing === 'invalid' ? own.problems : [],
    batchRelease: observer.tables.batchReleases.get(namespace, name) as BatchRelease | undefined,
    ...traffic,
    shared: await observeShared(observer, rollout, signal),
    ...(await observePods(observer, rollout, kind, workload, signal)),
    writtenAt: observer.writtenAt(),
    gates: observer.gates,
  };
}
