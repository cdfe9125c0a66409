// Everything that the plan of a Rollout's histories is made from. Live reads happen while a history is open: pods of its
// release, and at the end what the release stood on.

import type { KubeObject, LabelSelector, Resource } from '../api/kube.ts';
import { LABEL } from '../api/names.ts';
import { keyIn } from '../api/object-key.ts';
import { HTTP_ROUTES, INGRESSES, PODS, SERVICES } from '../api/resources.ts';
import type { Rollout } from '../api/rollout.ts';
import type { RolloutHistory } from '../api/rollout-history.ts';
import { styleOf, trafficRoutingOf, workloadRefOf } from '../api/rollout-view.ts';
import type { HistoryObserved, HistoryParts } from '../core/history/history-observed.ts';
import { isOpenHistory, recordedReleaseId } from '../core/history/plan-histories.ts';
import { readAt } from '../lib/json.ts';
import type { Table } from '../kube/store.ts';
import { INDEX } from '../tables/keys.ts';
import type { Observer } from './observer.ts';

/** `table`: all histories. */
export async function observeHistories(
  observer: Observer,
  table: Table,
  [namespace, name]: [string, string],
  signal: AbortSignal,
): Promise<HistoryObserved> {
  const rollout = observer.tables.rollouts.get(namespace, name) as Rollout | undefined;
  const histories = table.by(INDEX.rollout, keyIn(namespace, name)) as RolloutHistory[];
  const own = new Set(histories.map(({ metadata }) => metadata.name));
  const isTaken = (taken: string): boolean => table.get(namespace, taken) !== undefined && !own.has(taken);
  const open = histories.filter(isOpenHistory);
  if (rollout === undefined || open.length === 0) return { rollout, histories, isTaken, parts: {}, pods: {} };
  const workload = workloadOf(observer, rollout, signal);
  const [parts, pods] = await Promise.all([
    partsOf(observer, rollout, workload, signal),
    podsOf(observer, workload, open.map(recordedReleaseId), signal),
  ]);
  return { rollout, histories, isTaken, parts, pods };
}

const liveIn =
  ({ reader }: Observer, { metadata: { namespace = '' } }: Rollout, signal: AbortSignal) =>
  async (resource: Resource | undefined, name: string | undefined): Promise<KubeObject | undefined> =>
    resource === undefined || name === undefined || name === ''
      ? undefined
      : reader.get({ resource, namespace, name }, { signal });

function workloadOf(observer: Observer, rollout: Rollout, signal: AbortSignal): Promise<KubeObject | undefined> {
  const { apiVersion, kind, name } = workloadRefOf(rollout);
  const resource = observer.kinds.byRef(apiVersion, kind, styleOf(rollout))?.resource;
  return liveIn(observer, rollout, signal)(resource, name);
}

/** What is there of what the release stands on. */
async function partsOf(
  observer: Observer,
  rollout: Rollout,
  ofWorkload: Promise<KubeObject | undefined>,
  signal: AbortSignal,
): Promise<HistoryParts> {
  const ref = trafficRoutingOf(rollout);
  const get = liveIn(observer, rollout, signal);
  const [workload, service, ingress, httpRoute] = await Promise.all([
    ofWorkload,
    get(SERVICES, ref?.service),
    get(INGRESSES, ref?.ingress?.name),
    get(HTTP_ROUTES, ref?.gateway?.httpRouteName),
  ]);
  return {
    ...(workload === undefined ? {} : { workload }),
    ...(service === undefined ? {} : { service }),
    ...(ingress === undefined ? {} : { ingress }),
    ...(httpRoute === undefined ? {} : { httpRoute }),
  };
}

/** By release id. Several workloads may be released under one id, so the selector of this one counts too. */
async function podsOf(
  { reader }: Observer,
  ofWorkload: Promise<KubeObject | undefined>,
  ids: string[],
  signal: AbortSignal,
): Promise<HistoryObserved['pods']> {
  const workload = await ofWorkload;
  const selector = readAt(workload, ['spec', 'selector']) as LabelSelector | undefined;
  const listed = ids.map(async (id): Promise<[string, KubeObject[]]> => {
    if (workload === undefined || selector === undefined) return [id, []];
    const { namespace = '' } = workload.metadata;
    const labels = { ...selector, matchLabels: { ...selector.matchLabels, [LABEL.rolloutId]: id } };
    return [id, (await reader.list(PODS, { namespace, labels, signal })).items];
  });
  return Object.fromEntries(await Promise.all(listed));
}
